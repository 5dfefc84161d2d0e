"""The `coursekit` command: one verb for each thing an instructor, or CI, does with the course."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

# No verb's module is imported up here: `coursekit --help` answers before a heavy library could load.


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit status: 0, 1 for a fault explained on stderr, 130 when interrupted."""
    args = _parser().parse_args(arguments)
    try:
        return args.verb(args) or 0
    except KeyboardInterrupt:
        print("coursekit: interrupted", file=sys.stderr)
        return 130
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("coursekit"):
            raise
        print(f"coursekit: {error}; instructors install the package as coursekit[staff]", file=sys.stderr)
        return 1
    except Exception as error:
        if not _meant_for_people(error):
            raise
        print(f"coursekit: {error}", file=sys.stderr)
        return 1


def _meant_for_people(error: Exception) -> bool:
    from coursekit.notebooks import CourseError

    return isinstance(error, CourseError | OSError | ValueError)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="coursekit", description="Run, release, grade and publish the course."
    )
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    run = _verb(verbs, "run", _run, "execute the chapters' notebooks")
    run.add_argument("chapters", nargs="*", metavar="CHAPTER", help="default: all")
    run.add_argument("--profile", default="quick", help="smoke, quick (the default) or full")
    run.add_argument("--force", action="store_true", help="execute even what has not changed")
    run.add_argument("--jobs", type=int, metavar="N", help="notebooks at a time (default: one for each core)")
    said = _verb(verbs, "truth", _truth, "check what the chapters' text says against runs with other seeds")
    said.add_argument("chapters", nargs="*", metavar="CHAPTER", help="default: all")
    said.add_argument("--profile", default="quick", help="smoke, quick (the default) or full")
    said.add_argument("--runs", type=int, metavar="N", help="of each chapter (default: 10, or 5 on CIFAR-10)")
    said.add_argument(
        "--jobs", type=int, metavar="N", help="notebooks at a time (default: one for each core)"
    )
    minutes = _verb(verbs, "minutes", _minutes, "compute how long chapters take, and write it into them")
    minutes.add_argument("chapters", nargs="*", metavar="CHAPTER", help="default: all")
    release = _verb(verbs, "release", _release, "make the students' version in release/")
    release.add_argument("chapters", nargs="*", metavar="CHAPTER", help="default: all")
    _grading_verbs(verbs)
    _question_verbs(verbs)
    book = _verb(verbs, "book", _book, "build the site in _build/html")
    book.add_argument(
        "--profile", default="quick", help="which executed notebooks to publish (default: quick)"
    )
    answers = _verb(verbs, "answers", _answers, "print model answers and solutions, for who learns alone")
    answers.add_argument("wanted", metavar="CHAPTER[/QUESTION]")
    _verb(verbs, "doctor", _doctor, "say what this machine can do for the course")
    reproduce = _verb(verbs, "reproduce", _reproduce, "record the source studies' experiments at full scale")
    reproduce.add_argument(
        "experiments", nargs="*", metavar="ID", help="B2, say, or a whole part, as B (default: all)"
    )
    reproduce.add_argument("--list", action="store_true", help="only say what is recorded and what is open")
    reproduce.add_argument("--runs", type=int, metavar="N", help="as many runs of each as these")
    reproduce.add_argument(
        "--jobs", type=int, metavar="N", help="runs at a time (default: one for each core)"
    )
    check = verbs.add_parser(
        "check",
        help="run a notebook's public tests before handing it in",
        description="Run a notebook afresh and say of each question whether it passes its public tests.",
    )
    check.add_argument("notebook", type=Path, metavar="NOTEBOOK")
    check.set_defaults(verb=_check)
    return parser


def _question_verbs(verbs) -> None:
    verify = _verb(verbs, "verify", _verify, "prove questions with right and wrong answers and with mutants")
    verify.add_argument("wanted", nargs="?", default="", metavar="CHAPTER[/QUESTION]", help="default: all")
    verify.add_argument(
        "--mutants", action="store_true", help="also try the reference answers with one small fault each"
    )
    verify.add_argument("--quick", action="store_true", help="no mutants of questions that take long")
    verify.add_argument("--json", type=Path, metavar="FILE", help="write all that was found")
    verify.add_argument(
        "--jobs", type=int, metavar="N", help="answers at a time (default: one for each core)"
    )
    verify.add_argument("--unsandboxed", action="store_true", help="where no sandbox can be made")
    question = _verb(verbs, "new-question", _new_question, "add a question that is still to be written")
    question.add_argument("chapter", metavar="CHAPTER")
    question.add_argument("question", metavar="QUESTION", help="lower case with hyphens, as mean-image")
    question.add_argument("--points", type=int, default=2, metavar="N", help="2 or more (default: 2)")
    chapter = _verb(verbs, "new-chapter", _new_chapter, "make a chapter that is still to be written")
    chapter.add_argument("name", metavar="NAME", help="lower case with hyphens, as mnist-mlp")


def _grading_verbs(verbs) -> None:
    collect = _verb(verbs, "collect", _collect, "take in what students handed in")
    collect.add_argument("source", type=Path, metavar="ARCHIVE_OR_FOLDER")
    collect.add_argument("--roster", type=Path, required=True, metavar="FILE", help="CSV with a column id")
    collect.add_argument("--assignment", required=True, metavar="NAME")
    collect.add_argument(
        "--due", metavar="TIME", help="ISO date and time (default: the gradebook's due date)"
    )
    collect.add_argument(
        "--timezone", metavar="NAME", help="of times that name none, as Europe/Berlin (default: UTC)"
    )
    collect.add_argument("--json", type=Path, metavar="FILE", help="write all that was found, every note too")
    grade = _verb(verbs, "grade", _grade, "grade the submissions of an assignment")
    regrade = _verb(verbs, "regrade", _regrade, "grade again what corrected tests affect")
    for verb in (grade, regrade):
        optional = "?" if verb is grade else None
        verb.add_argument("assignment", nargs=optional, metavar="ASSIGNMENT")
        verb.add_argument(
            "--student", action="append", default=[], metavar="NAME", help="only this one (repeatable)"
        )
        verb.add_argument(
            "--jobs",
            type=int,
            metavar="N",
            help="submissions at a time (default: one for each core)",
        )
        verb.add_argument("--json", type=Path, metavar="FILE", help="write a report")
        verb.add_argument(
            "--isolation",
            choices=("examiner", "kernel"),
            default="examiner" if verb is grade else None,
            help="kernel: answers and tests in one sandboxed process, not tamper-proof"
            + ("" if verb is grade else " (default: as they were graded)"),
        )
        verb.add_argument(
            "--profile",
            default="smoke" if verb is grade else None,
            help="smoke, quick or full (default: " + ("smoke)" if verb is grade else "as they were graded)"),
        )
        verb.add_argument(
            "--unsandboxed",
            action="store_true",
            help="grade with your own rights where no sandbox can be made",
        )
        verb.add_argument(
            "--unproved",
            action="store_true",
            help="grade although the reference answers lose points, or a notebook without answers gets some",
        )
    leaderboard = _verb(
        verbs, "leaderboard", _leaderboard, "list what graded submissions of the challenge scored"
    )
    leaderboard.add_argument("assignment", nargs="?", default="challenge", metavar="ASSIGNMENT")
    grade.add_argument("--force", action="store_true", help="grade even what has not changed")
    grade.add_argument(
        "--samples",
        action="store_true",
        help="make, grade and judge a right and a wrong submission of each chapter",
    )
    feedback = _verb(verbs, "feedback", _feedback, "write pages that students may see")
    feedback.add_argument("assignment", metavar="ASSIGNMENT")
    feedback.add_argument(
        "--student", action="append", default=[], metavar="NAME", help="only this one (repeatable)"
    )
    feedback.add_argument(
        "--format",
        choices=("moodle", "canvas"),
        help="also write the zip of feedback that this platform takes in",
    )
    feedback.add_argument("--out", type=Path, metavar="FILE", help="where to write the zip")
    export = _verb(verbs, "export", _export, "write the points to a table")
    export.add_argument("assignments", nargs="*", metavar="ASSIGNMENT", help="default: all")
    export.add_argument("--format", choices=("csv", "canvas", "moodle"), default="csv")
    export.add_argument("--out", type=Path, metavar="FILE")
    export.add_argument(
        "--worksheet",
        type=Path,
        metavar="FILE",
        help="fill in Moodle's grading worksheet or Canvas's exported gradebook",
    )
    export.add_argument("--assignment-id", metavar="NUMBER", help="Canvas's number of the assignment")


def _verb(verbs, name: str, function, text: str) -> argparse.ArgumentParser:
    verb = verbs.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    verb.add_argument("--course", type=Path, metavar="DIR", help="the course folder (default: here or above)")
    verb.set_defaults(verb=function)
    return verb


def course_folder(given: Path | None) -> Path:
    """The folder given, or the nearest one at or above the current one, that holds nbgrader_config.py."""
    from coursekit.notebooks import CourseError

    here = (given or Path.cwd()).resolve()
    for folder in [here] if given else [here, *here.parents]:
        if (folder / "nbgrader_config.py").is_file():
            return folder
    raise CourseError(f"{here}: no course here{'' if given else ' or above'} (no nbgrader_config.py)")


def _run(args: argparse.Namespace) -> None:
    from coursekit.staff import execute

    results = execute.run(
        course_folder(args.course), args.chapters, profile=args.profile, force=args.force, jobs=args.jobs
    )
    print(execute.timing_table(results))


def _truth(args: argparse.Namespace) -> int:
    from coursekit.staff import execute, truth

    found = execute.truths(
        course_folder(args.course), args.chapters, profile=args.profile, runs=args.runs, jobs=args.jobs
    )
    print(truth.table(found))
    return 1 if any(reason for runs in found.values() for run in runs for reason in run.values()) else 0


def _minutes(args: argparse.Namespace) -> None:
    from coursekit.staff import reading_time

    for chapter, minutes in reading_time.write(course_folder(args.course), args.chapters).items():
        print(f"{chapter}: {minutes} minutes")


def _answers(args: argparse.Namespace) -> None:
    from coursekit.staff import model_answers

    print(model_answers.markdown(course_folder(args.course), args.wanted))


def _release(args: argparse.Namespace) -> None:
    from coursekit.staff import release

    for path in release.release(course_folder(args.course), args.chapters):
        print(path)


def _grade(args: argparse.Namespace) -> int | None:
    from coursekit.staff.grading import grade

    root = course_folder(args.course)
    if args.samples:
        from coursekit.staff import sample_submissions

        chapters = [args.assignment] if args.assignment else []
        for grades in sample_submissions.grade_samples(root, chapters, sandboxed=not args.unsandboxed):
            print(grades.table())
        return None
    if not args.assignment:
        raise ValueError(
            "which ASSIGNMENT? (or --samples, for a right and a wrong submission of each chapter)"
        )
    return _graded(args, grade.grade_class, grade.summary, force=args.force)


def _verify(args: argparse.Namespace) -> int:
    from dataclasses import asdict

    from coursekit.files import write_atomically
    from coursekit.staff.verify import prove

    proofs = prove.verify(
        course_folder(args.course),
        args.wanted,
        with_mutants=args.mutants,
        quick=args.quick,
        jobs=args.jobs,
        sandboxed=not args.unsandboxed,
    )
    if args.json:
        write_atomically(args.json, json.dumps([asdict(proof) for proof in proofs], indent=1) + "\n")
    print("\n\n".join("\n".join(proof.lines()) for proof in proofs))
    return 0 if all(proof.proved for proof in proofs) else 1


def _new_question(args: argparse.Namespace) -> None:
    from coursekit.staff.verify import skeletons

    root = course_folder(args.course)
    for path in skeletons.new_question(root, args.chapter, args.question, points=args.points):
        print(path)


def _new_chapter(args: argparse.Namespace) -> None:
    from coursekit.staff.verify import skeletons

    for path in skeletons.new_chapter(course_folder(args.course), args.name):
        print(path)


def _regrade(args: argparse.Namespace) -> int | None:
    from coursekit.staff.grading import regrade

    return _graded(args, regrade.regrade_class, regrade.summary)


def _leaderboard(args: argparse.Namespace) -> None:
    from coursekit.staff.site import leaderboard

    path, notes = leaderboard.collect(course_folder(args.course), args.assignment)
    print("\n".join([*notes, str(path)]))


def _graded(args: argparse.Namespace, function, summary, **options) -> int | None:
    """Grade, and write the report even if the grader failed on some of the class."""
    from coursekit.files import write_atomically
    from coursekit.staff.grading import grade

    failure = None
    try:
        report = function(
            course_folder(args.course),
            args.assignment,
            args.student,
            jobs=args.jobs,
            isolation=args.isolation,
            profile=args.profile,
            sandboxed=not args.unsandboxed,
            prove=not args.unproved,
            **options,
        )
    except grade.GradingFailed as error:
        failure, report = error, error.report
    if args.json:
        write_atomically(args.json, json.dumps(report, indent=1) + "\n")
    print(summary(report))
    if args.unproved:
        print("UNPROVED: nobody graded the reference answers first; the tests may be unfair")
    if failure:
        raise failure
    return None


def _collect(args: argparse.Namespace) -> int:
    from datetime import datetime

    from coursekit.files import write_atomically
    from coursekit.staff.intake import collect

    collected = collect.collect(
        course_folder(args.course),
        args.source,
        roster=args.roster,
        assignment=args.assignment,
        due=datetime.fromisoformat(args.due) if args.due else None,
        timezone=args.timezone,
    )
    if args.json:
        write_atomically(args.json, json.dumps(collected.as_dict(), indent=1) + "\n")
    print(collected.table())
    return 1 if collected.failure else 0


def _feedback(args: argparse.Namespace) -> None:
    from coursekit.staff.feedback import handback, pages

    root = course_folder(args.course)
    failure = None
    try:
        for path in pages.write(root, args.assignment, args.student):
            print(path)
    except pages.PagesMissing as error:
        failure = error
    if args.format:
        path, left_out = handback.write_zip(
            root, args.assignment, args.student, format=args.format, out=args.out
        )
        print(path)
        for student in left_out:
            print(f"coursekit: warning: {student}: not in the zip, no name in a download", file=sys.stderr)
    if failure:
        raise failure


def _export(args: argparse.Namespace) -> None:
    from coursekit.staff.lms import export, worksheet

    root = course_folder(args.course)
    if args.worksheet:
        path, notes = worksheet.fill(
            root, args.assignments, args.worksheet, assignment_id=args.assignment_id, out=args.out
        )
        print("\n".join([*notes, str(path)]))
    else:
        options = {"assignment_id": args.assignment_id} if args.assignment_id else {}
        print(export.export(root, args.assignments, format=args.format, out=args.out, **options))
    for line in export.unfinished(root, args.assignments):
        print(f"coursekit: warning: {line}", file=sys.stderr)


def _check(args: argparse.Namespace) -> int:
    from coursekit import check

    report = check.check_notebook(args.notebook)
    print("\n".join(report.lines()))
    return report.status


def _book(args: argparse.Namespace) -> None:
    from coursekit.staff.site import book

    print(book.build(course_folder(args.course), profile=args.profile))


def _reproduce(args: argparse.Namespace) -> int | None:
    from coursekit.record import claims, reproduce

    # The record of this course, also where the package was installed from another one.
    os.environ.setdefault("COURSEKIT_RESULTS", str(course_folder(args.course) / "results"))
    if args.list:
        print(claims.state(args.experiments).to_string())
        return None
    reproduce.reproduce(args.experiments, runs=args.runs, jobs=args.jobs, tell=_at_once)
    return None


def _at_once(line: str) -> None:
    print(line, flush=True)


def _doctor(args: argparse.Namespace) -> int | None:
    from coursekit import doctor

    if args.course:
        os.chdir(course_folder(args.course))
    return doctor.main()


if __name__ == "__main__":
    sys.exit(main())
