"""What a student asks before handing in: does this notebook pass its public tests, and is it still whole?

`coursekit check` executes the notebook as it is saved, freshly, and reports on each question. Nothing here knows
hidden tests or solutions. The notebook's file is only read; what its cells write lies where they put it.
"""

import time
from pathlib import Path

from coursekit import profiles
from coursekit.check import damage, file, judge
from coursekit.check.damage import FRESH_COPY, Damage
from coursekit.check.report import Report
from coursekit.check.run import Execution, as_graded


def check_notebook(notebook: Path, *, profile: str = "smoke", timeout: float = 300) -> Report:
    """Execute the notebook freshly and say what its public tests say, and what in it is damaged.

    timeout: seconds that one cell may take. A cell that takes longer, or ends the kernel, is left out, and the
    cells before it run again in a new kernel, so that the other questions get their verdict. Cells tagged
    `study` do not run, as in grading. A file that cannot be checked at all is a Report that says so. Raises
    ValueError for an unknown profile or a timeout that is not above 0, ChildProcessError when no kernel starts.
    """
    if profile not in profiles.NAMES:
        raise ValueError(f"profile is one of {', '.join(profiles.NAMES)}; got {profile!r}")
    if not timeout > 0:
        raise ValueError(f"timeout must be above 0 seconds, got {timeout!r}")
    notebook = Path(notebook)
    try:
        nb, saved = file.read(notebook)
    except file.Unreadable as fault:
        return Report(notebook, profile, damage=[fault.damage])
    released, notes = damage.released_cells(nb)
    if not any(cell.role != "locked" for cell in released.values()):
        nothing = Damage(
            "No cell of this notebook is graded.",
            f"Is it the right file? If it is, start again from {FRESH_COPY} and copy your answers into it.",
        )
        return Report(notebook, profile, damage=[nothing], saved=saved)
    found = damage.find(nb)
    started = time.monotonic()
    graded = as_graded(nb, released)
    questions = judge.find_questions(graded, released)
    execution = Execution(graded, released, notebook.resolve().parent, profile, timeout)
    outcomes = execution.outcomes([question.test_indices for question in questions]) if questions else {}
    return Report(
        notebook,
        profile,
        [judge.judge(question, graded, released, outcomes) for question in questions],
        by_hand=judge.graded_by_hand(nb, released),
        errors=judge.errors_elsewhere(graded, released, questions, outcomes),
        damage=found,
        notes=notes,
        saved=saved,
        seconds=time.monotonic() - started,
    )
