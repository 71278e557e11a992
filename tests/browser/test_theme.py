"""The admin's theme under a policy without 'unsafe-eval' (ADR 0031): what it does with Alpine, done by hand."""

import json

import pytest
from django.utils.translation import override

from backoffice.core.models import User
from backoffice.core.templatetags.bo import chart_options
from tests.pages.conftest import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "not-a-secret-1"
CHART = """options => {
    const canvas = document.body.appendChild(document.createElement("canvas"));
    const data = {labels: ["May"], datasets: [{label: "Sales", data: [6000.5]}]};
    const chart = new Chart(canvas, {type: "bar", data, options: {...options, responsive: false}});
    chart.tooltip.setActiveElements([{datasetIndex: 0, index: 0}], {x: 0, y: 0});
    chart.update();
    return [chart.scales.y.ticks.map((tick) => tick.label), chart.tooltip.body[0].lines];
}"""


def test_the_themes_own_controls_work_and_complain_of_nothing(live_server, browser):
    User.objects.create_superuser("boss", password=PASSWORD)
    World()
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page, met = context.new_page(), []
    page.on("console", lambda said: said.type in ("error", "warning") and met.append(said.text))
    page.on("pageerror", lambda error: met.append(str(error)))
    page.goto(f"{live_server.url}/admin/login/")
    page.fill("input[name=username]", "boss")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.goto(f"{live_server.url}/admin/orders/order/")
    menu = page.locator("#nav-sidebar")

    menu.wait_for()  # folded away, and again after the page is left
    page.get_by_role("button", name="Fold or show the menu").first.click()
    menu.wait_for(state="hidden")
    page.reload()
    menu.wait_for(state="hidden")
    page.get_by_role("button", name="Fold or show the menu").first.click()
    menu.wait_for()
    page.keyboard.press("/")  # a shortcut that a component's method handles
    assert page.evaluate("document.activeElement.name") == "q"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Control+e")  # as the machine wants it, then light, then dark
    page.keyboard.press("Control+e")
    assert page.evaluate("document.documentElement.classList.contains('dark')")
    page.get_by_text("Filters").first.click()
    page.locator("#changelist-filter").wait_for()
    page.keyboard.press("Escape")
    page.locator("#changelist-filter").wait_for(state="hidden")
    page.locator("input[name=_selected_action]").first.check()
    page.locator("select[name=action]").first.wait_for()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Control+k")  # the palette: an `if` in an attribute chooses what Enter does
    page.locator("#search-input-command").press_sequentially("supplier sku")
    page.locator("#command-results").get_by_text("Supplier SKUs").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/inventory/suppliersku/")
    with override("ka"):
        marks, tooltip = page.evaluate(CHART, json.loads(chart_options()))
    context.close()

    assert (marks, tooltip) == (["0", "2\xa0000", "4\xa0000", "6\xa0000", "8\xa0000"], ["Sales: 6\xa0000,5"])
    assert met == []
