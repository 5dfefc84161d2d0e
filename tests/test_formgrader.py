"""nbgrader's own page for grading by hand, and its own commands, on a course that this package has graded."""

import csv
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from fixtures import cells
from fixtures.courses import RIGHT, WRONG, double, entered, hand_in, make_course

from coursekit.staff.course import find_course
from coursekit.staff.grading import grade
from coursekit.staff.lms import export

SECONDS_TO_START = 90


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A graded course: ada's written answer waits for a person, and bob has not been graded yet."""
    root = tmp_path_factory.mktemp("formgrader") / "course"
    make_course(root, {"ps": {"ps": double(cells.manual("why", "Because."))}})
    hand_in(root, "ada", answers={**RIGHT, "why": "Since two is twice one."})
    hand_in(root, "cyd", answers={**WRONG, "why": "No idea."})
    grade.grade_class(root, "ps")
    hand_in(root, "bob", answers={**RIGHT, "why": "It is so."})
    return root


@pytest.fixture(scope="module")
def server(course, tmp_path_factory):
    """The address of a Jupyter server in the course folder, and its token."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    token, log = secrets.token_hex(8), tmp_path_factory.mktemp("jupyter") / "log.txt"
    options = [f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}"]
    options += ["--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={course}", "--no-browser", "--allow-root"]
    folders = {f"JUPYTER_{name}_DIR": str(log.parent / name) for name in ("CONFIG", "RUNTIME", "DATA")}
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            cwd=course,
            env={**os.environ, **folders, "PATH": path()},
            stdout=out,
            stderr=out,
        )
    try:
        address = f"http://127.0.0.1:{port}/"
        wait_for(f"{address}api/status?token={token}", process, log)
        yield address, token
    finally:
        process.terminate()
        process.wait(20)


def path():
    """With the programs of this environment, which nbgrader calls by name."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


def wait_for(address, process, log):
    deadline = time.monotonic() + SECONDS_TO_START
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"the Jupyter server did not start:\n{log.read_text()[-3000:]}")


def exported(course, out):
    """The rows of the CSV export, by student."""
    with open(export.export(course, ["ps"], format="csv", out=out), encoding="utf-8", newline="") as table:
        return {row["student_id"]: row for row in csv.DictReader(table)}


def test_points_given_in_formgrader_are_in_the_export_and_plain_nbgrader_goes_on_with_the_gradebook(
    course,
    server,
    chromium,
    tmp_path,
):
    address, token = server
    before = exported(course, tmp_path / "before.csv")
    assert (before["ada"]["score"], before["ada"]["needs_manual_grade"]) == ("3", "yes")

    page = chromium.new_page()
    page.goto(f"{address}formgrader?token={token}")
    page.get_by_role("link", name="Manual Grading").click()
    page.locator("tbody").get_by_role("link", name="ps", exact=True).click()
    page.locator("tbody").get_by_role("link", name="ps", exact=True).click()
    with find_course(course).gradebook() as book:
        work = book.find_submission_notebook("ps", "ps", "ada").id
    page.locator(f"tbody a[href*='{work}']").first.click()
    page.get_by_text("Since two is twice one.").wait_for()
    assert page.get_by_text("double(7) == 14").count() == 1
    points = page.locator("input#why")
    page.locator("input#why.needs_manual_grade").wait_for()
    points.fill("2.5")
    with page.expect_response(
        lambda got: "/formgrader/api/grade/" in got.url and got.request.method == "PUT"
    ) as saved:
        points.press("Tab")
    assert saved.value.ok
    page.close()

    after = exported(course, tmp_path / "after.csv")
    assert (after["ada"]["score"], after["ada"]["needs_manual_grade"]) == ("5.5", "no")
    assert after["cyd"]["score"] == "0"

    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", "ps", "--student", "bob"],
        cwd=course,
        env={**os.environ, "PATH": path()},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found = entered(course)
    assert found["bob", "double-test-1"] == (3, None, 0)
    assert found["ada", "why"] == (None, 2.5, 0)
    assert exported(course, tmp_path / "both.csv")["bob"]["score"] == "3"

    report = grade.grade_class(course, "ps")
    assert {student: result["kept"] for student, result in report["students"].items()} == {
        "ada": True,
        "bob": False,
        "cyd": True,
    }
    assert entered(course) == found, report["students"]["bob"]
