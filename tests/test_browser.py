"""The site as a reader meets it: in Chromium, on a desktop and on a phone, light and dark."""

import functools
import http.server
import threading
from dataclasses import dataclass

import pytest
from fixtures.site import ALT, CHAPTER, DESKTOP, PHONE, built_course, pages

CHAPTER_PAGE = f"notebooks/{CHAPTER}/{CHAPTER}.html"


class Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="session")
def site():
    """The folder of the built site, and the address at which it is served."""
    tree = built_course()[0] / "_build" / "html"
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Silent, directory=tree))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield tree, f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.fixture(scope="session")
def visitor(chromium):
    """Opens the page `name` at `base`; the `faults` of what it returns are what goes wrong meanwhile."""

    def open_(base, name, viewport):
        page = chromium.new_context(viewport=viewport, reduced_motion="reduce").new_page()
        page.faults = faults = []
        page.on("pageerror", lambda error: faults.append(f"error: {error}"))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.on(
            "response", lambda got: faults.append(f"{got.status} {got.url}") if got.status > 399 else None
        )
        page.on(
            "request", lambda sent: None if sent.url.startswith((base, "data:")) else faults.append(sent.url)
        )
        page.goto(base + name)
        page.evaluate("window.MathJax?.startup?.promise")
        return page

    return open_


@pytest.fixture
def open_page(visitor, site):
    opened = []

    def open_(name, *, viewport=DESKTOP, base=site[1]):
        opened.append(visitor(base, name, viewport))
        return opened[-1]

    yield open_
    for page in opened:
        page.context.close()


@dataclass(frozen=True)
class Visit:
    """What one look at a page found; `barriers` are axe's, light and dark."""

    page: str
    screen: int
    faults: list[str]
    width: int
    barriers: list[tuple[str, str, str]]


def barriers(page, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(f"document.documentElement.dataset.theme == '{scheme}'")
    # Preloading asks for style sheets at addresses of axe's own making.
    options = {"resultTypes": ["violations"], "preload": False}
    found = Axe().run(page, options=options).response["violations"]
    return [(scheme, barrier["id"], barrier["nodes"][0]["html"]) for barrier in found]


@pytest.fixture(scope="session")
def visits(visitor, site):
    """Every page, but the one that only leads to the first, looked at on a desktop and on a phone."""
    tree, address = site
    names = [path.relative_to(tree).as_posix() for path in pages(tree.parents[1])]
    found = []
    for viewport in (DESKTOP, PHONE):
        page = visitor(address, names[0], viewport)
        for name in names:
            if name != "index.html":
                page.goto(address + name)
                width = page.evaluate("document.documentElement.scrollWidth")
                barred = [barrier for scheme in ("light", "dark") for barrier in barriers(page, scheme)]
                found.append(Visit(name, viewport["width"], list(page.faults), width, barred))
                page.faults.clear()
        page.context.close()
    return found


def test_no_page_reports_an_error_or_asks_another_host(visits):
    assert len(visits) >= 14
    assert [visit for visit in visits if visit.faults] == []


def test_no_page_is_wider_than_the_screen(visits):
    assert [visit for visit in visits if visit.width > visit.screen] == []


def test_axe_finds_no_barrier_on_any_page_light_or_dark_on_desktop_or_phone(visits):
    assert [visit for visit in visits if visit.barriers] == []


def test_axe_finds_no_barrier_in_the_open_phone_menu(open_page):
    page = open_page(CHAPTER_PAGE, viewport=PHONE)
    page.get_by_role("button", name="Toggle primary sidebar").click()
    assert barriers(page, "light") == []


def test_the_start_page_leads_to_the_course(open_page, site):
    page = open_page("search.html")
    page.goto(site[1])
    page.wait_for_url(f"{site[1]}book/index.html")
    assert page.get_by_role("heading", level=1).inner_text().startswith("Image classification")


def test_formulae_are_drawn(open_page):
    page = open_page(CHAPTER_PAGE)
    assert page.locator("article mjx-container").count() == 2
    assert page.locator("mjx-merror").count() == 0
    drawn = page.locator("mjx-container[display=true]").bounding_box()
    assert drawn["width"] > 50 and drawn["height"] > 25


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_figure_is_shown_with_its_alt_text_and_fits_its_column(open_page, viewport):
    page = open_page(CHAPTER_PAGE, viewport=viewport)
    figure = page.get_by_role("img", name=ALT)
    assert figure.evaluate("image => image.naturalWidth") == 1050
    column, box = page.locator("article.bd-article").bounding_box(), figure.bounding_box()
    assert column["x"] <= box["x"] and box["x"] + box["width"] <= column["x"] + column["width"]
    assert box["width"] / box["height"] == pytest.approx(1050 / 600, rel=0.02)


def test_the_search_finds_a_word(open_page):
    page = open_page("book/index.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("plateau")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=plateau")
    page.get_by_role("link", name="Glossary > Plateau").click()
    page.wait_for_url("**/book/glossary.html*#plateau")
    assert page.faults == []


def test_the_search_finds_what_a_chapter_says(open_page):
    page = open_page("search.html?q=softmax")
    page.get_by_role("link", name="A small chapter > The softmax").wait_for()


@pytest.mark.parametrize("way", ["escape", "beside"])
def test_the_phone_menu_opens_closes_and_leads_on(open_page, way):
    page = open_page("book/index.html", viewport=PHONE)
    entry = page.locator("nav.bd-links").get_by_role("link", name="For instructors")
    button = page.get_by_role("button", name="Toggle primary sidebar")
    assert not entry.is_visible()
    button.click()
    entry.wait_for(state="visible")
    if way == "escape":
        page.keyboard.press("Escape")
    else:
        page.mouse.click(PHONE["width"] - 10, PHONE["height"] - 10)
    entry.wait_for(state="hidden")
    button.click()
    entry.click()
    page.wait_for_url("**/book/instructors.html")


def test_previous_and_next_follow_the_contents(open_page):
    page = open_page("book/students.html")
    page.locator(".prev-next-footer").get_by_title("next page").click()
    page.wait_for_url(f"**/{CHAPTER_PAGE}")
    page.locator(".prev-next-footer").get_by_title("previous page").click()
    page.wait_for_url("**/book/students.html")


def test_the_site_follows_the_system_into_the_dark_and_the_button_overrules_it(open_page):
    page = open_page("book/index.html")
    theme = "document.documentElement.dataset.theme"
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"{theme} == 'dark'")
    button = page.get_by_role("button", name="Color mode")
    seen = set()
    for _ in range(3):
        button.click()
        seen.add(page.evaluate(theme))
    assert seen == {"light", "dark"}


def test_opened_as_a_file_the_site_reads_and_searches_without_a_server(open_page, site):
    base = f"{site[0].as_uri()}/"
    page = open_page(CHAPTER_PAGE, base=base)
    page.wait_for_selector("article mjx-container[display=true]")
    assert page.faults == []
    page = open_page("search.html?q=plateau", base=base)
    page.get_by_role("link", name="Glossary > Plateau").wait_for()
    assert page.faults == []
