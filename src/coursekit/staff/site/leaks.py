"""The search for solutions, hidden tests and rubrics in what was built."""

import html
import json
import re
from collections.abc import Collection
from pathlib import Path

from coursekit import notebooks
from coursekit.staff.execute import find_chapters, source_path

SHORTEST_SECRET = 12  # characters; shorter lines ("else:", "return z") give nothing away
MARKER = re.compile(r"\b(BEGIN|END) (SOLUTION|HIDDEN TESTS|MARK SCHEME)\b")


def find(root: Path, tree: Path, *, answers: Path | None = None) -> list[str]:
    """Search every text file under `tree` for the solutions, hidden tests and rubrics of the notebooks.

    Returns one string a finding, "<file>: <chapter>, cell <n>: <line>". Lines of fewer than 12 characters do
    not count, nor do those that also stand in the public part of a notebook. Spaces, markup and the quoting
    of HTML and JSON make no difference. The search index holds single words: a word of a secret line counts
    there when no page shows it. In _static/, only what comes from book/assets is searched: the rest are scripts
    and styles of packages, where a line such as `return result` stands by chance. `answers` is the place in the
    tree of the page of answers, where only hidden tests are looked for.
    """
    secrets, hidden_tests = _secrets(root), _secrets(root, ("HIDDEN TESTS",)) if answers else {}
    assets = {path.name for path in (root / "book" / "assets").rglob("*")}
    found: list[str] = []
    visible_words: set[str] = set()
    index = None
    for path in sorted(Path(tree).rglob("*")):
        place = path.relative_to(tree)
        data = path.read_bytes() if path.is_file() else b""
        is_binary = b"\0" in data[:4096]
        if is_binary or ("_static" in place.parts and path.name not in assets):
            continue
        if path.name == "searchindex.js":
            index = path
        text = data.decode("utf-8", errors="replace")
        forms = [_squeeze(html.unescape(text))]
        if path.suffix == ".html":
            visible = html.unescape(re.sub(r"<[^>]*>", "", text))
            forms.append(_squeeze(visible))
            visible_words.update(re.findall(r"\w+", visible.lower()))
        found += [
            f"{place.as_posix()}: {where}"
            for line, where in (hidden_tests if place == answers else secrets).items()
            if any(line in form for form in forms)
        ]
    return found + (_secret_words_in_index(index, secrets, visible_words) if index else [])


def _secret_words_in_index(index: Path, secrets: dict[str, str], visible_words: set[str]) -> list[str]:
    """The words of secret lines that the search index knows, stemmed, although no page shows them."""
    from sphinx.search.en import SearchEnglish

    stem = SearchEnglish({}).stem
    text = index.read_text(encoding="utf-8")
    words = json.loads(text[text.index("(") + 1 : text.rindex(")")])
    hidden = (words["terms"].keys() | words["titleterms"].keys()) - {stem(word) for word in visible_words}
    return [
        f"{index.name}: the word {word!r} of {where}"
        for where in secrets.values()
        for word in sorted(set(re.findall(r"\w+", where.partition(": ")[2].lower())))
        if stem(word) in hidden
    ]


def _secrets(root: Path, regions: Collection[str] = tuple(notebooks.REGIONS)) -> dict[str, str]:
    """Squeezed line -> "<chapter>, cell <n>: <line>", for each line that no student may see, in these regions."""
    secrets, public = {}, []
    for chapter in find_chapters(root):
        nb = notebooks.read(source_path(root, chapter))
        hidden = notebooks.secret_lines(nb, regions)
        for number, cell in enumerate(nb.cells, start=1):
            lines = [line.strip() for line in cell.source.splitlines()]
            # As one text: what is public may be broken into other lines than the secret.
            public.append(_squeeze("".join(line for line in lines if line not in hidden)))
            for line in lines:
                if line in hidden and len(line) >= SHORTEST_SECRET and not MARKER.search(line):
                    secrets[_squeeze(line)] = f"{chapter}, cell {number}: {line}"
    public_text = "\n".join(public)
    return {line: where for line, where in secrets.items() if line not in public_text}


def _squeeze(text: str) -> str:
    return "".join(text.split()).replace("\\", "")
