"""Notebooks that students may have damaged, and their cells."""

from pathlib import Path
from typing import TYPE_CHECKING

from coursekit.notebooks import CourseError

if TYPE_CHECKING:
    from nbformat import NotebookNode


def _read_notebook(path: Path) -> "NotebookNode":
    """The notebook at `path`, whatever a student did to its cell ids. Raises CourseError when it is not one."""
    import warnings

    import nbformat
    import nbformat.reader

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            nb = nbformat.convert(nbformat.reader.reads(path.read_bytes().decode("utf-8")), 4)
            nbformat.validate(nb)
    except Exception as error:  # whatever nbformat stumbles over in a damaged file
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise CourseError(f"{path}: not a valid notebook: {reason}") from None
    return nb


def _grade_id(cell: "NotebookNode") -> str:
    marks = cell.metadata.get("nbgrader")
    name = marks.get("grade_id") if isinstance(marks, dict) else None
    return name if isinstance(name, str) else ""


def _source(cell: "NotebookNode") -> str:
    return cell.source.replace("\r\n", "\n").replace("\r", "\n")
