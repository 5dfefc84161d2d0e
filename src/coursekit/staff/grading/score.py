"""What the verdicts on a notebook's tests are worth: points, reasons for the instructor, messages for the student."""

from typing import TYPE_CHECKING, Any

from coursekit.staff.grading.model import GradedTest
from coursekit.staff.grading.plan import Plan

if TYPE_CHECKING:
    from nbformat import NotebookNode

HIDDEN = "A hidden test failed."


def questions_of(plan: Plan, nb: "NotebookNode", done: list[dict[str, Any]]) -> list[GradedTest]:
    """Put what each cell showed into the notebook; the questions with their points."""
    questions: dict[str, GradedTest] = {}
    count = 0
    for cell, ran in zip(nb.cells, done, strict=True):
        if cell.cell_type != "code":
            continue
        outputs = ran["outputs"]
        if "verdict" in ran:
            outputs = [{**o, "name": "stdout"} if o.get("name") == "stderr" else o for o in outputs]
            question = _question_of(plan, cell, ran, outputs)
            questions[question.question] = question
        count += bool(outputs) or ran["seconds"] > 0
        cell.outputs = [_output_node(output, count) for output in outputs]
        cell.execution_count = count if ran["seconds"] > 0 else None
    missing = "not run: the grader found no place for it"
    return [questions.get(name) or without_verdict(plan, name, missing) for name in plan.tests]


def _output_node(output: dict[str, Any], count: int) -> "NotebookNode":
    from nbformat import from_dict

    return from_dict(
        {**output, "execution_count": count} if output["output_type"] == "execute_result" else output
    )


def _question_of(
    plan: Plan, cell: "NotebookNode", ran: dict[str, Any], outputs: list[dict[str, Any]]
) -> GradedTest:
    """The points that a verdict is worth, with the reason for those that are lost."""
    name, verdict = cell.metadata.nbgrader.grade_id, ran["verdict"]
    hidden = any(a <= line <= b for line in verdict.get("lines") or () for a, b in plan.hidden[name])
    failed = verdict["fault"] or verdict.get("error")
    if verdict["fault"]:
        points, (reason, message) = 0.0, _why_inconclusive(verdict["fault"], hidden)
    elif verdict.get("error"):
        points, (reason, message) = (
            0.0,
            _why_failed(cell, verdict["error"], verdict.get("lines") or [], hidden),
        )
    else:
        points, reason = _worth(verdict.get("value"), plan.tests[name])
        message = reason
    printed = "".join(o["text"] for o in outputs if o["output_type"] == "stream")
    return GradedTest(
        notebook=plan.name,
        question=name,
        points=points,
        maximum=plan.tests[name],
        reason=reason,
        message=message,
        hidden=hidden,
        returned=verdict.get("returned") or "",
        output="" if plan.hidden[name] else printed[:5000],
        seconds=round(ran["seconds"], 3),
        scores=() if failed else verdict.get("scores") or (),
    )


def _worth(value: float | None, maximum: float) -> tuple[float, str]:
    """The points for a test that ended with a number, or with None, and the reason where that says something."""
    if value is None:
        return maximum, ""
    if not value >= 0:  # no number at all is neither
        return 0.0, f"the test ended with {value:g}, which is no number of points"
    if value > maximum:
        return maximum, f"the test ended with {value:g}; counted as {maximum:g}"
    return value, f"partial credit: {value:g} of {maximum:g}" if value < maximum else ""


def _why_inconclusive(fault: str, hidden: bool) -> tuple[str, str]:
    """Why nothing could be concluded, for the instructor and for the student."""
    # The fault may hold a name that the student's code has made of what the hidden test asked.
    what = "Your answer took too long, ended its process, or returned something that cannot be checked."
    return fault, f"{HIDDEN} {what}" if hidden else fault


def _why_failed(
    cell: "NotebookNode", error: dict[str, str], lines: list[int], hidden: bool
) -> tuple[str, str]:
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


def without_verdict(plan: Plan, name: str, reason: str) -> GradedTest:
    """A test that gives no points because it did not run."""
    return GradedTest(plan.name, name, 0.0, plan.tests[name], reason=reason, message=reason)
