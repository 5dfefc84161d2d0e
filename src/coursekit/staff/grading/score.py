"""What the verdicts on a notebook's tests are worth: points, reasons for the instructor, messages for the student."""

import math
from typing import TYPE_CHECKING, Any

from coursekit.notebooks import grade_id
from coursekit.staff.grading.plan import Plan

if TYPE_CHECKING:
    from nbformat import NotebookNode

HIDDEN = "A hidden test failed."


def questions_of(plan: Plan, nb: "NotebookNode", done: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put what each cell showed into the notebook; the questions with their points."""
    questions = {}
    count = 0
    for cell, ran in zip(nb.cells, done[1:], strict=True):  # the first are the imports
        if cell.cell_type != "code":
            continue
        outputs = ran["outputs"]
        if "verdict" in ran:
            name = grade_id(cell)
            outputs = [{**o, "name": "stdout"} if o.get("name") == "stderr" else o for o in outputs]
            questions[name] = _question_of(plan, cell, ran, outputs)
        count += bool(outputs) or ran["seconds"] > 0
        cell.outputs = [_output_node(output, count) for output in outputs]
        cell.execution_count = count if ran["seconds"] > 0 else None
    missing = "not run: the grader found no place for it"
    return [questions.get(name) or without_verdict(plan, name, 0.0, missing) for name in plan.tests]


def _output_node(output: dict[str, Any], count: int) -> "NotebookNode":
    from nbformat import from_dict

    return from_dict(
        {**output, "execution_count": count} if output["output_type"] == "execute_result" else output
    )


def _question_of(
    plan: Plan, cell: "NotebookNode", ran: dict[str, Any], outputs: list[dict[str, Any]]
) -> dict[str, Any]:
    """The points that a verdict is worth, with the reason for those that are lost."""
    name, verdict, maximum = grade_id(cell), ran["verdict"], float(cell.metadata.nbgrader.points)
    hidden = any(a <= line <= b for line in verdict.get("lines") or () for a, b in plan.hidden[name])
    error, value = verdict.get("error"), verdict.get("value")
    points, reason, message = maximum, "", ""
    if verdict["fault"]:
        points, reason = 0.0, verdict["fault"]
        # The reason may hold a name that the student's code has made of what the hidden test asked.
        what = "Your answer took too long, ended its process, or returned something that cannot be checked."
        message = f"{HIDDEN} {what}" if hidden else reason
    elif error:
        points = 0.0
        reason, message = _failure(cell, error, verdict.get("lines") or [], hidden)
    elif value is not None:
        points = min(value, maximum) if value >= 0 else 0.0
        if not value >= 0 or math.isnan(value):
            points, reason = 0.0, f"the test ended with {value:g}, which is no number of points"
        elif value > maximum:
            reason = f"the test ended with {value:g}; counted as {maximum:g}"
        elif value < maximum:
            reason = f"partial credit: {value:g} of {maximum:g}"
        message = reason
    printed = "".join(o["text"] for o in outputs if o["output_type"] == "stream")
    return {
        **without_verdict(plan, name, points, reason),
        "message": message,
        "hidden": hidden,
        "returned": verdict.get("returned") or "",
        "output": "" if plan.hidden[name] else printed[:5000],
        **(
            {"scores": scores}
            if (scores := verdict.get("scores")) and not (error or verdict["fault"])
            else {}
        ),
        "seconds": round(ran["seconds"], 3),
    }


def _failure(cell: "NotebookNode", error: dict[str, str], lines: list[int], hidden: bool) -> tuple[str, str]:
    """Why a test failed, for the instructor and for the student."""
    source = cell.source.split("\n")
    at = f" (line {lines[0]}: {source[lines[0] - 1].strip()})" if lines and lines[0] <= len(source) else ""
    name, text = error["name"], error["text"]
    reason = f"{name}: {text}{at}" if text else f"{name}{at}"
    if hidden:
        return reason, HIDDEN if name == "AssertionError" else f"{HIDDEN} It ended with {name}."
    if name == "AssertionError" and text:
        return reason, text
    return reason, reason


def without_verdict(plan: Plan, name: str, points: float, reason: str) -> dict[str, Any]:
    return {
        "notebook": plan.name,
        "question": name,
        "points": points,
        "maximum": plan.tests[name],
        "reason": reason,
        "message": reason,
        "hidden": False,
        "returned": "",
        "output": "",
        "seconds": 0.0,
    }
