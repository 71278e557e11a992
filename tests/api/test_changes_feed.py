"""The change feed: nothing is missed however transactions overlap, deletions are told, and only what one may read."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from backoffice.core.models import RecordChange
from backoffice.core.tasks import forget_old
from inventory.models import Barcode, Brand, Sku
from orders.models import PriceList, PriceListItem
from tests.api.conftest import order_body
from tests.factories.sales import make_channel

pytestmark = pytest.mark.django_db(transaction=True)
ALL = (
    "changes:read",
    "orders:read",
    "orders:write",
    "shipments:read",
    "returns:read",
    "catalogue:read",
    "prices:read",
    "stock:read",
)


class Copy:
    """A program that keeps a copy."""

    def __init__(self, caller, **asked):
        self.caller, self.asked = caller, asked
        self.cursor = caller.get("changes/", **asked).json()["next"]

    def news(self):
        """Everything there is now; transactions of other databases of the server may hold the window back a moment."""
        import time

        found, end = [], time.monotonic() + 30
        while True:
            answer = self.caller.get("changes/", since=self.cursor, **self.asked)
            assert answer.status_code == 200, answer.content
            body = answer.json()
            found += body["changes"]
            self.cursor = body["next"]
            if not body["more"] and (self.is_behind_nobody() or time.monotonic() > end):
                return [(one["resource"], one["id"], one["deleted"]) for one in found]

    def is_behind_nobody(self):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM core_recordchange WHERE xid >= %s::text::xid8",
                [self.cursor.split(".")[2].split("-")[0]],
            )
            return cursor.fetchone() == (0,)


def test_a_copy_follows_what_is_made_changed_and_deleted(world):
    copy = Copy(world.caller(*ALL))
    brand = Brand.objects.create(company=world.house.company, code="acme", name="Acme")
    sku = Sku.objects.get(pk=world.mug)
    code = Barcode.objects.create(company=world.house.company, sku=sku, code="4006381333931", symbology="gtin")
    assert {("brands", brand.pk, False), ("barcodes", code.pk, False)} <= set(copy.news())

    Brand.objects.filter(pk=brand.pk).update(name="Acme Ltd")
    gone = code.pk
    code.delete()

    assert copy.news() == [("brands", brand.pk, False), ("barcodes", gone, True)]
    assert copy.news() == []


def test_orders_stock_and_prices_are_told_with_their_codes(world):
    caller = world.caller(*ALL)
    copy = Copy(caller)
    since = copy.cursor
    order_id = caller.post("orders/", order_body("W-7")).json()["id"]
    prices = PriceList.objects.create(company=world.house.company, code="web", name="Web", currency="GBP")
    item = PriceListItem.objects.create(price_list=prices, sku_id=world.cup, min_quantity=1, unit_price=5)
    news = copy.news()

    assert ("orders", order_id, False) in news and ("stock", world.mug, False) in news
    assert ("prices", world.cup, False) in news and ("price-lists", prices.pk, False) in news
    item.delete()
    assert copy.news() == [("prices", world.cup, False)]  # the SKU's price changed, the SKU is there
    told = {one["resource"]: one for one in caller.get("changes/", since=since).json()["changes"]}
    assert (told["orders"]["code"], told["stock"]["code"], told["prices"]["code"]) == ("W-7", "MUG", "CUP")
    assert told["stock"]["warehouse"] == world.house.warehouse.code


def test_what_commits_late_is_not_missed(world):
    copy = Copy(world.caller(*ALL), resources="brands")
    began, go_on = threading.Event(), threading.Event()

    def slow():
        try:
            with transaction.atomic():
                Brand.objects.create(company=world.house.company, code="slow", name="Slow")  # the lower id
                began.set()
                go_on.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    began.wait(10)
    Brand.objects.create(company=world.house.company, code="quick", name="Quick")
    first = world_answer(copy)
    go_on.set()
    thread.join(10)

    ids = {brand.code: brand.pk for brand in Brand.objects.all()}
    last = RecordChange.objects.order_by("id").last()
    assert last.ids == [ids["quick"]]  # id > last would now pass over the slow one
    assert {pk for _resource, pk, _gone in [*first, *copy.news()]} == set(ids.values())


def world_answer(copy):
    body = copy.caller.get("changes/", since=copy.cursor, **copy.asked).json()
    copy.cursor = body["next"]
    return [(one["resource"], one["id"], one["deleted"]) for one in body["changes"]]


def test_a_batch_is_one_row_and_pages_are_followed(world):
    caller = world.caller(*ALL)
    copy = Copy(caller, resources="brands", limit=1)
    before = RecordChange.objects.count()
    Brand.objects.bulk_create([Brand(company=world.house.company, code=f"b{number}", name="B") for number in range(50)])
    assert RecordChange.objects.count() == before + 1
    Brand.objects.filter(code="b0").update(name="C")

    assert len(copy.news()) == 51


def test_a_channels_key_hears_of_its_own_orders_only(world):
    other = make_channel(world.house, "other")
    own, stranger = world.caller(*ALL), world.caller(*ALL, channel=other)
    copy = Copy(stranger)
    own.post("orders/", order_body())
    PriceList.objects.create(company=world.house.company, code="web", name="Web", currency="GBP", channel=world.channel)

    assert {resource for resource, _id, _gone in copy.news()} == {"stock"}


def test_only_what_the_scopes_allow_is_told(world):
    caller = world.caller("changes:read", "catalogue:read")
    copy = Copy(caller)
    world.caller(*ALL).post("orders/", order_body())
    Brand.objects.create(company=world.house.company, code="acme", name="Acme")

    assert {resource for resource, _id, _gone in copy.news()} == {"brands"}
    assert caller.get("changes/", resources="orders").status_code == 403
    assert world.caller("catalogue:read").get("changes/").status_code == 403


@pytest.mark.parametrize("since", ["x", "1.2.3-4", "1.1.1-1.1-99999999999999999999", "'; DROP TABLE"])
def test_a_cursor_that_is_none_is_refused(world, since):
    answer = world.caller(*ALL).get("changes/", since=since)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "since")


def test_a_cursor_of_another_database_or_of_long_ago_is_gone(world):
    caller = world.caller(*ALL)
    cursor = caller.get("changes/").json()["next"]
    cluster, at, rest = cursor.split(".", 2)

    for stale in (f"{int(cluster) - 1}.{at}.{rest}", f"{cluster}.{int(at) - 30 * 86_400}.{rest}"):
        answer = caller.get("changes/", since=stale)
        assert (answer.status_code, answer.json()["code"]) == (410, "cursor_expired")


def test_what_is_older_than_any_cursor_is_forgotten(world):
    from backoffice.core.db import database_now
    from backoffice.core.roles import OWNER, role

    Brand.objects.create(company=world.house.company, code="acme", name="Acme")
    with role(connection, OWNER):
        RecordChange.objects.update(recorded_at=database_now() - timedelta(days=31))

    forget_old()

    assert not RecordChange.objects.exists()
