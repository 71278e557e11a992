"""Other owners' goods, blocked lots and the figures of stock in a real browser, wide and on a phone."""

from decimal import Decimal
from urllib.parse import quote

import pytest
from django.utils import timezone

from backoffice.core.actor import Actor
from backoffice.core.models import User
from inventory.services import ask_to_lift, hold_lot
from tests.factories.books import ACTOR, NOON
from tests.factories.buying import arrive
from tests.factories.costs import moved
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.tracking import make_lot, make_lot_stock, make_owner, make_term, make_tracked
from tests.pages.test_owners import sell
from tests.plugins.browser import PHONE, WIDE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "not-a-secret-1"


def test_the_pages_of_owners_fit_wide_and_on_a_phone(live_server, new_page, screenshot):
    User.objects.create_superuser("boss", password=PASSWORD)
    shop = make_shop()
    mug, cup = make_sku(shop, "MUG"), make_sku(shop, "CUP")
    make_stock(shop, cup, "5", "20.00")
    owner = make_owner(shop)
    for sku in (mug, cup):
        make_term(owner, sku, "4.00")
    came = {"quantity": Decimal(12), "owner_id": owner.party_id, "location_id": shop.bin}
    arrive(shop, {"sku_id": mug, **came}, {"sku_id": cup, **came})
    sell(shop, mug, owner, "3")
    moved(shop, cup, "2", shop.bin, shop.customer, effective_at=timezone.now())
    milk = make_tracked(shop)
    lot = make_lot(shop, milk, "L-1")
    make_lot_stock(shop, milk, lot, "10")
    held = hold_lot(lot, company_id=shop.id, cause="recall", reason="Glass in it", effective_at=NOON, actor=ACTOR)
    boss = Actor.of(User.objects.get(username="boss"))
    ask_to_lift(held.hold.pk, company_id=shop.id, reason="Tested: clean", actor=boss)
    pages = {
        "page": f"/admin/inventory/stockowner/{owner.pk}/change/",
        "statement": f"/admin/inventory/stockowner/{owner.pk}/statement/?start=2026-01-01",
        "ages": f"/admin/reports/ageing/?owner={owner.party.code}",
        "ages-warehouse": "/admin/reports/ageing/?warehouse=LON",
        "lot": f"/admin/inventory/lot/{lot}/change/",
        "holds": "/admin/inventory/lothold/",
        "figures": "/admin/reports/stock-figures/",
        "quality": f"/admin/reports/quality/?start=2026-01-01&of={cup}",
        "explorer": f"/admin/stock/?owner={owner.party.code}",
    }

    for size, viewport in (("wide", WIDE), ("phone", PHONE)):
        page = new_page(viewport)
        page.goto(f"{live_server.url}/admin/login/?next={quote('/admin/inventory/stockowner/')}")
        page.fill("input[name=username]", "boss")
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url("**/inventory/stockowner/")
        for name, address in pages.items():
            page.goto(live_server.url + address)
            page.wait_for_load_state("networkidle")
            screenshot(page, f"owners-{name}-{size}")
