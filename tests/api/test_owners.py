"""Other owners' goods over HTTP; refusals write nothing."""

from decimal import Decimal

import pytest
from django.utils import timezone

from backoffice.core.proof import run_checks
from inventory.models import ConsignmentTerm, GrniItem
from inventory.services import post_matched_bill
from orders.models import Order
from tests.api.conftest import order_body
from tests.factories.books import ACTOR
from tests.factories.goods import cost, written
from tests.factories.tracking import make_owner
from warehouse.services import fulfil_straight

D = Decimal
TODAY = timezone.localdate().isoformat()


@pytest.fixture
def owned(world):
    owner = make_owner(world.house)
    shop = world.caller("stock:read", "stock:write", bound=False, company_id=world.house.id)
    return shop, owner, f"stock-owners/{owner.pk}/"


def goods(quantity="6", **values):
    return {"warehouse": "LON", "lines": [{"sku": "MUG", "quantity": quantity, "location": "A1"} | values]}


def test_goods_come_in_with_a_price_and_go_back(world, owned):
    shop, owner, path = owned
    before = cost(world.mug)

    priced = shop.post(f"{path}term/", {"sku": "MUG", "unit_price": "4.00"})
    came = shop.post(f"{path}receive/", goods(), key="a")
    again = shop.post(f"{path}receive/", goods(), key="a")
    back = shop.post(f"{path}return/", goods("2"))

    assert priced.status_code == 200 and priced.json()["terms"][0]["unit_price"] == "4.000000", priced.content
    assert came.status_code == 200 and came.content == again.content, came.content
    assert [row["quantity"] for row in back.json()] == ["4.000000"], back.content
    assert shop.get(f"{path}goods/").json() == back.json() and shop.get(f"{path}statement/").json() == []
    assert shop.get("stock-owners/", kind="consignment").json()["results"][0]["party"] == owner.party.code
    assert cost(world.mug) == before
    assert run_checks().ok


def test_what_an_order_took_of_a_consignor_is_owed(world, owned):
    shop, owner, path = owned
    shop.post(f"{path}term/", {"sku": "CUP", "unit_price": "4.00"})
    shop.post(f"{path}receive/", goods(sku="CUP"))
    line = {"sku": "CUP", "quantity": "5", "unit_price": "4.00", "tax": "4.00", "tax_rate": "0.2"}
    sale = world.caller("orders:write").post("orders/", order_body(lines=[line]))
    assert sale.status_code == 201, sale.content
    work = list(Order.objects.get().fulfilments.values_list("pk", flat=True))

    fulfil_straight(work, company_id=world.house.id, actor=ACTOR, effective_at=timezone.now())

    [row] = shop.get(f"{path}statement/").json()  # 2 were our own
    assert (row["sku"], row["quantity"], row["owed"]) == ("CUP", "3.000000", "12.000000")
    assert GrniItem.objects.get(move=row["move_id"]).supplier_id == owner.party_id
    assert run_checks().ok


def test_the_account_of_goods_is_told_printed_and_billed(world, owned):
    _shop, owner, path = owned
    books = world.caller("stock:read", "stock:write", "bills:write", bound=False, company_id=world.house.id)
    books.post(f"{path}term/", {"sku": "CUP", "unit_price": "4.00"})
    books.post(f"{path}receive/", goods(sku="CUP"))
    line = {"sku": "CUP", "quantity": "5", "unit_price": "4.00", "tax": "4.00", "tax_rate": "0.2"}
    assert world.caller("orders:write").post("orders/", order_body(lines=[line])).status_code == 201
    work = list(Order.objects.get().fulfilments.values_list("pk", flat=True))
    fulfil_straight(work, company_id=world.house.id, actor=ACTOR, effective_at=timezone.now())
    days = {"start": "2026-01-01", "end": "2999-01-01"}

    told = books.get(f"{path}account/", **days).json()

    [row] = told["lines"]
    assert (row["opening"], row["came_in"], row["sold"], row["closing"]) == (
        "0.000000",
        "6.000000",
        "-3.000000",
        "3.000000",
    )
    assert told["owed"] == told["unbilled"] == "12.000000" and [move["kind"] for move in told["moves"]] == [
        "came_in",
        "sold",
    ]
    assert books.get(f"{path}account-pdf/", **days, language="ka").content[:5] == b"%PDF-"
    billed = books.post(f"{path}bill/", {"until": TODAY}, key="b")
    assert billed.status_code == 201 and billed.json()["total"] == "12.000000", billed.content
    assert billed.json()["status"] == "approved"
    assert books.get(f"{path}account/", **days).json()["unbilled"] == "0.000000"
    post_matched_bill(billed.json()["id"], company_id=world.house.id, actor=ACTOR)
    assert run_checks().ok


def test_what_cannot_be_is_refused_and_nothing_is_written(world, owned):
    shop, _owner, path = owned
    client = make_owner(world.house, "Keeper", "client")
    shop.post(f"{path}receive/", goods())
    before = written()

    answers = [
        shop.post(f"{path}return/", goods("7")),
        shop.post(f"stock-owners/{client.pk}/return/", goods("1")),  # another owner's goods
        shop.post(f"stock-owners/{client.pk}/term/", {"sku": "MUG", "unit_price": "1"}),
        shop.post(f"{path}term/", {"sku": "MUG", "unit_price": "-1"}),
        shop.post(f"{path}receive/", goods("-1")),
        shop.post(f"{path}receive/", goods(location="NOWHERE")),
        shop.post("stock-owners/999999/receive/", goods()),
        shop.post(f"{path}bill/", {"until": "2026-03-10"}),
        world.caller("bills:write", bound=False, company_id=world.house.id).post(
            f"{path}bill/", {"until": "2026-03-10"}
        ),
        shop.get(f"{path}account/", start="2026-03-02", end="2026-03-01"),
        shop.get(f"{path}account-pdf/", start="2026-03-02", end="2026-03-03", language="xx"),
        world.caller("stock:read").post(f"{path}receive/", goods()),
    ]

    assert all(400 <= answer.status_code < 500 for answer in answers), [answer.content for answer in answers]
    assert written() == before and not ConsignmentTerm.objects.exists()
