"""Read the notebook that is to be checked, or say what is wrong with its file and how to mend that.

The limits are those of the grader (`notebooks.read_submitted`), so that nothing passes here which it would refuse.
Beyond them this reader is stricter, on purpose: whom it tells of a damaged cell, of half a character or of an old
format can still mend what the grader would have to guess or leave out. A link is followed, since on a student's own
machine it leads to a file of theirs.
"""

import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coursekit import notebooks
from coursekit.check.damage import FRESH_COPY, Damage

if TYPE_CHECKING:
    from nbformat import NotebookNode

WITHOUT_LARGE_CELLS = "Delete the pictures or the data in its cells that make it so large, and save."
CLEAR_OUTPUTS = "In JupyterLab choose Edit > Clear Outputs of All Cells, and save."


class Unreadable(Exception):
    """A file that cannot be checked; `damage` says why, and how to mend it."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.damage = Damage(what, fix)


def read(path: Path) -> tuple["NotebookNode", float]:
    """The notebook without its outputs, and when it was saved (in seconds since 1970). Raises Unreadable."""
    import nbformat

    content, saved = _content(path)
    data = _notebook_data(path, content)
    for cell in data["cells"]:
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            cell["outputs"] = []  # nothing here looks at them, so faults in them do not matter
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # nbformat mends cells' ids; nobody else has to
            nb = nbformat.reader.reads(json.dumps(data))
            nbformat.validate(nb, relax_add_props=True)
    except Exception as error:  # whatever nbformat stumbles over in a damaged file
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise Unreadable(f"This is not a valid notebook: {reason}.", _how_to_restore(path)) from None
    for number, cell in enumerate(nb.cells, start=1):
        try:
            cell.source.encode()
        except UnicodeEncodeError:
            raise Unreadable(f"Cell {number} holds half a character.", "Type its text again.") from None
    return nb, saved


def _content(path: Path) -> tuple[bytes, float]:
    try:
        about = path.stat()
        if path.is_dir():
            raise Unreadable(f"{path} is a folder.", "Name the notebook in it that you want to check.")
        return notebooks.read_without_outputs(path.resolve()), about.st_mtime
    except FileNotFoundError:
        raise Unreadable(f"There is no file {path}.", "Check the name and the folder you are in.") from None
    except OSError as error:
        raise Unreadable(
            f"The file cannot be read: {error.strerror}.", "Check that it is yours to read."
        ) from None
    except notebooks.TooLarge as error:
        raise _too_large(error) from None
    except notebooks.NotAFile:
        raise Unreadable(
            f"{path} is no ordinary file.", "Name the notebook that you want to check."
        ) from None


def _too_large(error: notebooks.TooLarge) -> Unreadable:
    return Unreadable(
        f"The notebook is too large: {error}.", CLEAR_OUTPUTS if error.outputs else WITHOUT_LARGE_CELLS
    )


def _notebook_data(path: Path, content: bytes) -> dict[str, Any]:
    """The JSON of a notebook of format 4, not yet checked any further."""
    try:
        data = notebooks.parse_json(content)
    except notebooks.TooLarge as error:
        raise _too_large(error) from None
    except UnicodeDecodeError:
        raise Unreadable(
            "The file is not a notebook: it is not text in UTF-8.", _how_to_restore(path)
        ) from None
    except RecursionError:
        raise Unreadable(
            "The file is not a notebook: it is nested too deeply.", _how_to_restore(path)
        ) from None
    except ValueError as error:
        raise _not_json(path, error) from None
    if not isinstance(data, dict) or not isinstance(data.get("nbformat"), int):
        raise Unreadable("The file is JSON, but not a notebook.", _how_to_restore(path))
    if data["nbformat"] < 4:
        raise Unreadable(
            f"The notebook has the old format {data['nbformat']}, expected 4.",
            "Open it in JupyterLab and save it: that writes format 4.",
        )
    if data["nbformat"] > 4 or not isinstance(data.get("cells"), list):
        raise Unreadable(
            f"This is not a notebook of format 4 (nbformat: {data['nbformat']}, "
            f"{'with' if 'cells' in data else 'without'} cells).",
            _how_to_restore(path),
        )
    if len(data["cells"]) > notebooks.MAX_CELLS:
        raise Unreadable(
            f"The notebook has {len(data['cells']):,} cells, more than the {notebooks.MAX_CELLS:,} that are "
            "graded.",
            "Delete those that you do not need, and save.",
        )
    return data


def _not_json(path: Path, error: ValueError) -> Unreadable:
    text = getattr(error, "doc", "")
    if conflict := notebooks.conflict_line(text):
        return Unreadable(
            f"The file holds the marks of a git merge conflict, the first in line {conflict}.",
            f"`git checkout --ours {path.name}` keeps the one version and `--theirs` the other, as long "
            f"as git is still merging. Otherwise: {_how_to_restore(path)}",
        )
    if text.lstrip().startswith("<"):
        return Unreadable(
            "The file is a web page, not a notebook.",
            "The page around the notebook was saved: download the notebook's own file (Raw, Download).",
        )
    if isinstance(error, json.JSONDecodeError) and not text.strip():
        return Unreadable("The file is empty.", _how_to_restore(path))
    line = getattr(error, "lineno", 1)
    return Unreadable(f"The file is not valid JSON, from line {line} on.", _how_to_restore(path))


def _how_to_restore(path: Path) -> str:
    kept = path.parent / ".ipynb_checkpoints" / f"{path.stem}-checkpoint.ipynb"
    fresh = f"Start again from {FRESH_COPY} and copy your answers into it."
    if kept.is_file():
        return f"JupyterLab kept an earlier version in {kept}: copy that over the file. {fresh}"
    return fresh
