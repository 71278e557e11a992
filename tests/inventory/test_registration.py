"""Pages of the goods book's documents."""

import pytest

from backoffice.core.registry import links_of
from tests.factories.buying import order_goods
from tests.factories.goods import make_shop, make_sku

pytestmark = pytest.mark.django_db


def test_a_purchase_order_and_its_lines_lead_to_its_page():
    shop = make_shop()
    order = order_goods(shop, (make_sku(shop), "1", "1"), sent=False)
    line = order.lines.get()

    links = links_of([("inventory.purchaseorder", order.pk), ("inventory.purchaseorderline", line.pk)])

    assert {link.label for link in links.values()} == {order.number}
    assert {link.url for link in links.values()} == {f"/admin/inventory/purchaseorder/{order.pk}/change/"}
