"""In a real browser: an empty database becomes a company, on a desk and on a telephone."""

import pytest

from backoffice.core.staff import sync_roles
from backoffice.setup import draft
from tests.plugins.browser import PHONE, WIDE, width_of


@pytest.mark.browser
def test_a_company_is_set_up_on_a_telephone(transactional_db, new_page, live_server, screenshot):
    sync_roles()
    token = draft.make_token()
    page = new_page(PHONE)

    def keep(name: str) -> None:
        page.set_viewport_size(WIDE)
        screenshot(page, f"first-{name}")
        page.set_viewport_size(PHONE)
        screenshot(page, f"first-{name}-phone")
        width = width_of(page)
        assert width <= PHONE["width"], f"{name} is {width} wide"

    def go_on() -> None:
        page.get_by_role("button", name="Go on").click()

    page.goto(f"{live_server.url}/setup/")
    keep("begin")
    page.get_by_label("Set-up token").fill(token)
    page.get_by_role("button", name="Begin").click()
    page.get_by_label("Name of the company").fill("Amber Goods")
    country, currency, zone = (page.get_by_label(name) for name in ("Country", "Currency of the books", "Time zone"))
    for name, suggested in (("Norway", ("NOK", "Europe/Oslo")), ("Lithuania", ("EUR", "Europe/Vilnius"))):
        country.select_option(label=name)
        assert (currency.input_value(), zone.input_value()) == suggested
    keep("company")
    go_on()
    assert page.get_by_label("Taxes").input_value() == "eu", "the one that fits the country"
    keep("books")
    go_on()
    page.get_by_role("button", name="Show the bins").click()
    assert page.get_by_role("status").inner_text().startswith("40 bins, to A-10-4")
    keep("warehouse")
    go_on()
    keep("channel")
    page.get_by_role("link", name="Back").click()
    assert page.get_by_label("Short code").input_value() == "MAIN"
    go_on()
    go_on()
    page.get_by_label("Username").fill("ona")
    page.get_by_label("Password").fill("amber goods 2026")
    keep("people")
    go_on()
    keep("look")
    page.get_by_role("button", name="Make the company").click()
    page.get_by_role("heading", name="Amber Goods is ready").wait_for()
    keep("done")
    page.get_by_role("link", name="To the first page").click()
    page.get_by_role("heading", name="Today").first.wait_for()
