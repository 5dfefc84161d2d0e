"""What several test modules share: copies of the course that a test may change, and a small course."""

import os
import shutil
from pathlib import Path

import pytest
from fixtures import cells

ROOT = Path(__file__).parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
)
QUIET += ("--disable-component-update", "--disable-sync")
SETTINGS = ("nbgrader_config.py", "requirements.txt")


@pytest.fixture
def course(tmp_path):
    """A copy of the course that a test may change."""
    return copy_course(tmp_path / "course")


def copy_course(folder):
    """The course folder's content: settings, chapters, pages and answers, nothing generated."""
    (folder / "tests").mkdir(parents=True)
    for name in (*SETTINGS, "_config.yml", "_toc.yml"):
        if (ROOT / name).is_file():
            shutil.copyfile(ROOT / name, folder / name)
    for name in ("notebooks", "book", "answers"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    return folder


@pytest.fixture
def small_course(tmp_path):
    """A course with the one chapter `tiny`, which takes a second to run and a few to grade."""
    return make_small_course(tmp_path / "small")


def make_small_course(folder):
    folder.mkdir()
    for name in SETTINGS:
        shutil.copyfile(ROOT / name, folder / name)
    cells.write(folder, "tiny", cells.tiny())
    answers = folder / "answers" / "tiny.py"
    answers.parent.mkdir(parents=True)
    answers.write_text(cells.TINY_ANSWERS, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def chromium():
    """A running Chromium. Without one these tests skip, but not in continuous integration."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    reason = "" if program else f"no browser: none of {', '.join(BROWSERS)} is on the PATH"
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        reason = f"no browser tests: {error}"
    if reason:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield browser
        browser.close()
