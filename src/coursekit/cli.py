"""The `coursekit` command: one verb for each thing an instructor, or CI, does with the course."""

import argparse
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
    from coursekit.staff.notebooks import CourseError

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
    for name, function, text in (
        ("release", _release, "make the students' version in release/"),
        ("grade", _grade, "grade a right and a wrong sample submission"),
    ):
        _verb(verbs, name, function, text).add_argument(
            "chapters", nargs="*", metavar="CHAPTER", help="default: all"
        )
    book = _verb(verbs, "book", _book, "build the site in _build/html")
    book.add_argument(
        "--profile", default="quick", help="which executed notebooks to publish (default: quick)"
    )
    _verb(verbs, "doctor", _doctor, "say what this machine can do for the course")
    return parser


def _verb(verbs, name: str, function, text: str) -> argparse.ArgumentParser:
    verb = verbs.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    verb.add_argument("--course", type=Path, metavar="DIR", help="the course folder (default: here or above)")
    verb.set_defaults(verb=function)
    return verb


def course_folder(given: Path | None) -> Path:
    """The folder given, or the nearest one at or above the current one, that holds nbgrader_config.py."""
    from coursekit.staff.notebooks import CourseError

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


def _release(args: argparse.Namespace) -> None:
    from coursekit.staff import release

    for path in release.release(course_folder(args.course), args.chapters):
        print(path)


def _grade(args: argparse.Namespace) -> None:
    from coursekit.staff import grade

    for grades in grade.grade_samples(course_folder(args.course), args.chapters):
        print(grades.table())


def _book(args: argparse.Namespace) -> None:
    from coursekit.staff import site

    print(site.build(course_folder(args.course), profile=args.profile))


def _doctor(args: argparse.Namespace) -> int | None:
    from coursekit import doctor

    if args.course:
        os.chdir(course_folder(args.course))
    return doctor.main()


if __name__ == "__main__":
    sys.exit(main())
