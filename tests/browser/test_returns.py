"""Returns at the desk and the dock as people see them, on a wide screen and a phone: nothing hangs over the edge."""

from decimal import Decimal

import pytest
from django.urls import reverse

from backoffice.core.proof import run_checks
from orders.services import ExchangeLine, ReturnInput, add_photo, approve_returns, request_exchange
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import make_sku, make_stock
from tests.factories.photos import png
from tests.factories.returns import Sale, make_policy, make_reason
from tests.factories.staff import PASSWORD, make_staff
from tests.plugins.browser import PHONE

D = Decimal


def sign_in(page, live_server):
    page.goto(f"{live_server.url}/admin/login/")
    page.fill("input[name=username]", "owner")
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(f"{live_server.url}/admin/")


@pytest.fixture
def world(transactional_db, settings, tmp_path):
    """A sale with one return in parts at the dock, with a photo, and one exchange for another article."""
    settings.MEDIA_ROOT = tmp_path
    sale = Sale("5", kind="manual")
    make_staff("owner")
    make_policy(sale.channel, window_days=30, refund_shipping="proportional")
    make_reason(sale.shop, "too_small")
    make_stock(sale.shop, make_sku(sale.shop, "CUP"), "5", "15.00")
    parts = sale.approved("3", reason_code="too_small")
    sale.receive(parts, ("1", "restock", "A"), ("1", "inspect"))
    add_photo(parts, return_line_id=sale.line_of(parts), content=png(), company_id=sale.shop.id, actor=ACTOR)
    swap = request_exchange(
        sale.order_id, company_id=sale.shop.id, back=[ReturnInput(sale.line.pk, D(1))],
        instead=[ExchangeLine("CUP", D(1), D(20))], reason="Other size", requested_at=NOON, actor=ACTOR, may_price=True,
    )  # fmt: skip
    approve_returns([swap.return_order_id], company_id=sale.shop.id, actor=ACTOR)
    return sale, parts, swap


@pytest.mark.browser
@pytest.mark.parametrize("phone", [False, True])
def test_the_pages_of_returns_fit_their_screen(world, live_server, new_page, screenshot, phone):
    sale, parts, swap = world
    page = new_page(**({"viewport": PHONE} if phone else {}))
    sign_in(page, live_server)
    pages = {
        "list": reverse("admin:orders_returnorder_changelist"),
        "return": reverse("admin:orders_returnorder_change", args=[parts]),
        "dock": reverse("admin:warehouse_receive_return", args=[parts]),
        "exchange": reverse("admin:orders_returnorder_change", args=[swap.return_order_id]),
        "order": reverse("admin:orders_order_change", args=[sale.order_id]),
    }

    for name, path in pages.items():
        page.goto(live_server.url + path)
        if name == "order":
            page.get_by_text("Take goods back").click()
            page.get_by_text("Exchange for something else").click()
        screenshot(page, f"returns-{name}-{'phone' if phone else 'wide'}")
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, name

    assert run_checks().ok
