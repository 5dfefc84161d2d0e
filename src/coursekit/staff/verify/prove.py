"""Verify chapters: judge each answer of the banks, and mutants of the references, and say what got what it deserves."""

import ast
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coursekit import notebooks
from coursekit.machine import affordable
from coursekit.notebooks import CourseError, grade_id
from coursekit.progress import track
from coursekit.staff import execute, proofs
from coursekit.staff import faults as faults_of_source
from coursekit.staff.answers import Answer, Equivalent, fault_of, read_answers, read_equivalents
from coursekit.staff.course import find_course
from coursekit.staff.sandbox import host
from coursekit.staff.verify.graders import Asked, Grader, Verdict, graders
from coursekit.staff.verify.mutants import mutants
from coursekit.staff.verify.report import ChapterProof, Judged, QuestionProof

if TYPE_CHECKING:
    from nbformat import NotebookNode

RIGHT_ANSWERS, WRONG_ANSWERS = 2, 5
# With `quick`, no mutants of questions whose reference and tests take more than these seconds.
QUICK = 0.3
# Seconds that a cell may take with a mutant: some, and many times what the reference took.
SECONDS, TIMES = 3.0, 10


@dataclass(frozen=True)
class _Candidate:
    """Something to judge, with all that `Judged` says of it beside the verdicts."""

    question: str
    kind: str
    code: str
    expected: float
    why: str = ""
    where: str = ""
    diff: str = ""
    equivalent: str = ""


def verify(
    root: Path,
    wanted: str = "",
    *,
    with_mutants: bool = False,
    quick: bool = False,
    jobs: int | None = None,
    sandboxed: bool = True,
    real: bool = True,
) -> list[ChapterProof]:
    """Verify a `CHAPTER` or `CHAPTER/QUESTION` (all chapters by default), `jobs` answers at a time.

    Each answer is judged in the grader and in one process; without `real` only there. with_mutants: mutants of the
    references as well; quick: not those of questions that take long. A chapter that was proved with mutants is noted
    in `answers/<chapter>.json`, for the instructors' page. Raises CourseError for an unknown chapter or
    question, a bank that cannot be read, and where no sandbox can be made.
    """
    chapter, _, question = wanted.partition("/")
    chapters = execute.find_chapters(root, [chapter] if chapter else [])
    if sandboxed and (reason := host.why_not()):
        raise CourseError(f"not verified: {reason}; --unsandboxed judges all the same")
    if jobs is not None and jobs < 1:
        raise CourseError(f"jobs must be at least 1, got {jobs}")
    at_a_time = jobs or affordable(1e9)
    found = []
    for name in chapters:
        found.append(
            _verify_chapter(
                root,
                name,
                question,
                with_mutants=with_mutants,
                quick=quick,
                jobs=at_a_time,
                sandboxed=sandboxed,
                real=real,
            )
        )
        if with_mutants and real and not question and found[-1].proved:
            kept = proofs.read(root, name)
            if not (quick and kept and kept.current):  # which may say more
                proofs.keep(root, name, found[-1].rows())
    return found


def _verify_chapter(
    root: Path,
    chapter: str,
    question: str,
    *,
    with_mutants: bool,
    quick: bool,
    jobs: int,
    sandboxed: bool,
    real: bool,
) -> ChapterProof:
    started = time.perf_counter()
    source = notebooks.read(execute.source_path(root, chapter))
    maximum = notebooks.questions(source)
    if not maximum:
        raise CourseError(f"{chapter}: no question yet; `coursekit new-question {chapter} NAME` makes one")
    if question and question not in maximum:
        raise CourseError(f"{chapter} has no question {question!r}; it asks: {', '.join(maximum)}")
    asked = {name: most for name, most in maximum.items() if question in ("", name)}
    file = root / "answers" / f"{chapter}.py"
    answers, equivalents = read_answers(file), read_equivalents(file)
    faults = faults_of_source.unwritten(source, chapter)
    faults += bank_faults(file, maximum, asked, answers, equivalents)
    references = {name: reference(source, name) for name in asked}
    with graders(find_course(root), chapter, source, jobs=jobs, sandboxed=sandboxed, real=real) as in_each:
        first = [_Candidate(name, "reference", references[name], most) for name, most in asked.items()]
        judged = _judge(in_each, first, {}, f"{chapter}, references")
        # Again in one process: calls across the border take long, and so does whatever runs first on a fork.
        again = _judge(in_each[-1:], first, {}, f"{chapter}, seconds")
        times = {one.question: min(one.seconds, two.seconds) for one, two in zip(judged, again, strict=True)}
        limits = {each.question: SECONDS + TIMES * each.seconds / len(in_each) for each in judged}
        tried = [name for name in asked if with_mutants and not (quick and times[name] > QUICK)]
        rest = [_Candidate(name, "stub", _stub(references[name]), 0.0) for name in asked]
        rest += [_of_bank(file, answer) for answer in answers if answer.question in asked]
        for name in tried:
            rest += _mutants_of(file, name, references[name], asked[name], equivalents)
        judged += _judge(in_each, rest, limits, f"{chapter}, answers")
    faults += _stale(file, [e for e in equivalents if e.question in tried], judged)
    proofs = [
        QuestionProof(
            name,
            tuple(each for each in judged if each.question == name),
            not_tried=f"not tried ({times[name]:.1f} s)" if with_mutants and name not in tried else "",
        )
        for name in asked
    ]
    return ChapterProof(chapter, tuple(proofs), tuple(faults), round(time.perf_counter() - started, 1))


def reference(source: "NotebookNode", question: str) -> str:
    """The answer cell of a question, with its solution. Raises CourseError where there is none."""
    for cell in source.cells:
        if grade_id(cell) == question and notebooks.role(cell) == "solution":
            return cell.source
    raise CourseError(f"question {question!r} has tests and no answer cell")


def bank_faults(
    file: Path,
    maximum: dict[str, float],
    asked: dict[str, float],
    answers: Sequence[Answer],
    equivalents: Sequence[Equivalent],
) -> list[str]:
    """What is wrong with a bank before anything is judged."""
    faults: list[str] = []
    entries: list[Answer | Equivalent] = [*answers, *equivalents]
    for entry in entries:
        if entry.question in maximum and entry.question not in asked:
            continue
        if fault := fault_of(entry, maximum):
            faults.append(f"{file}, line {entry.line}: {fault}")
    for question in asked:
        own = [answer for answer in answers if answer.question == question and answer.written]
        right = sum(answer.right for answer in own)
        wrong = len(own) - right
        if right < RIGHT_ANSWERS or wrong < WRONG_ANSWERS:
            faults.append(
                f"{file}: {question} has {right} right and {wrong} wrong answers, "
                f"needs {RIGHT_ANSWERS} and {WRONG_ANSWERS}"
            )
        meanings = Counter(ast.dump(ast.parse(answer.code)) for answer in own)
        if any(count > 1 for count in meanings.values()):
            faults.append(f"{file}: {question} has the same answer twice")
    return faults


def _stub(code: str) -> str:
    """The cell as students get it."""
    lines = notebooks.region_lines(code, "SOLUTION")
    if not lines:
        return "raise NotImplementedError()"
    before = code.splitlines()[: lines[0] + 1]
    indent = before[-1][: len(before[-1]) - len(before[-1].lstrip())]
    return "\n".join([*before[:-1], f"{indent}raise NotImplementedError()"])


def _of_bank(file: Path, answer: Answer) -> _Candidate:
    kind = "right" if answer.right else "wrong"
    return _Candidate(
        answer.question, kind, answer.code, answer.points, answer.why, where=_line(file, answer)
    )


def _mutants_of(
    file: Path, question: str, code: str, most: float, equivalents: Sequence[Equivalent]
) -> list[_Candidate]:
    listed = [entry for entry in equivalents if entry.question == question]
    found = []
    for mutant in mutants(code):
        entry = next((each for each in listed if each.matches(mutant.removed, mutant.added)), None)
        found.append(
            _Candidate(
                question,
                "mutant",
                mutant.code,
                most,
                mutant.what,
                where=_line(file, entry) if entry else "",
                diff=mutant.diff,
                equivalent=entry.why if entry else "",
            )
        )
    return found


def _line(file: Path, entry: Answer | Equivalent) -> str:
    return f"{file.name}, line {entry.line}"


def _stale(file: Path, equivalents: Sequence[Equivalent], judged: Sequence[Judged]) -> list[str]:
    """The entries of mutants that are no longer made, or that lose points after all."""
    used = {each.where for each in judged if each.equivalent and not each.as_deserved}
    return [
        f"{file}, line {entry.line}: stale, no mutant of {entry.question} with full points has these lines"
        for entry in equivalents
        if _line(file, entry) not in used
    ]


def _judge(
    in_each: Sequence[Grader], candidates: Sequence[_Candidate], limits: dict[str, float], desc: str
) -> list[Judged]:
    """The candidates with their points in each grader. limits: seconds a cell for mutants, by question."""
    asked = [
        Asked(each.question, each.code, limits[each.question] if each.kind == "mutant" else None)
        for each in candidates
    ]
    with track(total=len(asked) * len(in_each), desc=desc, unit="answer") as bar:
        told: Callable[[int], Any] = bar.update
        futures = [grader.start(asked, told) for grader in in_each]
        verdicts = [[verdict for future in of for verdict in future.result()] for of in futures]
    return [_judged(each, *found) for each, *found in zip(candidates, *verdicts, strict=True)]


def _judged(candidate: _Candidate, *found: Verdict) -> Judged:
    return Judged(
        question=candidate.question,
        kind=candidate.kind,
        why=candidate.why,
        expected=candidate.expected,
        graded=found[0].points if len(found) > 1 else None,
        alone=found[-1].points,
        reasons=found[0].reasons or found[-1].reasons,
        seconds=sum(verdict.seconds for verdict in found),
        where=candidate.where,
        diff=candidate.diff,
        equivalent=candidate.equivalent,
    )
