"""Axe finds nothing serious on the main pages, light and dark: names, contrast, landmarks, order of headings."""

from importlib.resources import files

import pytest
from django.urls import reverse

from tests.browser.test_order_to_cash import Desk
from tests.factories.staff import make_staff
from tests.pages.conftest import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
FOUND = """async ([theme, rules]) => {
    document.documentElement.classList.toggle("dark", theme === "dark");
    const options = {resultTypes: ["violations"], ...(rules.length ? {runOnly: {type: "rule", values: rules}} : {})};
    const found = await axe.run(document, options);
    return found.violations.filter((one) => ["serious", "critical"].includes(one.impact))
        .map((one) => [theme, one.id, one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160))]);
}"""
LISTS = [
    "orders.order", "orders.draftorder", "orders.returnorder", "orders.contact", "orders.channel", "orders.pricelist",
    "orders.shipment", "orders.automationrule", "core.stafftask", "inventory.sku", "inventory.stocklevel",
    "inventory.stockmove", "inventory.location", "inventory.purchaseorder", "inventory.transfer",
    "warehouse.picklist", "warehouse.receipt", "warehouse.stocktake", "accounting.invoice", "accounting.journalentry",
    "accounting.party", "accounting.bill", "accounting.taxcode", "core.user",
]  # fmt: skip


def addresses(world: World) -> list[str]:
    """Lists, pages of rows, forms, reports."""
    lists = [reverse(f"admin:{label.replace('.', '_')}_changelist") for label in LISTS]
    rows = {
        "orders_order": world.shipped, "orders_returnorder": world.returned, "inventory_sku": world.mug,
        "inventory_purchaseorder": world.purchase, "orders_channel": world.channel.pk,
        "accounting_party": world.supplier.pk,
    }  # fmt: skip
    forms = ["orders_draftorder", "orders_automationrule", "inventory_purchaseorder", "core_stafftask"]
    forms += ["accounting_manualjournal", "core_scheduledreport", "warehouse_putawayrule", "integrations_connection"]
    return [
        reverse("admin:index"), *lists, *(reverse(f"admin:{name}_change", args=[pk]) for name, pk in rows.items()),
        *(reverse(f"admin:{name}_add") for name in forms), reverse("stock_explorer"), reverse("admin:inventory_map"),
        reverse("work_queue"), reverse("matching_desk"), reverse("search"), reverse("proof"),
        reverse("admin:warehouse_work", args=[world.fulfilment_of(world.ready)]),
    ]  # fmt: skip


def test_axe_finds_nothing_serious_on_any_main_page_light_or_dark(live_server, page):
    make_staff("owner")
    world, wrong = World(), []
    page.context.add_init_script(AXE)
    Desk(page, live_server, "owner")
    pages = addresses(world)

    for address in pages:
        page.goto(live_server.url + address)
        page.evaluate("() => new Promise(requestAnimationFrame)")  # fields.js names what select2 made
        found = page.evaluate(FOUND, ["light", []]) + page.evaluate(FOUND, ["dark", ["color-contrast"]])
        wrong += [(address, *one) for one in found]

    assert wrong == []
    assert len(pages) >= 40
