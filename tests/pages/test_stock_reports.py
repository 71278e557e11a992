"""Movers and stock by age, as pages and files."""

from decimal import Decimal

from django.urls import reverse
from django.utils import timezone

from accounting.services import ensure_party
from backoffice.core.proof import run_checks
from inventory.selectors.ageing import ageing
from orders.selectors.movers import classes_of, movers
from orders.selectors.quality import quality, quality_cases
from orders.services import approve_returns
from tests.factories.books import ACTOR, NOON
from tests.factories.buying import arrive
from tests.factories.costs import moved
from tests.factories.goods import make_sku
from tests.factories.staff import sign_in
from tests.factories.tracking import make_owner
from warehouse.services import ReturnedLine, ReturnReceipt, receive_returns

D = Decimal
DAY = NOON.date()


def file(client, name, **query):
    return b"".join(client.get(reverse(name), query).streaming_content)


def test_movers_are_ranked_by_what_was_billed_and_what_left(world):
    (mug,) = movers(world.house.id, DAY, DAY, measure="margin")

    assert (mug.sku, mug.quantity, mug.lines, mug.cost) == ("MUG", 3, 1, 15)
    assert mug.revenue > mug.cost and mug.margin == mug.revenue - 15 and mug.abc == "A" and mug.so_far == 100
    assert [(c.abc, c.skus) for c in classes_of([mug], "margin")] == [("A", 1), ("B", 0), ("C", 0)]
    here = movers(world.house.id, DAY, DAY, warehouse_id=world.house.warehouse.pk)
    assert [(row.quantity, row.revenue) for row in here] == [(3, mug.revenue)]
    assert movers(world.house.id, DAY, DAY, warehouse_id=0) == []

    client = sign_in("accountant")
    given = {"start": DAY, "end": DAY, "by": "quantity"}
    page = client.get(reverse("movers_report"), given).content.decode()
    assert "Movers (ABC)" in page and "MUG" in page and "Cost of sales" in page
    assert "Nothing went to customers" in client.get(reverse("movers_report"), {"end": "2020-01-01"}).content.decode()
    odd = {"start": "x", "end": "2026-13-01", "by": "1; DROP", "warehouse": "?", "a": "90", "b": "10"}
    assert client.get(reverse("movers_report"), odd).status_code == 200
    assert b"MUG" in file(client, "movers_report", **given, **{"as": "csv"})
    assert file(client, "movers_report", **given, **{"as": "xlsx"})[:2] == b"PK"
    assert sign_in("cashier").get(reverse("movers_report")).status_code == 403
    assert run_checks().ok


def test_stock_by_age_is_shown_and_taken_as_a_file(world):
    client = sign_in("accountant")

    page = client.get(reverse("ageing_report")).content.decode()

    assert "Stock by age" in page and "MUG" in page and "Value by days since it came in" in page
    assert "MUG" in client.get(reverse("ageing_report"), {"order": "old", "unsold": "30"}).content.decode()
    assert "No stock of this kind." in client.get(reverse("ageing_report"), {"category": "none"}).content.decode()
    table = file(client, "ageing_report", **{"as": "csv"}).decode()
    assert "366+" in table and "MUG" in table
    assert sign_in("cashier").get(reverse("ageing_report")).status_code == 403
    assert sum(row.value for row in ageing(world.house.id)) == 485


def test_stock_by_age_of_a_past_day_a_warehouse_and_an_owner(world):
    client, shop = sign_in("accountant"), world.house
    owner = make_owner(shop)
    arrive(
        shop, {"sku_id": make_sku(shop, "PEN"), "quantity": D(6), "owner_id": owner.party_id, "location_id": shop.bin}
    )

    def page(**query):
        return client.get(reverse("ageing_report"), query).content.decode()

    assert "MUG" in page() and "PEN" not in page() and "came there" in page(warehouse=shop.warehouse.code)
    assert "at the end of" in page(day="2026-03-09") and "No stock of this kind." in page(day="2026-03-09")
    assert "at the end of" not in page(day="2999-01-01") and page(day="x", warehouse="?", owner="?")
    theirs = page(owner=owner.party.code)
    assert "PEN" in theirs and "MUG" not in theirs and "Quantity by days since it came in" in theirs
    table = file(client, "ageing_report", owner=owner.party.code, **{"as": "csv"}).decode()
    assert "PEN,PEN,,6,0," in table


def test_quality_tells_what_came_back_and_what_was_refused(world):
    shop = world.house
    approve_returns([world.returned], company_id=shop.id, actor=ACTOR)
    came = ReturnedLine(
        world.one("SELECT id FROM orders_returnline WHERE return_order_id = %s", world.returned), D(1), "restock"
    )
    receive_returns([ReturnReceipt(world.returned, [came])], company_id=shop.id, effective_at=NOON, actor=ACTOR)
    day = NOON.date()
    mug = next(row for row in quality(shop.id, day, timezone.localdate()) if row.code == "MUG")
    assert (mug.sent, mug.back, mug.return_rate, mug.received) == (3, 1, D("33.3"), 0) and mug.defect_rate is None
    assert mug.why == ("Broken",)
    moved(shop, world.cup, "8", shop.outside["supplier"], shop.bin, value=D(16), supplier_id=world.supplier.pk)
    moved(shop, world.cup, "2", shop.bin, shop.outside["supplier"], supplier_id=world.supplier.pk)
    [sup] = quality(shop.id, day, timezone.localdate(), by="supplier")
    assert (sup.code, sup.received, sup.refused, sup.defect_rate) == ("SUP", 8, 2, D("25.0"))
    [refused] = quality_cases(shop.id, day, timezone.localdate(), by="supplier", of=sup.key)
    assert (refused.kind, refused.sku, refused.quantity) == ("refused", "CUP", 2)
    [back] = quality_cases(shop.id, day, timezone.localdate(), by="sku", of=world.mug)
    assert (back.kind, back.sku, back.quantity) == ("back", "MUG", 1)
    assert quality(shop.id, day, day, by="lot") == [] and quality(shop.id, day, day, at_least=D(99)) == []

    client = sign_in("order_desk")
    for by in ("sku", "supplier", "lot", "; DROP"):
        page = client.get(reverse("quality_report"), {"start": day, "by": by, "least": "x"})
        assert page.status_code == 200
    assert "MUG" in client.get(reverse("quality_report"), {"start": day}).content.decode()
    behind = client.get(reverse("quality_report"), {"start": day, "of": world.mug}).content.decode()
    assert "What is behind it" in behind and "Sent back by a customer" in behind
    assert b"Sent back by a customer" in file(client, "quality_report", start=day, of=world.mug, **{"as": "csv"})
    assert client.get(reverse("quality_report"), {"start": day, "of": "x"}).status_code == 200
    assert b"33.3" in file(client, "quality_report", start=day, **{"as": "csv"})
    assert sign_in("picker").get(reverse("quality_report")).status_code == 403


def test_a_supplier_has_the_returns_of_what_it_alone_brought(world):
    shop, given = world.house, {"start": DAY, "end": DAY}
    moved(shop, world.cup, "8", shop.outside["supplier"], shop.bin, value=D(16), supplier_id=world.supplier.pk)
    moved(shop, world.cup, "4", shop.bin, shop.customer)
    moved(shop, world.cup, "1", shop.customer, shop.bin)

    [sup] = quality(shop.id, **given, by="supplier")

    assert (sup.sent, sup.back, sup.return_rate) == (4, 1, D("25.0"))
    other = ensure_party(company_id=shop.id, code="TWO", name="Two", currency="GBP", is_supplier=True)
    moved(shop, world.cup, "1", shop.outside["supplier"], shop.bin, value=D(2), supplier_id=other.pk)
    assert all(row.sent == row.back == 0 for row in quality(shop.id, **given, by="supplier"))


def test_the_ledger_is_read_and_never_edited(world):
    move = world.one("SELECT max(id) FROM inventory_stockmove WHERE %s > 0", 1)
    client = sign_in("owner")
    page, one = (
        reverse("admin:inventory_stockmove_changelist"),
        reverse("admin:inventory_stockmove_change", args=[move]),
    )
    assert "MUG" in client.get(page).content.decode() and client.get(one).status_code == 200
    before = world.one("SELECT sum(quantity) FROM inventory_stockmove WHERE %s > 0", 1)

    for answer in (
        client.post(one, {"quantity": "999"}),
        client.post(reverse("admin:inventory_stockmove_add"), {"quantity": "1"}),
        client.post(reverse("admin:inventory_stockmove_delete", args=[move]), {"post": "yes"}),
    ):
        assert answer.status_code == 403

    assert world.one("SELECT sum(quantity) FROM inventory_stockmove WHERE %s > 0", 1) == before
    assert client.get(reverse("proof")).status_code == 200 and run_checks().ok
