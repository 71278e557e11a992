"""Returns at the dock: back at the cost they left at, put by disposition, refunded once."""

from decimal import Decimal

import pytest

from accounting.models import Invoice
from orders.errors import NotReady
from orders.services import ReturnInput, approve_returns, request_return
from tests.factories.books import ACTOR, NOON
from tests.factories.floor import broken_checks, facts, in_place, make_channel, make_order, make_packed, status_of
from tests.factories.goods import Shop, balance, level, make_shop, make_sku, make_stock, rows
from tests.factories.refusals import refused
from warehouse.errors import ReturnRefused
from warehouse.models import Receipt
from warehouse.services import Dispatch, ReturnedLine, ReturnReceipt, receive_returns, ship

pytestmark = pytest.mark.django_db
D = Decimal


def make_return(quantity: str = "3") -> tuple[Shop, int, int, int]:
    """(shop, SKU, return, return line) of an order of 4 at 20, shipped at a cost of 5 each, stock 6 left."""
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug, "10", "50.00")
    placed = make_order(make_channel(shop), {mug: "4"}, price="20")
    ship([Dispatch(make_packed(shop, placed), "DHL", "parcel", "T1", NOON)], company_id=shop.id, actor=ACTOR)
    ((order_line,),) = rows("SELECT id FROM orders_orderline")
    return_id = request_return(
        placed.order_id,
        company_id=shop.id,
        lines=[ReturnInput(order_line, D(quantity))],
        reason="does not fit",
        requested_at=NOON,
        actor=ACTOR,
    )
    approve_returns([return_id], company_id=shop.id, actor=ACTOR)
    return shop, mug, return_id, rows("SELECT id FROM orders_returnline")[0][0]


def receive(shop: Shop, return_id: int, *lines: ReturnedLine):
    (result,) = receive_returns([ReturnReceipt(return_id, lines)], company_id=shop.id, effective_at=NOON, actor=ACTOR)
    return result


def test_restocked_goods_are_back_in_their_bin_at_their_cost_and_refunded():
    shop, mug, return_id, line = make_return("3")

    result = receive(shop, return_id, ReturnedLine(line, D(3), "restock"))

    assert result.state == "resolved"
    assert (in_place(mug, shop.bin), level(shop, mug)) == ((9, 0), (9, 9, 0))
    assert (balance(shop.company, "inventory"), balance(shop.company, "cogs")) == (45, 5)
    note = Invoice.objects.get(pk=result.credit_note_id)
    assert (note.kind, note.number, note.total) == ("credit_note", result.credit_note_number, 60)
    assert balance(shop.company, "receivable") == 20
    assert status_of("orders_returnorder", return_id) == "resolved"
    assert Receipt.objects.get().return_order_id == return_id
    assert broken_checks() == []


def test_each_disposition_has_its_place():
    shop, mug, return_id, line = make_return("3")

    receive(
        shop,
        return_id,
        ReturnedLine(line, D(1), "restock", shop.second_bin),
        ReturnedLine(line, D(1), "quarantine"),
        ReturnedLine(line, D(1), "scrap"),
    )

    assert in_place(mug, shop.second_bin) == (1, 0)
    assert in_place(mug, shop.quarantine) == (1, 0)
    assert level(shop, mug) == (8, 7, 0)
    assert (balance(shop.company, "inventory"), balance(shop.company, "inventory_loss")) == (40, 5)
    assert broken_checks() == []


def test_a_part_waits_for_the_rest_before_it_is_refunded():
    shop, _mug, return_id, line = make_return("3")

    first = receive(shop, return_id, ReturnedLine(line, D(1), "restock"))
    second = receive(shop, return_id, ReturnedLine(line, D(2), "restock"))

    assert (first.state, first.credit_note_id, second.state) == ("received", None, "resolved")
    assert Invoice.objects.get(pk=second.credit_note_id).total == 60


@pytest.mark.parametrize(
    ("quantity", "disposition", "place", "code"),
    [
        ("4", "restock", None, "more_than_expected"),
        ("0", "restock", None, "quantity_not_positive"),
        ("1", "no_goods", None, "bad_disposition"),
        ("1", "restock", "quarantine", "wrong_place"),
        ("1", "quarantine", "bin", "wrong_place"),
    ],
)
def test_wrong_lines_are_named_and_nothing_is_written(quantity, disposition, place, code):
    shop, _mug, return_id, line = make_return("3")
    before = facts()

    with refused(ReturnRefused) as caught:
        location = getattr(shop, place) if place else None
        receive(shop, return_id, ReturnedLine(line, D(quantity), disposition, location))

    assert caught.value.context["lines"] == [{"return_order_id": return_id, "row": 1, "code": code}]
    assert facts() == before
    assert status_of("orders_returnorder", return_id) == "approved"


def test_a_resolved_return_expects_nothing_more():
    shop, _mug, return_id, line = make_return("3")
    receive(shop, return_id, ReturnedLine(line, D(3), "restock"))
    before = facts()

    with refused(NotReady):
        receive(shop, return_id, ReturnedLine(line, D(1), "restock"))

    assert facts() == before
