"""Where grading runs: workers on this machine, with warm processes and a slot for each."""

import concurrent.futures
import contextlib
import errno
import queue
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from coursekit.machine import affordable, cores
from coursekit.notebooks import CourseError
from coursekit.progress import track
from coursekit.staff.course import Course
from coursekit.staff.grading.plan import Plan, options
from coursekit.staff.sandbox import examine, host


def each(
    course: Course,
    assignment: str,
    plans: Sequence[Plan],
    students: Sequence[str],
    jobs: int | None,
    work: Callable[[str, Sequence[dict[str, host.Sandbox]], int], dict[str, Any]],
) -> dict[str, dict[str, Any] | str]:
    """What `work` makes of each student (given: student, warm processes by notebook, slot), or why it failed."""
    if not students:
        return {}
    jobs = min(jobs or _default_jobs(plans), len(students))
    slots: queue.Queue[int] = queue.Queue()
    for slot in range(jobs):
        slots.put(slot)
    outcomes: dict[str, dict[str, Any] | str] = {}
    with contextlib.ExitStack() as stack:
        pairs = [stack.enter_context(examine.warm_pair(plan.task)) for plan in plans]

        def one(student: str) -> dict[str, Any] | str:
            slot = slots.get()
            try:
                with course.lock(f"{assignment}-{student}"):
                    return work(student, pairs, slot)
            finally:
                slots.put(slot)

        pool = stack.enter_context(_pool(jobs))
        bar = stack.enter_context(track(total=len(students), desc=f"Grading {assignment}", unit="submission"))
        futures = {pool.submit(one, student): student for student in students}
        for future in concurrent.futures.as_completed(futures):
            student = futures[future]
            bar.update(1)
            try:
                outcomes[student] = future.result()
            except Exception as error:
                if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
                    where = error.filename or course.folder("autograded", student, assignment)
                    raise CourseError(f"{where}: {error.strerror}; stopped at {student}") from None
                outcomes[student] = (
                    str(error) if isinstance(error, CourseError) else f"{type(error).__name__}: {error}"
                )
    return outcomes


@contextlib.contextmanager
def _pool(jobs: int) -> Iterator[concurrent.futures.Executor]:
    pool = concurrent.futures.ThreadPoolExecutor(jobs)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _default_jobs(plans: Sequence[Plan]) -> int:
    # One more than there are cores: a worker waits now and then, for a fork or for the gradebook. At full size answers
    # train against the clock, each on a core of its own. The two processes of a worker add less than 600 MB to what the
    # warm ones hold.
    return affordable(1e9, at_most=cores() + (options(plans)["profile"] != "full"))
