"""The web site: the executed notebooks and the pages of book/, published with Jupyter Book."""

import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from coursekit import notebooks, quizzes
from coursekit.notebooks import CourseError
from coursekit.record import claims
from coursekit.staff import execute, model_answers, reading_time
from coursekit.staff.execute import find_chapters, source_path
from coursekit.staff.site import edition, home, leaderboard, leaks, proof, reproduction
from coursekit.staff.steps import Step, imported

# What pages with TeX formulae load, at once or when a reader asks for speech; the package holds 24 MB.
MATHJAX = (
    "tex-mml-chtml.js",
    "output/chtml/fonts/woff-v2/",
    "input/mml/",
    "input/tex/extensions/",
    "a11y/",
    "sre/mathmaps/base.json",
    "sre/mathmaps/en.json",
)


def build(root: Path, *, profile: str = "quick", executed: Path | None = None) -> Path:
    """Build the site of the course in `root` into `_build/html` and return its index.html.

    `executed` is the folder of the executed notebooks, `<chapter>.ipynb` each; by default
    `_build/executed/<profile>`. Nothing is done when nothing that the site is made of has changed. A build
    that fails leaves the last good site in place, and its own working folder, `_build/site`, to look at.

    Raises CourseError for a chapter that has not been executed, when _toc.yml and notebooks/ do not name the
    same chapters, when Jupyter Book warns or fails (with its log, which names page and line), and when a
    published file holds a solution, a hidden test or a rubric; but for the page of answers, where the course's
    settings ask for one, which may hold all but hidden tests.
    """
    root = Path(root).resolve()
    folder = Path(executed).resolve() if executed else root / "_build" / "executed" / profile
    chapters = {chapter: folder / f"{chapter}.ipynb" for chapter in find_chapters(root)}
    _require_executed(root, chapters, profile, is_own=executed is None)
    _check_toc(root, chapters)

    site, published = root / "_build" / "site", root / "_build" / "html"
    if_there = (root / leaderboard.FILE, claims.folder(), root / "answers", root / "nbgrader_config.py")
    inputs = (
        *(root / name for name in ("_config.yml", "_toc.yml", "book", "requirements.txt")),
        *(source_path(root, chapter) for chapter in chapters),
        *chapters.values(),
        *(path for path in if_there if path and path.exists()),
        Path(__file__).parent,
        Path(model_answers.__file__),
        Path(reading_time.__file__),
        Path(quizzes.__file__).parent,
        *imported(["from coursekit import challenge, notebooks", "from coursekit.record import claims"]),
    )
    step, index = Step(root / "_build" / "site.json", inputs), published / "index.html"
    if index.is_file() and step.done():
        return index

    shutil.rmtree(site, ignore_errors=True)
    _lay_out_sources(root, site, chapters)
    _jupyter_book(site)
    built = site / "_build" / "html"
    answers = Path("book") / f"{model_answers.PAGE}.html" if model_answers.is_published(root) else None
    if found := leaks.find(root, built, answers=answers):
        raise CourseError("the site would publish what students must not see:\n  " + "\n  ".join(found))
    step.stamp.unlink(missing_ok=True)
    if published.exists():
        published.rename(site / "previous")
    built.rename(published)
    step.keep(profile=profile)
    shutil.rmtree(site)
    return index


def _require_executed(root: Path, chapters: dict[str, Path], profile: str, *, is_own: bool) -> None:
    """is_own: `coursekit run` keeps the executed notebooks, so that it can be told whether they are still true."""
    for chapter, path in chapters.items():
        if not path.is_file():
            raise CourseError(f"{path}: not there; run `coursekit run {chapter} --profile {profile}` first")
        if is_own and not execute.executed(root, chapter, profile):
            raise CourseError(
                f"{chapter}: the notebook, or what it imports or shows, has changed since then; "
                f"run `coursekit run {chapter} --profile {profile}` first"
            )


def _check_toc(root: Path, chapters: dict[str, Path]) -> None:
    from sphinx_external_toc.parsing import MalformedError, parse_toc_yaml

    try:
        listed = {name for name in parse_toc_yaml(root / "_toc.yml") if name.startswith("notebooks/")}
    except MalformedError as error:
        raise CourseError(f"_toc.yml: {error}") from None
    present = {f"notebooks/{chapter}/{chapter}" for chapter in chapters}
    if missing := sorted(present - listed):
        raise CourseError(f"_toc.yml does not name {', '.join(missing)}: the site would leave it out")
    if unknown := sorted(listed - present):
        raise CourseError(f"_toc.yml names {', '.join(unknown)}, which is not there")


def _lay_out_sources(root: Path, site: Path, chapters: dict[str, Path]) -> None:
    """Lay out in `site` what Jupyter Book reads, at the same relative paths as in the course."""
    import nbformat

    shutil.copytree(root / "book", site / "book")
    for name in ("_config.yml", "_toc.yml"):
        shutil.copyfile(root / name, site / name)
    for chapter, executed in chapters.items():
        target = source_path(site, chapter)
        target.parent.mkdir(parents=True)
        nbformat.write(edition.student_edition(notebooks.read(executed)), target)
    reproduction.write(root, site / "book" / "reproduction.md", chapters)
    leaderboard.write(root, site / "book" / "leaderboard.md")
    proof.write(root, site / "book" / "instructors.md", list(chapters))
    home.write(root, site / "book" / "index.md", chapters)
    if model_answers.is_published(root):
        _add_answers(root, site, list(chapters))
    _copy_mathjax(site / "book" / "assets" / "mathjax")


def _add_answers(root: Path, site: Path, chapters: list[str]) -> None:
    """Lay out the page of answers, and name it last in the contents."""
    import yaml

    page, toc = site / "book" / f"{model_answers.PAGE}.md", site / "_toc.yml"
    page.write_text(model_answers.page(root, chapters), encoding="utf-8")
    contents = yaml.safe_load(toc.read_text(encoding="utf-8"))
    entry = {"file": f"book/{model_answers.PAGE}"}
    if "parts" in contents:
        contents["parts"].append({"caption": "After trying", "chapters": [entry]})
    else:
        contents.setdefault("chapters", []).append(entry)
    toc.write_text(yaml.safe_dump(contents, sort_keys=False), encoding="utf-8")


def _copy_mathjax(target: Path) -> None:
    for file in metadata.files("sphinx-mathjax-offline") or ():
        name = file.as_posix().partition("/static/mathjax/")[2]
        if name.startswith(MATHJAX):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file.locate(), target / name)
    if not (target / "tex-mml-chtml.js").is_file():
        raise CourseError("the package sphinx-mathjax-offline has no tex-mml-chtml.js: install it again")


def _jupyter_book(site: Path) -> None:
    start = "from jupyter_book.cli.main import main; main()"
    flags = ["--quiet", "-W", "-n", "--keep-going"]
    result = subprocess.run(
        [sys.executable, "-c", start, "build", str(site), *flags],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if result.returncode:
        log = re.sub(r"\x1b\[[\d;]*m", "", result.stdout).replace(f"{site}/", "")
        # myst-nb calls line 3 of cell 14 line 140004 of the notebook.
        log = re.sub(
            r"(\.ipynb):(\d+)(\d{4}):", lambda at: f"{at[1]}, cell {at[2]}, line {int(at[3]) - 1}:", log
        )
        raise CourseError(f"Jupyter Book did not build the site:\n{log.strip()}")
