"""A real browser: the system's Chromium, driven by Playwright. Its tests carry `@pytest.mark.browser`.

Without a browser they are skipped with the reason; REQUIRE_BROWSER=1 turns that into a failure.
BACKOFFICE_CHROMIUM names another binary. BACKOFFICE_SCREENSHOTS names a folder for `screenshot`.

Three processes take part (browser, server, database), and on two busy cores one of them is late now and then. A
browser test that fails is therefore run once more, and the closing line counts it ("1 rerun"): what fails in both is a
failure, and a rerun is a lead to follow. `make soak` and BROWSER_RERUNS=0 run each once only.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reruns = int(os.environ.get("BROWSER_RERUNS") or ("BACKOFFICE_SOAK" not in os.environ))
    for item in items:
        if reruns and item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=reruns))


def _binary() -> str | None:
    names = [os.environ.get("BACKOFFICE_CHROMIUM") or "", "chromium", "chromium-browser", "google-chrome"]
    return next((path for name in names if name and (path := shutil.which(name))), None)


def _missing(reason: str) -> None:
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(f"{reason} and REQUIRE_BROWSER=1")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """One Chromium for the run."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("playwright is not installed (`make setup`)")
    binary = _binary()
    if binary is None:
        _missing("no Chromium found (Debian: apt-get install chromium)")
    # Playwright runs an event loop in this thread, which Django takes for an async context.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=binary, args=FLAGS)
        yield launched
        launched.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
    else:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


@pytest.fixture
def new_page(browser: "Browser") -> "Iterator[Callable[..., Page]]":
    """A function that opens a page in a fresh profile: new_page(), new_page(PHONE).

    The test fails at its end if a page asked for anything but this machine, or met a script error.
    """
    contexts, complaints = [], []

    def watch(page: "Page") -> None:
        page.on("pageerror", lambda error: complaints.append(f"script error: {error}"))
        page.on("request", lambda request: _local(request.url) or complaints.append(f"outside request: {request.url}"))

    def open_page(viewport: dict[str, int] = WIDE) -> "Page":
        context = browser.new_context(viewport=viewport, locale="en-GB", timezone_id="UTC")
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        watch(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(new_page: "Callable[..., Page]") -> "Page":
    """One page on a wide screen."""
    return new_page()


def width_of(page: "Page") -> int:
    """How wide the document is, once it is whole: what was clicked may still be bringing it."""
    whole = "document.readyState === 'complete' && document.documentElement.scrollWidth"
    return int(page.wait_for_function(whole).json_value())


def _local(url: str) -> bool:
    return url.startswith(("http://localhost", "http://127.0.0.1", "data:", "blob:", "about:"))


@pytest.fixture
def screenshot() -> "Callable[[Page, str], Path | None]":
    """Keep a picture of the whole page as <name>.png, when BACKOFFICE_SCREENSHOTS names a folder."""

    def take(page: "Page", name: str) -> Path | None:
        folder = os.environ.get("BACKOFFICE_SCREENSHOTS")
        if not folder:
            return None
        path = Path(folder) / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=path, full_page=True)
        return path

    return take
