"""The site, built once from the course's own pages and a small executed chapter made here."""

import doctest
import html
import io
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT
from fixtures.site import (
    ALT,
    BANNER,
    CHAPTER,
    COURSE,
    built_course,
    executed_notebook,
    make_site_course,
    pages,
    source_notebook,
)

from coursekit import cli, notebooks
from coursekit.notebooks import CourseError
from coursekit.record import claims
from coursekit.staff import execute, proofs, reading_time
from coursekit.staff.site import book, home, leaks, proof, reproduction


@pytest.fixture(scope="session")
def built():
    return built_course()[0]


@pytest.fixture
def unbuilt(built, tmp_path, monkeypatch):
    """A copy of the course in which Jupyter Book is replaced by the pages that it made for the first one."""
    for name in ("_config.yml", "_toc.yml", "requirements.txt"):
        shutil.copyfile(built / name, tmp_path / name)
    for name in ("book", "notebooks", "_build/executed"):
        shutil.copytree(built / name, tmp_path / name)
    calls = []

    def reuse(staged):
        calls.append(staged)
        html = built / "_build" / "html"
        shutil.copytree(html, staged / "_build" / "html", ignore=shutil.ignore_patterns("_static"))

    monkeypatch.setattr(book, "_jupyter_book", reuse)
    return tmp_path, calls


class Resources(HTMLParser):
    """What a page loads by itself, and the alt text of its images."""

    def __init__(self, page):
        super().__init__()
        self.loaded, self.alts = [], []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag != "a":
            self.loaded += [given[name] for name in ("src", "srcset", "data", "poster") if given.get(name)]
        if tag == "link" and given.get("rel") not in ("next", "prev", "search", "index", "canonical"):
            self.loaded.append(given["href"])
        if tag == "img":
            self.alts.append(given.get("alt"))


def test_every_page_of_the_table_of_contents_is_published(built):
    published = {path.relative_to(built / "_build" / "html").as_posix() for path in pages(built)}
    listed = re.findall(r"(?:root|file): (\S+)", (built / "_toc.yml").read_text())
    assert {f"{name}.html" for name in listed} | {"index.html", "search.html"} == published


def test_pages_and_styles_load_nothing_from_other_hosts_and_nothing_that_is_missing(built):
    tree = built / "_build" / "html"
    loaded = [(page, address) for page in pages(built) for address in Resources(page).loaded]
    for style in tree.rglob("*.css"):
        text = re.sub(r"/\*.*?\*/", "", style.read_text(encoding="utf-8"), flags=re.S)
        found = re.findall(r"""url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)""", text)
        loaded += [(style, one or other) for one, other in found]
    loaded = [(file, address) for file, address in loaded if not address.startswith(("data:", "#"))]
    assert len(loaded) > 50
    for file, address in loaded:
        assert not re.match(r"\w+:|//", address), f"{file} loads {address}"
        assert (file.parent / re.split(r"[?#]", address)[0]).is_file(), f"{file} loads {address}"


def test_no_solution_no_hidden_test_and_none_of_their_outputs_is_in_any_file(built):
    secrets = ("z.max(axis=1", "shifted_powers", "np.full((1, 4), 7919.0)", "printed by the solution")
    secrets += ("printed by the test", "shrink by one common factor", "Two points for naming")
    tree = built / "_build" / "html"
    files = [path for path in tree.rglob("*") if path.suffix in (".html", ".js", ".json", ".txt", ".inv")]
    texts = {
        path: path.read_text(encoding="utf-8", errors="replace")
        for path in files
        if "mathjax" not in path.parts
    }
    texts |= {path / "text": re.sub(r"<[^>]*>", "", text) for path, text in texts.items()}
    for secret in secrets:
        assert not [str(path) for path, text in texts.items() if secret in text], secret
    index = json.loads(re.search(r"\{.*\}", texts[tree / "searchindex.js"])[0])
    words = index["terms"].keys() | index["titleterms"].keys()
    assert "softmax" in words and not words & {"shifted_pow", "cancel", "denomin", "7919"}
    assert any("3 runs, 3 epochs" in text for text in texts.values()), "the study has lost its output"


def test_neither_sources_nor_notebooks_are_published(built):
    tree = built / "_build" / "html"
    assert not (tree / "_sources").exists()
    assert not [path for path in tree.rglob("*") if path.suffix in (".ipynb", ".md", ".py", ".yml")]


def test_a_figure_has_its_alt_text_and_no_image_has_a_file_name_for_one(built):
    alts = {page: Resources(page).alts for page in pages(built)}
    assert ALT in alts[built / "_build" / "html" / "notebooks" / CHAPTER / f"{CHAPTER}.html"]
    for page, texts in alts.items():
        assert not [text for text in texts if text is None or re.search(r"\.(png|svg)|_images", text)], page


def test_the_record_stands_on_a_page_of_its_own_and_its_links_lead_to_the_headings_that_explain(built):
    text = (built / "_build" / "html" / "book" / "reproduction.html").read_text(encoding="utf-8")
    assert reproduction.RECORD not in text and text.count('class="record"') == 2
    chapter = (built / "_build" / "html" / "notebooks" / CHAPTER / f"{CHAPTER}.html").read_text(
        encoding="utf-8"
    )
    targets = re.findall(rf'href="../notebooks/{CHAPTER}/{CHAPTER}.html#([^"]+)"', text)
    assert len(targets) >= 2
    assert all(f'id="{target}"' in chapter for target in targets)


def test_the_instructors_page_says_of_each_chapter_how_its_questions_were_proved(tmp_path):
    page = tmp_path / "book" / "instructors.md"
    page.parent.mkdir()
    page.write_text(f"above\n\n{proof.PROOF}\n")
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    shutil.copytree(ROOT / "answers", tmp_path / "answers", ignore=shutil.ignore_patterns("*.json"))
    rows = [
        proofs.Row("softmax", 4, 11, 20, 19, 1),
        proofs.Row("build-repaired", 4, 9, mutants=None, killed=0, equivalent=0),
    ]
    proofs.keep(tmp_path, "mnist-mlp", rows)
    proof.write(tmp_path, page, ["mnist-mlp", "mnist-cnn"])
    text = page.read_text()
    assert '<th scope="row">softmax</th><td>4</td><td>11</td><td>20</td><td>19</td><td>1</td>' in text
    assert text.count("not tried") == 1 and "mnist-cnn: not verified yet" in text
    assert "changed since" not in text and "\n\n<" not in text.partition("<table")[2]


def test_a_trap_without_its_heading_is_an_error(unbuilt):
    root, _ = unbuilt
    path = root / "notebooks" / CHAPTER / f"{CHAPTER}.ipynb"
    heading = claims.traps()["A-dead"].section
    path.write_text(path.read_text().replace(heading, "Ten runs"))
    executed = root / "_build" / "executed" / "quick" / f"{CHAPTER}.ipynb"
    executed.write_text(executed.read_text().replace(heading, "Ten runs"))
    execute.keep(root, CHAPTER, "quick")
    with pytest.raises(CourseError, match=f"trap A-dead is to be explained under '{re.escape(heading)}'"):
        book.build(root)


def test_figures_from_sample_data_stand_under_a_banner(built):
    text = (built / "_build" / "html" / "notebooks" / CHAPTER / f"{CHAPTER}.html").read_text(encoding="utf-8")
    article = text[text.index("<article") :]
    assert article.index("<h1>A small chapter") < article.index(BANNER) < article.index("<img")


def test_the_finished_site_leaves_no_working_folder(built):
    assert sorted(path.name for path in (built / "_build").iterdir()) == ["executed", "html", "site.json"]


def test_an_unchanged_course_is_not_built_again_and_a_changed_page_is(unbuilt):
    root, calls = unbuilt
    index = book.build(root)
    assert index == root / "_build" / "html" / "index.html" and index.is_file()
    book.build(root)
    assert len(calls) == 1
    with (root / "book" / "index.md").open("a") as page:
        page.write("\nOne more line.\n")
    book.build(root)
    assert len(calls) == 2


def test_a_newly_executed_chapter_is_built_again(unbuilt):
    root, calls = unbuilt
    book.build(root)
    nbformat.write(executed_notebook(banner=""), root / "_build" / "executed" / "quick" / f"{CHAPTER}.ipynb")
    execute.keep(root, CHAPTER, "quick")
    book.build(root)
    assert len(calls) == 2


def test_executed_notebooks_can_come_from_another_folder(unbuilt):
    root, _ = unbuilt
    (root / "_build" / "executed" / "quick").rename(root / "elsewhere")
    assert book.build(root, executed=root / "elsewhere").is_file()


@pytest.mark.parametrize(
    ("file", "planted", "cell"),
    [
        ("page.html", "<b>return</b> shifted_powers <i>/</i> shifted_powers.sum(axis=1, keepdims=True)", 7),
        ("page.html", "assert softmax(np.full((1, 4), 7919.0))[0, 0] == 0.25, &quot;overflow&quot;", 8),
        ("page.html", '<img alt="Numerator and denominator shrink by one common factor.">', 9),
        (
            "folder/chapter.ipynb",
            '["assert softmax(np.full((1, 4), 7919.0))[0, 0] == 0.25, \\"overflow\\"\\n"]',
            8,
        ),
        ("notes.txt", "Two  points for naming\ncancellation.", 9),
    ],
)
def test_a_secret_line_is_found_in_every_form_that_a_published_file_may_give_it(
    built, tmp_path, file, planted, cell
):
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(planted)
    (finding,) = leaks.find(built, tmp_path)
    assert finding.startswith(f"{file}: {CHAPTER}, cell {cell}: ")


def test_of_the_static_files_only_those_of_the_course_are_searched(built, tmp_path):
    for name in ("course.js", "searchtools.js"):
        (tmp_path / "_static").mkdir(exist_ok=True)
        (tmp_path / "_static" / name).write_text("// Two points for naming cancellation.")
    (finding,) = leaks.find(built, tmp_path)
    assert finding.startswith(f"_static/course.js: {CHAPTER}, cell 9: ")


@pytest.fixture(scope="module")
def with_answers(tmp_path_factory):
    """The site of a course whose settings ask for the page of answers."""
    root = make_site_course(tmp_path_factory.mktemp("answered"))
    (root / "nbgrader_config.py").write_text("c = get_config()\nc.CoursekitSite.answers = True\n")
    book.build(root)
    return root


def test_where_the_settings_ask_for_it_a_page_holds_the_answers_folded_and_no_other_page_does(with_answers):
    tree = with_answers / "_build" / "html"
    page = (tree / "book" / "answers.html").read_text(encoding="utf-8")
    article = html.unescape(re.sub(r"<[^>]*>", "", page[page.index("<article") :]))
    assert "return shifted_powers / shifted_powers.sum(axis=1, keepdims=True)" in article
    assert "Numerator and denominator shrink by one common factor." in article
    assert "Two points for naming cancellation." in article and "7919" not in page
    assert page.count("<details>") == 2 and "BEGIN" not in article
    for other in pages(with_answers):
        text = other.read_text(encoding="utf-8")
        assert (
            'href="answers.html"' in text
            or "book/answers.html" in text
            or other.name in ("index.html", "answers.html")
        )
        assert other.name == "answers.html" or "shifted_powers" not in text
    assert "answers" not in (with_answers / "_toc.yml").read_text(), (
        "only the copy that is built names the page"
    )


def test_with_answers_published_a_hidden_test_is_still_found_and_a_solution_anywhere_else(
    with_answers, tmp_path
):
    place = Path("book/answers.html")
    (tmp_path / "book").mkdir()
    (tmp_path / place).write_text("return shifted_powers / shifted_powers.sum(axis=1, keepdims=True)")
    assert leaks.find(with_answers, tmp_path, answers=place) == []
    assert len(leaks.find(with_answers, tmp_path)) == 1
    (tmp_path / "book" / "index.html").write_text("Numerator and denominator shrink by one common factor.")
    (tmp_path / place).write_text(
        "assert softmax(np.full((1, 4), 7919.0))[0, 0] == 0.25, 'overflow'".replace("'", '"')
    )
    found = leaks.find(with_answers, tmp_path, answers=place)
    assert [finding.partition(":")[0] for finding in found] == ["book/answers.html", "book/index.html"]


def test_the_home_page_says_how_long_chapters_take(built, tmp_path):
    text = (built / "_build" / "html" / "book" / "index.html").read_text(encoding="utf-8")
    least = reading_time.minutes(source_notebook())
    assert f"of {least} minutes each" in text and home.MINUTES not in text
    page = tmp_path / "index.md"
    page.write_text(f"Two chapters{home.MINUTES}.")
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    home.write(tmp_path, page, ["how-networks-learn", "mnist-cnn"])
    each = sorted(
        reading_time.minutes(notebooks.read(execute.source_path(ROOT, name)))
        for name in ("how-networks-learn", "mnist-cnn")
    )
    assert page.read_text() == f"Two chapters of {each[0]} to {each[1]} minutes each."


def test_short_lines_and_lines_that_a_notebook_shows_anyway_are_no_secret(built, tmp_path):
    (tmp_path / "page.html").write_text(
        "def softmax(z): ### BEGIN SOLUTION ### END SOLUTION import numpy as np"
    )
    assert leaks.find(built, tmp_path) == []


def test_a_planted_secret_stops_the_build_each_time_and_the_last_good_site_stays(unbuilt, monkeypatch):
    root, _ = unbuilt
    index = book.build(root)
    build_clean = book._jupyter_book

    def build_with_leak(staged):
        build_clean(staged)
        (staged / "_build" / "html" / "notes.txt").write_text("Two points for naming cancellation.")

    monkeypatch.setattr(book, "_jupyter_book", build_with_leak)
    nbformat.write(executed_notebook(banner=""), root / "_build" / "executed" / "quick" / f"{CHAPTER}.ipynb")
    execute.keep(root, CHAPTER, "quick")
    for _ in range(2):
        with pytest.raises(CourseError, match=rf"must not see:\n  notes\.txt: {CHAPTER}, cell 9: Two points"):
            book.build(root)
    assert index.is_file() and not (index.parent / "notes.txt").exists()


def test_a_secret_word_in_the_search_index_alone_is_found(built, tmp_path):
    shutil.copyfile(built / "_build" / "html" / "searchindex.js", tmp_path / "searchindex.js")
    for page in pages(built):
        shutil.copyfile(page, tmp_path / f"{page.parent.name}-{page.name}")
    assert leaks.find(built, tmp_path) == []
    index = tmp_path / "searchindex.js"
    index.write_text(index.read_text().replace('"terms": {', '"terms": {"shifted_pow": 0, '))
    found = leaks.find(built, tmp_path)
    assert found and all(
        line.startswith("searchindex.js: the word 'shifted_powers' of mnist-mlp, cell 7") for line in found
    )


@pytest.mark.parametrize("changed", ["source", "lock file", "executed notebook"])
def test_a_chapter_that_would_be_executed_again_is_not_published(tmp_path, changed):
    make_site_course(tmp_path)
    if changed == "source":
        nb = source_notebook()
        nb.cells[0].source += "\n\nOne sentence more."
        nbformat.write(nb, tmp_path / "notebooks" / CHAPTER / f"{CHAPTER}.ipynb")
    elif changed == "lock file":
        (tmp_path / "requirements.txt").write_text("numpy==1.0")
    else:
        nbformat.write(
            executed_notebook(banner=""), tmp_path / "_build" / "executed" / "quick" / f"{CHAPTER}.ipynb"
        )
    with pytest.raises(CourseError, match="changed since then; run `coursekit run"):
        book.build(tmp_path)


def test_broken_links_fail_the_build_and_are_named_by_page_cell_and_line(tmp_path):
    make_site_course(tmp_path)
    page = tmp_path / "book" / "references.md"
    page.write_text(page.read_text() + "\n[no such term](glossary.md#no-such-term)\n")
    line = len(page.read_text().splitlines())
    nb = executed_notebook(banner="")
    nb.cells[3].source += "\n\nSee the [glossary](../../book/glossary.md#neither-this)."
    nbformat.write(nb, tmp_path / "_build" / "executed" / "quick" / f"{CHAPTER}.ipynb")
    with pytest.raises(CourseError) as failure:
        book.build(tmp_path, executed=tmp_path / "_build" / "executed" / "quick")
    assert re.search(rf"^book/references\.md:{line}: WARNING: .*no-such-term", str(failure.value), flags=re.M)
    assert re.search(
        rf"^notebooks/{CHAPTER}/{CHAPTER}\.ipynb, cell 4, line 14: WARNING: .*neither-this",
        str(failure.value),
        flags=re.M,
    )
    assert not (tmp_path / "_build" / "html").exists()


def test_a_chapter_that_has_not_been_executed_is_named_with_the_command(unbuilt):
    root, calls = unbuilt
    with pytest.raises(
        CourseError, match=r"full/mnist-mlp\.ipynb: not there; run `coursekit run mnist-mlp --profile full`"
    ):
        book.build(root, profile="full")
    assert calls == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (f"notebooks/{CHAPTER}/{CHAPTER}", "book/more", f"does not name notebooks/{CHAPTER}/{CHAPTER}"),
        ("file: book/glossary", "file: book/index", "_toc.yml: .*multiple times: 'book/index'"),
        ("file: book/glossary", "file: notebooks/cnn/cnn", "names notebooks/cnn/cnn, which is not there"),
    ],
)
def test_contents_and_chapters_that_disagree_are_an_error(unbuilt, old, new, fault):
    root, _ = unbuilt
    toc = root / "_toc.yml"
    toc.write_text(toc.read_text().replace(old, new))
    with pytest.raises(CourseError, match=fault):
        book.build(root)


def test_every_example_of_the_warm_up_gives_the_result_that_the_page_shows():
    blocks = re.findall(r"```pycon\n(.*?)```", (COURSE / "book" / "students.md").read_text(), flags=re.S)
    example = doctest.DocTestParser().get_doctest("\n\n".join(blocks), {}, "students.md", None, 0)
    report = io.StringIO()
    result = doctest.DocTestRunner(verbose=False).run(example, out=report.write)
    assert result.attempted >= 30 and result.failed == 0, report.getvalue()


def test_the_glossary_is_in_alphabetical_order_and_each_term_is_defined_in_one_to_three_sentences():
    text = (COURSE / "book" / "glossary.md").read_text()
    terms = re.findall(r"^### (.+)\n\n((?:.+\n)+)", text, flags=re.M)
    names = [name.lower() for name, _ in terms]
    assert names == sorted(names) and len(names) >= 25
    for name, definition in terms:
        assert 1 <= len(re.findall(r"[.!?](?=\s|$)", definition)) <= 3, name


def test_the_pages_name_only_commands_that_there_are(capsys):
    text = "\n".join(page.read_text(encoding="utf-8") for page in sorted((COURSE / "book").glob("*.md")))
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    verbs = set(re.findall(r"^ {4}(\w+)\b", capsys.readouterr().out, flags=re.M))
    targets = set(re.findall(r"^([a-z-]+):", (COURSE / "Makefile").read_text(), flags=re.M))
    named = set(re.findall(r"(?:`|^)coursekit (\w+)", text, flags=re.M))
    assert named <= verbs and len(named) >= 11
    assert (named := set(re.findall(r"(?:`|^)make (\w+)", text, flags=re.M))) <= targets and len(named) >= 5
