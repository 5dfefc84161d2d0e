"""The students' edition of an executed notebook: what the site shows of it."""

import copy
import re
from typing import TYPE_CHECKING

from coursekit.notebooks import nbgrader_metadata, role

if TYPE_CHECKING:
    from nbformat import NotebookNode

START_UP_NOTE = re.compile(r"I0000 \d+|WARNING: All log messages before absl::InitializeLog")


def student_edition(nb: "NotebookNode") -> "NotebookNode":
    """What the site shows of an executed notebook: studies with their outputs, questions without answers.

    Alt text that a figure carries in its output metadata moves to where myst-nb looks for it, in the cell's
    metadata. When the data were not the real ones (`metadata.coursekit.data`), a banner follows the title.
    """
    from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, ClearSolutions

    nb = copy.deepcopy(nb)
    nb.cells = [cell for cell in nb.cells if "injected-parameters" not in cell.metadata.get("tags", [])]
    for cell in nb.cells:
        cell.metadata.pop("papermill", None)
        nbgrader_metadata(cell).pop("checksum", None)
        if cell.cell_type == "code":
            cell.outputs = [output for output in map(_without_start_up_notes, cell.outputs) if output]
        if cell.cell_type == "code" and role(cell) in ("solution", "test", "manual"):
            cell.outputs, cell.execution_count = [], None
        alt = _alt_text(cell)
        if alt:
            cell.metadata.setdefault("mystnb", {})["image"] = {"alt": alt}
    nb.metadata.pop("papermill", None)
    for clear in (ClearSolutions(), ClearHiddenTests(), ClearMarkScheme()):
        nb, _ = clear.preprocess(nb, {})
    banners = sorted({used["banner"] for used in nb.metadata.get("coursekit", {}).get("data", [])} - {""})
    if banners:
        from nbformat.v4 import new_markdown_cell

        text = "\n>\n".join(f"> **{banner}**" for banner in banners)
        nb.cells.insert(1, new_markdown_cell(text, id="sample-data-banner"))
    return nb


def _without_start_up_notes(output: "NotebookNode") -> "NotebookNode | None":
    """The output without TensorFlow's notes on this machine at import, which no setting of its own stops."""
    if output.get("name") != "stderr":
        return output
    lines = [line for line in output.text.splitlines(keepends=True) if not START_UP_NOTE.match(line)]
    output.text = "".join(lines)
    return output if lines else None


def _alt_text(cell: "NotebookNode") -> str:
    texts = []
    for output in cell.get("outputs", []):
        for about in output.get("metadata", {}).values():
            if isinstance(about, dict) and about.get("alt"):
                texts.append(about["alt"])
    return " ".join(texts)
