"""The browser fixture works: the login page, wide and on a phone, under its content policy."""

import pytest

from tests.factories.books import make_company
from tests.plugins.browser import PHONE, WIDE


@pytest.mark.browser
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_login_page_shows_without_outside_requests(live_server, new_page, viewport):
    make_company()  # without one there is the set-up only
    page = new_page(viewport)
    refused = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)

    page.goto(f"{live_server.url}/admin/login/")

    assert page.locator("input[name=username]").is_visible()
    assert page.locator("input[name=password]").is_visible()
    assert refused == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
