"""The counter: sold once, paid to the cent, on the shop's stock; whatever is refused leaves nothing behind."""

from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import pytest

from accounting.errors import StoredValueExpired, StoredValueShort, UnknownCode
from accounting.models import Invoice
from accounting.services import IssueRequest, Paid, issue_stored_value
from backoffice.core.errors import IllegalTransition, InvalidInput, NotPermitted
from orders.errors import NotReturnable
from orders.models import Order, PriceList
from tests.factories.books import ACTOR, NOON
from tests.factories.floor import broken_checks
from tests.factories.goods import add_shop, balance, days_later, level, make_stock
from tests.factories.sales import line, make_channel, order, place
from tests.factories.tills import Counter, check_now, nothing_written, tender
from warehouse.errors import OutOfStock, PickupRefused, ShiftClosed, ShiftOpen, TillReused, Underpaid
from warehouse.models import Pickup, TillReceipt, TillTender
from warehouse.services import (
    BackLine,
    CashRequest,
    CollectRequest,
    SaleLine,
    TakeBackRequest,
    ask_pickups,
    close_shift,
    collect_pickup,
    move_cash,
    open_shift,
    ready_pickups,
    sell,
    take_back,
)
from warehouse.till.amounts import Basket, TendersDoNotFit, lowered, share, total_of
from warehouse.till.reads import find_goods, receipt_of, returnable, shift_figures

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def counter():
    return Counter()


def books(counter):
    roles = ("cash", "clearing", "bank", "deposits", "gift_cards", "store_credit", "receivable", "cash_differences")
    return {role: amount for role in roles if (amount := balance(counter.house.company, role))}


def gift(counter, amount="50", **values):
    request = IssueRequest("gift_card", "GBP", [Paid(D(amount), "bank")], NOON, f"card:{amount}", **values)
    return issue_stored_value([request], company_id=counter.house.id, actor=ACTOR)[0].code


def bring_back(counter, receipt_id, quantity="1", **values):
    order_id = TillReceipt.objects.get(pk=receipt_id).order_id
    given = {
        "shift_id": counter.shift.pk,
        "client_id": uuid4(),
        "receipt_id": receipt_id,
        "lines": [BackLine(returnable(order_id)[0].order_line_id, D(quantity))],
        "method": "cash",
        "reason": "Broken",
        "effective_at": NOON,
        "may_return": True,
    } | values
    return take_back(TakeBackRequest(**given), company_id=counter.house.id, actor=counter.actor)


def prove():
    check_now()
    assert broken_checks() == []


def test_a_cash_sale_moves_goods_money_and_invoice_at_once(counter):
    sold = counter.sell(("3", "10"), tenders=[("cash", "50")])

    assert (sold.state, sold.total, sold.change) == ("done", 30, 20)
    assert level(counter.house, counter.mug) == (17, 17, 0)
    assert books(counter) == {"cash": 30}
    assert Order.objects.get().status == "shipped"
    invoice = Invoice.objects.get()
    assert (invoice.total, invoice.open_item.open_amount) == (30, 0)
    assert balance(counter.house.company, "cogs") == 15
    receipt = TillReceipt.objects.get()
    assert list(receipt.tenders.values_list("method", "amount")) == [("cash", 30)]
    prove()


def test_a_sale_sent_twice_is_sold_once(counter):
    """A double click or a lost answer: a complaint of users of other tills."""
    request = counter.request(("1", "10"))
    first = sell(request, company_id=counter.house.id, actor=counter.actor)
    again = sell(request, company_id=counter.house.id, actor=counter.actor)

    assert (again.state, again.receipt_id, again.total) == ("already", first.receipt_id, 10)
    assert level(counter.house, counter.mug)[0] == 19
    other = counter.request(("2", "10"), client_id=request.client_id)
    with nothing_written(TillReused):
        sell(other, company_id=counter.house.id, actor=counter.actor)


def test_mixed_tenders_cards_first_and_change_from_cash(counter):
    code = gift(counter, "5")
    sold = counter.sell(
        ("3", "10"), tenders=[("cash", "20"), ("card", "15", "", "T-1"), ("gift_card", "5", code.lower())]
    )

    assert sold.change == 10
    assert {row.method: row.amount for row in TillTender.objects.all()} == {"gift_card": 5, "card": 15, "cash": 10}
    assert books(counter) == {"cash": 10, "clearing": 15, "bank": 5}
    prove()


def test_gift_cards_are_sold_with_goods(counter):
    sold = counter.sell(("1", "10"), tenders=[("card", "40"), ("cash", "25")], gift_cards=[D(25), D(30)])

    assert (sold.total, sold.change, len(set(sold.codes))) == (65, 0, 2)
    assert books(counter) == {"clearing": 40, "cash": 25, "gift_cards": -55}
    with nothing_written(Underpaid):
        counter.sell(tenders=[("gift_card", "10", sold.codes[0])], gift_cards=[D(10)])
    prove()


def test_a_discount_needs_the_right(counter):
    for values in ({"discount": D(1)}, {"lines": [SaleLine("MUG", D(1), D(10), D(1))]}):
        request = counter.request(("1", "10"))
        request = type(request)(**{f: getattr(request, f) for f in request.__dataclass_fields__} | values)
        with nothing_written(NotPermitted):
            sell(request, company_id=counter.house.id, actor=counter.actor)
    counter.sell(("1", "10"))
    with nothing_written(NotPermitted):  # below what it cost the last customer
        counter.sell(("1", "9.99"))

    sold = counter.sell(("2", "9"), ("1", "10"), discount=D("0.01"), may_discount=True)

    assert sold.total == D("27.99")
    assert Order.objects.latest("pk").discount_total == D("2.01")
    assert find_goods(counter.till, "mug")[0].price == 10  # the next sale starts from the shelf's price
    prove()


def test_quantity_breaks_of_price_lists_count_at_the_counter(counter):
    prices = PriceList.objects.create(
        company=counter.house.company, code="shop", name="Shop", currency="GBP", prices_include_tax=True
    )
    for least, price in (("1", "9"), ("5", "8"), ("10", "7.125")):
        prices.items.create(sku_id=counter.mug, min_quantity=D(least), unit_price=D(price))

    def sell_at_list(*quantities, **values):
        request = counter.request(**values)
        lines = [SaleLine("mug", D(quantity)) for quantity in quantities]
        return sell(replace(request, lines=lines), company_id=counter.house.id, actor=counter.actor).total

    assert [sell_at_list("4"), sell_at_list("2", "3")] == [36, 40]  # two lines of one SKU reach a break together
    assert counter.sell(("5", "8")).total == 40  # the list's price at this quantity is no discount
    with nothing_written(NotPermitted):
        counter.sell(("4", "8"))
    [found] = find_goods(counter.till, "MUG")
    assert (found.price, [(b.min_quantity, b.unit_price) for b in found.breaks]) == (
        9, [(1, 9), (5, 8), (10, D("7.125"))],
    )  # fmt: skip
    prove()


@pytest.mark.parametrize(
    ("tenders", "reason"),
    [
        ([], "underpaid"),
        ([("cash", "9.99")], "underpaid"),
        ([("card", "11")], "no_change"),
    ],
)
def test_tenders_that_do_not_fit_are_refused(counter, tenders, reason):
    with nothing_written(Underpaid) as caught:
        counter.sell(("1", "10"), tenders=tenders)

    assert caught.value.context["reason"] == reason


def test_an_empty_expired_or_unknown_card_is_refused(counter):
    small, old = gift(counter, "5"), gift(counter, "20", expires_on=NOON.date())

    with nothing_written(StoredValueShort):
        counter.sell(("1", "10"), tenders=[("gift_card", "10", small)])
    with nothing_written(StoredValueExpired):
        counter.sell(("1", "10"), tenders=[("gift_card", "10", old)], effective_at=days_later(1))
    with nothing_written(UnknownCode):
        counter.sell(("1", "10"), tenders=[("gift_card", "10", "AAAA-AAAA-AAAA-AAAA")])


def test_more_than_is_there_is_refused_with_what_is_there(counter):
    with nothing_written(OutOfStock) as caught:
        counter.sell(("21", "10"))

    assert "MUG (20)" in caught.value.detail


def test_what_makes_no_sense_is_refused_by_field(counter):
    with nothing_written(InvalidInput) as caught:
        counter.sell(("0", "10"), ("-1", "-1"), tenders=[("shells", "1")])
    fields = {error["field"] for error in caught.value.context["errors"]}
    assert fields == {"lines.0.quantity", "lines.1.quantity", "lines.1.price", "tenders.0.method"}
    with nothing_written(InvalidInput):
        counter.sell()
    with nothing_written(InvalidInput):
        request = counter.request()
        request = type(request)(counter.shift.pk, request.client_id, [SaleLine("NOPE", D(1))], request.tenders, NOON)
        sell(request, company_id=counter.house.id, actor=counter.actor)


def test_goods_come_back_with_their_receipt(counter):
    sold = counter.sell(("3", "10"), tenders=[("card", "30")])
    back = bring_back(counter, sold.receipt_id, "2")

    assert (back.state, back.total) == ("done", -20)
    assert level(counter.house, counter.mug) == (19, 19, 0)
    assert books(counter) == {"clearing": 30, "cash": -20}
    assert receipt_of(counter.house.id, f"r-{sold.receipt_id:06d}").pk == sold.receipt_id
    with nothing_written(NotReturnable):
        bring_back(counter, sold.receipt_id, "2")
    with nothing_written(NotPermitted):
        bring_back(counter, sold.receipt_id, "1", may_return=False)
    with nothing_written(InvalidInput):
        bring_back(counter, sold.receipt_id, "1", method="bank")
    prove()


def test_a_return_to_store_credit_and_quarantine(counter):
    sold = counter.sell(("2", "10"))
    line_id = returnable(TillReceipt.objects.get().order_id)[0].order_line_id
    back = bring_back(counter, sold.receipt_id, lines=[BackLine(line_id, D(1), "quarantine")], method="store_credit")

    assert len(back.codes) == 1
    assert level(counter.house, counter.mug) == (19, 18, 0)
    again = counter.sell(("1", "10"), tenders=[("store_credit", "10", back.codes[0])])
    assert again.state == "done"
    assert books(counter) == {"cash": 20}
    prove()


def test_a_return_sent_twice_comes_back_once(counter):
    sold, same = counter.sell(("2", "10")), uuid4()
    line_id = returnable(TillReceipt.objects.get().order_id)[0].order_line_id
    given = {"client_id": same, "lines": [BackLine(line_id, D(1))]}
    first = bring_back(counter, sold.receipt_id, **given)
    again = bring_back(counter, sold.receipt_id, **given)

    assert (again.state, again.receipt_id) == ("already", first.receipt_id)
    assert level(counter.house, counter.mug)[0] == 19


def test_a_shift_counts_its_cash_and_posts_the_difference(counter):
    counter.sell(("3", "10"), tenders=[("cash", "40")])
    counter.sell(("1", "10"), tenders=[("card", "10")])
    out = CashRequest(counter.shift.pk, uuid4(), "to_bank", D(50), "Safe bag 7", NOON)
    assert move_cash(out, company_id=counter.house.id, actor=counter.actor).pk == (
        move_cash(out, company_id=counter.house.id, actor=counter.actor).pk
    )
    buy = CashRequest(counter.shift.pk, uuid4(), "expense", D(5), "Milk", NOON)
    move_cash(buy, company_id=counter.house.id, actor=counter.actor)
    figures = shift_figures(counter.shift)
    assert (figures.expected, figures.sales, figures.tenders) == (75, 2, {"cash": 30, "card": 10})
    with nothing_written(InvalidInput):
        too_much = CashRequest(counter.shift.pk, uuid4(), "to_bank", D("75.01"), "All", NOON)
        move_cash(too_much, company_id=counter.house.id, actor=counter.actor)

    closed = close_shift(
        counter.shift.pk, company_id=counter.house.id, counted=D("74.50"), closed_at=NOON, actor=counter.actor
    )

    assert (closed.expected, closed.counted) == (75, D("74.50"))
    assert books(counter) == {"cash": D("-25.5"), "clearing": 10, "bank": 50, "cash_differences": D("0.5")}
    prove()


def test_a_closed_shift_sells_nothing(counter):
    close_shift(counter.shift.pk, company_id=counter.house.id, counted=D(100), closed_at=NOON, actor=counter.actor)

    with nothing_written(ShiftClosed):
        counter.sell(("1", "10"))
    with nothing_written(ShiftClosed):
        close_shift(counter.shift.pk, company_id=counter.house.id, counted=D(1), closed_at=NOON, actor=counter.actor)
    opened = {"till_id": counter.till.pk, "company_id": counter.house.id, "opened_at": NOON, "actor": counter.actor}
    open_shift(float_amount=D(10), **opened)
    with nothing_written(ShiftOpen):
        open_shift(float_amount=D(10), **opened)


def pickup_of(counter, channel, external_id="web-1", paid=""):
    (placed,) = place(channel, order(external_id, line(quantity="2")))
    (made,) = ask_pickups(
        [placed.order_id],
        company_id=counter.house.id,
        warehouse_id=counter.house.warehouse.pk,
        asked_at=NOON,
        actor=ACTOR,
    )
    return made


def collect(counter, pickup, code=None, tenders=(), **values):
    given = {
        "shift_id": counter.shift.pk,
        "client_id": uuid4(),
        "pickup_id": pickup.pk,
        "code": pickup.code if code is None else code,
        "effective_at": NOON,
        "tenders": [tender(*each) for each in tenders],
    } | values
    return collect_pickup(CollectRequest(**given), company_id=counter.house.id, actor=counter.actor)


def test_an_order_is_set_aside_and_collected(counter):
    pickup = pickup_of(counter, make_channel(counter.house))
    with nothing_written(IllegalTransition):
        collect(counter, pickup, tenders=[("cash", "20")])
    for _click in range(2):
        (ready,) = ready_pickups([pickup.pk], company_id=counter.house.id, ready_at=NOON, actor=counter.actor)
    assert ready.status == "ready"
    assert level(counter.house, counter.mug) == (20, 20, 2)  # still ours, and promised
    with nothing_written(PickupRefused):
        collect(counter, pickup, code="000000", tenders=[("cash", "20")])
    with nothing_written(Underpaid):
        collect(counter, pickup)

    same = uuid4()
    done = collect(counter, pickup, tenders=[("cash", "50")], client_id=same)
    again = collect(counter, pickup, tenders=[("cash", "50")], client_id=same)

    assert (done.total, done.change, again.state) == (20, 30, "already")
    assert level(counter.house, counter.mug) == (18, 18, 0)
    assert (Pickup.objects.get().status, Order.objects.get().status) == ("collected", "shipped")
    assert books(counter) == {"cash": 20}
    prove()


def test_a_pickup_of_goods_that_are_not_there_is_refused(counter):
    channel = make_channel(counter.house)
    (placed,) = place(channel, order("web-2", line("CUP", "1")))
    asked = {"company_id": counter.house.id, "asked_at": NOON, "actor": ACTOR}
    shop = counter.house.warehouse.pk
    (short,) = place(channel, order("web-3", line(quantity="21")))
    for lacking in (placed, short):
        with nothing_written(PickupRefused):
            (pickup,) = ask_pickups([lacking.order_id], warehouse_id=shop, **asked)
            ready_pickups([pickup.pk], company_id=counter.house.id, ready_at=NOON, actor=counter.actor)
    kept = pickup_of(counter, channel)
    other = add_shop(counter.house.company, "PAR")
    with nothing_written(PickupRefused):
        ask_pickups([kept.order_id], warehouse_id=other.warehouse.pk, **asked)


def test_asking_moves_the_order_to_the_shop(counter):
    other = add_shop(counter.house.company, "PAR")
    make_stock(other, counter.mug, "5", "25.00")
    channel = make_channel(counter.house, warehouse_id=other.warehouse.pk)

    pickup = pickup_of(counter, channel)

    assert (level(other, counter.mug), level(counter.house, counter.mug)) == ((5, 5, 0), (20, 20, 2))
    ready_pickups([pickup.pk], company_id=counter.house.id, ready_at=NOON, actor=counter.actor)
    collect(counter, pickup, tenders=[("card", "20")])
    prove()


def test_lines_and_tenders_add_up():
    lines = [Basket(1, "A", "A", D("0.333"), D("10")), Basket(2, "B", "B", D(1), D("5"))]
    done = lowered(lines, discount=D("0.10"), exponent=2)

    assert total_of(done, inclusive=True) == D("8.23") == sum(each.amount for each in done)
    assert all(each.amount == round(each.amount, 2) for each in done)
    shares = share([tender("cash", "10"), tender("gift_card", "3", "X")], goods=D(8), cards=[D(2)])
    assert [(each.method, part) for each, part in shares.goods] == [("gift_card", 3), ("cash", 5)]
    assert (shares.cards[0][0][1], shares.change) == (2, 3)
    with pytest.raises(TendersDoNotFit):
        share([tender("gift_card", "3", "X")], goods=D(1), cards=[D(2)])
