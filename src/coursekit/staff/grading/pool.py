"""Where grading runs: on this machine, in threads that lead a pair of warm processes each through a submission.

Another place to run is another class with such a `map`, chosen in `grade.grade_each`: submissions go in and results
come back as plain data.
"""

import collections
import contextlib
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from coursekit.machine import affordable
from coursekit.staff.grading.model import Graded, Submission
from coursekit.staff.grading.plan import Plan
from coursekit.staff.grading.submission import grade_submission
from coursekit.staff.sandbox import examine


class Pool:
    """Grades `jobs` submissions at a time (default: as many as there are cores and memory for)."""

    def __init__(self, jobs: int | None = None) -> None:
        self._jobs = jobs

    def map(
        self, plans: Sequence[Plan], submissions: Iterator[Submission | None]
    ) -> Generator[tuple[Submission, Graded | Exception], None, None]:
        """Each submission as soon as it is graded, with its result or the fault of the grader.

        A submission is asked for when there is a worker for it. None says that there is none for the moment: another
        one is asked for whenever one is finished, and None ends it once all are.
        """
        # Each worker keeps to one core; two that share one cost each other more than they spend waiting. Its two
        # processes add less than 600 MB to what the warm ones hold.
        jobs = self._jobs or affordable(1e9)
        slots = list(reversed(range(jobs)))
        under_way: dict[Future[Graded], tuple[Submission, int]] = {}
        finished: collections.deque[tuple[Submission, Graded | Exception]] = collections.deque()
        with contextlib.ExitStack() as stack:
            pairs = [stack.enter_context(examine.warm_pair(plan.task)) for plan in plans]
            threads = ThreadPoolExecutor(jobs)
            stack.callback(threads.shutdown, wait=True, cancel_futures=True)
            while True:
                while slots and (submission := next(submissions, None)):
                    slot = slots.pop()
                    future = threads.submit(grade_submission, plans, submission, pairs, slot)
                    under_way[future] = submission, slot
                if not under_way and not finished:
                    return
                if finished:  # the caller saves it while the workers go on
                    yield finished.popleft()
                done, _ = wait(under_way, timeout=0 if finished else None, return_when=FIRST_COMPLETED)
                for future in done:
                    submission, slot = under_way.pop(future)
                    slots.append(slot)
                    finished.append((submission, _result_or_error(future)))


def _result_or_error(future: Future[Graded]) -> Graded | Exception:
    try:
        return future.result()
    except Exception as error:
        return error
