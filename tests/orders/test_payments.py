"""Payments of orders: every cent that comes or goes is posted once, whatever comes twice or in what order."""

from contextlib import contextmanager
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounting.errors import StoredValueShort, UnknownCode
from accounting.models import Invoice
from accounting.services import IssueRequest, Paid, issue_stored_value, set_exchange_rate
from backoffice.core.errors import InvalidInput
from orders.errors import NotFound, PaymentExceeded, PaymentReused
from orders.models import Hold, Order, OrderPayment
from orders.payments import Money
from orders.selectors.payments import money_of
from orders.services import (
    PaymentInput,
    RefundStep,
    Step,
    approve_returns,
    cancel_order,
    capture_payments,
    record_reported,
    refund_order,
    refund_payments,
    resolve_returns,
    take_payments,
    void_payments,
)
from orders.services.requesting import ReturnInput, request_return
from tests.factories.books import ACTOR, NOON
from tests.factories.floor import broken_checks
from tests.factories.goods import balance, days_later, make_shop, make_sku, make_stock, rows
from tests.factories.refusals import refused
from tests.factories.sales import dispatch, line, make_channel, order, pack, place, ship

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def shop():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "20", "100.00")
    return shop


@pytest.fixture
def channel(shop):
    return make_channel(shop)


def ordered(channel, quantity="2", external_id="1001", **values):
    """An order over MUGs at 10.00."""
    (placed,) = place(channel, order(external_id, line(quantity=quantity), **values))
    return placed


def pay(shop, order_id, amount, *, external_id="pay-1", method="card", **values):
    request = PaymentInput(order_id, method, D(amount), external_id, NOON, **values)
    return take_payments([request], company_id=shop.id, actor=ACTOR)[0]


def refund(shop, payment_id, amount, *, key="back-1", **values):
    step = RefundStep(payment_id, D(amount), key, NOON, **values)
    return refund_payments([step], company_id=shop.id, actor=ACTOR)[0]


def card(shop, amount="50"):
    request = IssueRequest("gift_card", "GBP", [Paid(D(amount), "cash")], NOON, f"card:{amount}")
    return issue_stored_value([request], company_id=shop.id, actor=ACTOR)[0]


def credit_of(shop, placed, quantity):
    """The goods are credited without coming back."""
    line_id = rows("SELECT id FROM orders_orderline WHERE order_id = %s", placed.order_id)[0][0]
    back = request_return(
        placed.order_id,
        company_id=shop.id,
        lines=[ReturnInput(line_id, D(quantity))],
        reason="Broken",
        requested_at=NOON,
        actor=ACTOR,
    )
    approve_returns([back], company_id=shop.id, actor=ACTOR)
    resolve_returns([back], company_id=shop.id, effective_at=NOON, actor=ACTOR)


def state(order_id):
    return money_of([order_id])[order_id].money.state


def books(shop):
    roles = ("cash", "clearing", "deposits", "gift_cards", "store_credit", "receivable")
    return {role: amount for role in roles if (amount := balance(shop.company, role))}


@contextmanager
def nothing_written(error):
    def facts():
        tables = (
            "orders_orderpayment", "orders_orderpaymentevent", "accounting_storedvalue", "accounting_storedvalueuse",
            "accounting_journalentry", "accounting_openitem", "accounting_itemuse", "core_auditevent",
            "core_outboxevent",
        )  # fmt: skip
        return rows("SELECT " + ", ".join(f"(SELECT count(*) FROM {table})" for table in tables))

    before = facts()
    with refused(error):
        yield
    assert facts() == before


def prove():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    assert broken_checks() == []


def test_paid_before_it_ships_is_a_deposit_that_pays_the_invoice(shop, channel):
    placed = ordered(channel)

    paid = pay(shop, placed.order_id, "20")
    before = books(shop)
    ship(shop, placed)

    assert (paid.state, paid.order_state) == ("recorded", "paid")
    assert before == {"clearing": 20, "deposits": -20}
    assert books(shop) == {"clearing": 20}
    assert Invoice.objects.get().open_item.open_amount == 0
    prove()


def test_a_deposit_in_a_foreign_currency_leaves_the_exchange_difference(shop):
    channel = make_channel(shop, currency="EUR")
    placed = ordered(channel, currency="EUR")
    for day, rate in ((0, "0.80"), (1, "0.90")):
        set_exchange_rate(company_id=shop.id, currency="EUR", date=days_later(day).date(), rate=D(rate))

    pay(shop, placed.order_id, "20")
    (packed,) = pack(shop, placed.fulfilment_ids)
    dispatch(shop, [packed.shipment_id], at=days_later(1))

    assert books(shop) == {"clearing": 16}
    assert balance(shop.company, "fx_loss") == 2
    prove()


def test_what_is_paid_after_shipping_pays_the_invoice_at_once(shop, channel):
    placed = ordered(channel)
    ship(shop, placed)

    assert pay(shop, placed.order_id, "15", method="cash").order_state == "part_paid"
    assert Invoice.objects.get().open_item.open_amount == 5
    assert pay(shop, placed.order_id, "5", external_id="pay-2").order_state == "paid"
    assert books(shop) == {"cash": 15, "clearing": 5}
    prove()


def test_an_order_in_parts_takes_its_deposit_in_parts(shop, channel):
    placed = ordered(channel, "30")  # 20 are there
    pay(shop, placed.order_id, "300")
    ship(shop, placed)

    assert books(shop) == {"clearing": 300, "deposits": -100}
    prove()


def test_authorised_captured_in_parts_and_the_rest_voided(shop, channel):
    placed = ordered(channel)
    first = pay(shop, placed.order_id, "20", capture=False)
    assert (first.order_state, books(shop)) == ("authorised", {})

    steps = [Step(first.payment_id, D(12), "cap-1", NOON)]
    assert capture_payments(steps, company_id=shop.id, actor=ACTOR)[0].order_state == "part_paid"
    assert capture_payments(steps, company_id=shop.id, actor=ACTOR)[0].state == "already"
    with nothing_written(PaymentExceeded):
        capture_payments([Step(first.payment_id, D("8.01"), "cap-2", NOON)], company_id=shop.id, actor=ACTOR)
    void_payments([Step(first.payment_id, D(8), "void-1", NOON)], company_id=shop.id, actor=ACTOR)
    with nothing_written(PaymentExceeded):
        capture_payments([Step(first.payment_id, D(1), "cap-3", NOON)], company_id=shop.id, actor=ACTOR)
    with nothing_written(PaymentReused):
        void_payments([Step(first.payment_id, D(3), "cap-1", NOON)], company_id=shop.id, actor=ACTOR)

    payment = OrderPayment.objects.get()
    assert (payment.authorised, payment.captured, payment.voided, payment.refunded) == (20, 12, 8, 0)
    assert books(shop) == {"clearing": 12, "deposits": -12}
    prove()


def test_a_payment_that_comes_twice_is_recorded_once(shop, channel):
    placed, other = ordered(channel), ordered(channel, external_id="1002")
    first, again = pay(shop, placed.order_id, "20"), pay(shop, placed.order_id, "20")

    assert (again.state, again.payment_id) == ("already", first.payment_id)
    assert books(shop) == {"clearing": 20, "deposits": -20}
    for order_id, amount in ((placed.order_id, "19"), (other.order_id, "20")):
        with nothing_written(PaymentReused):
            pay(shop, order_id, amount)


def test_more_than_is_due_stays_the_customers_credit_until_it_goes_back(shop, channel):
    placed = ordered(channel)
    paid = pay(shop, placed.order_id, "25")
    ship(shop, placed)

    assert (paid.order_state, books(shop)) == ("over_paid", {"clearing": 25, "deposits": -5})
    with nothing_written(PaymentExceeded):  # the rest paid for goods that were kept
        refund(shop, paid.payment_id, "5.01")
    assert refund(shop, paid.payment_id, "5").order_state == "paid"
    assert books(shop) == {"clearing": 20}
    prove()


def test_a_refund_follows_the_credit_note(shop, channel):
    placed = ordered(channel)
    paid = pay(shop, placed.order_id, "20")
    ship(shop, placed)
    with nothing_written(PaymentExceeded):
        refund(shop, paid.payment_id, "10")
    credit_of(shop, placed, "1")

    done = refund(shop, paid.payment_id, "10", method="cash", reason="Broken")
    again = refund(shop, paid.payment_id, "10", method="cash", reason="Broken")

    assert (done.state, done.order_state, again.state) == ("refunded", "part_refunded", "already")
    assert books(shop) == {"clearing": 20, "cash": -10}
    prove()


def test_a_cancelled_order_is_refunded_from_its_deposit(shop, channel):
    placed = ordered(channel)
    paid = pay(shop, placed.order_id, "20")
    cancel_order(placed.order_id, company_id=shop.id, actor=ACTOR, reason="Changed mind")

    assert state(placed.order_id) == "over_paid"
    with nothing_written(PaymentExceeded):
        pay(shop, placed.order_id, "1", external_id="late")
    assert refund(shop, paid.payment_id, "20").order_state == "refunded"
    assert books(shop) == {}
    prove()


def test_a_gift_card_pays_and_a_refund_becomes_store_credit(shop, channel):
    gift = card(shop)
    placed = ordered(channel)
    pay(shop, placed.order_id, "15", method="gift_card", code=gift.code.lower())
    pay(shop, placed.order_id, "5", external_id="pay-2", method="cash")
    ship(shop, placed)
    credit_of(shop, placed, "2")

    done = refund_order(
        placed.order_id,
        amount=D(20),
        company_id=shop.id,
        source_key="r1",
        effective_at=NOON,
        actor=ACTOR,
        method="store_credit",
    )

    assert [bool(result.code) for result in done] == [True, True]
    assert books(shop) == {"cash": 55, "gift_cards": -35, "store_credit": -20}
    again = refund_order(
        placed.order_id,
        amount=D(20),
        company_id=shop.id,
        source_key="r1",
        effective_at=NOON,
        actor=ACTOR,
        method="store_credit",
    )
    assert {result.state for result in again} == {"already"}
    prove()


def test_an_empty_unknown_or_misused_card_is_refused(shop, channel):
    gift = card(shop, "5")
    placed = ordered(channel)

    with nothing_written(StoredValueShort):
        pay(shop, placed.order_id, "6", method="gift_card", code=gift.code)
    with nothing_written(UnknownCode):
        pay(shop, placed.order_id, "5", method="gift_card", code="ABCD")
    for wrong in ({"method": "store_credit", "code": gift.code}, {"method": "gift_card"}, {"code": gift.code}):
        with nothing_written(InvalidInput):
            pay(shop, placed.order_id, "5", **wrong)


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "NaN"])
def test_an_amount_that_is_no_money_is_refused(shop, channel, amount):
    placed = ordered(channel)

    with nothing_written(InvalidInput):
        pay(shop, placed.order_id, amount)


def test_a_payment_of_another_company_is_not_found(shop, channel):
    placed = ordered(channel)
    other = make_shop("other", warehouse="PAR")

    with nothing_written(NotFound):
        pay(other, placed.order_id, "20")


@pytest.mark.parametrize(
    ("policy", "capture", "released"), [("paid", True, True), ("paid", False, False), ("authorised", False, True)]
)
def test_a_payment_hold_ends_when_the_channel_is_content(shop, policy, capture, released):
    channel = make_channel(shop, payment_policy=policy)
    placed = ordered(channel)
    assert placed.held
    pay(shop, placed.order_id, "19", external_id="part")
    assert Hold.objects.filter(released_at__isnull=True, kind="payment").count() == 1

    pay(shop, placed.order_id, "1", capture=capture)

    found = Order.objects.get(pk=placed.order_id)
    assert (found.status, found.fulfilments.count()) == (("released", 1) if released else ("placed", 0))
    prove()


def test_another_hold_keeps_a_paid_order(shop):
    channel = make_channel(shop, payment_policy="paid")
    placed = ordered(channel, holds=[("fraud", "Looks odd")])

    pay(shop, placed.order_id, "20")

    assert Order.objects.get().status == "placed"
    assert [hold.kind for hold in Hold.objects.filter(released_at__isnull=True)] == ["fraud"]


def test_shipping_asks_nothing_about_payments_where_there_are_none(shop, channel):
    """And a batch of paid orders costs what one does."""
    unpaid = [ordered(channel, "1", external_id=f"u{n}") for n in range(2)]
    ship(shop, unpaid[0])

    def cost(*placed):
        with CaptureQueriesContext(connection) as queries:
            ship(shop, *placed)
        return [query["sql"] for query in queries]

    alone = cost(unpaid[1])
    assert not any("storedvalue" in (sql or "") for sql in alone)
    paid = [ordered(channel, "1", external_id=f"p{n}") for n in range(4)]
    for n, placed in enumerate(paid):
        pay(shop, placed.order_id, "10", external_id=f"pay-{n}")
    assert len(cost(paid[0])) == len(cost(*paid[1:]))
    prove()


def test_paying_a_batch_costs_what_one_costs(shop, channel):
    orders = [ordered(channel, "1", external_id=f"b{n}") for n in range(6)]

    def cost(*placed):
        requests = [PaymentInput(p.order_id, "card", D(10), f"pay-{p.order_id}", NOON) for p in placed]
        with CaptureQueriesContext(connection) as queries:
            take_payments(requests, company_id=shop.id, actor=ACTOR)
        return len(queries)

    assert cost(orders[0]) == cost(*orders[1:])


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        ("UPDATE orders_orderpayment SET captured = 0", "permission denied"),
        ("UPDATE orders_orderpaymentevent SET amount = 1", "permission denied|append-only"),
        (
            "INSERT INTO orders_orderpaymentevent (payment_id, kind, amount, source_key, method, reference, reason,"
            " entry_id, effective_at, actor_label) SELECT payment_id, 'refund', 21, 'x', 'cash', '', '', entry_id,"
            " now(), 'x' FROM orders_orderpaymentevent WHERE kind = 'capture'",
            "orderpayment_refunded_within_captured",
        ),
    ],
)
def test_going_round_the_service_is_refused(shop, channel, sql, rule):
    pay(shop, ordered(channel).order_id, "20")

    with pytest.raises(DatabaseError, match=rule), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize(
    ("money", "expected"),
    [
        (Money(D(10)), "unpaid"),
        (Money(D(10), D(9)), "unpaid"),
        (Money(D(10), D(10)), "authorised"),
        (Money(D(10), D(10), D(4)), "part_paid"),
        (Money(D(10), D(10), D(10)), "paid"),
        (Money(D(10), D(12), D(12)), "over_paid"),
        (Money(D(10), D(12), D(12), refunded=D(2)), "paid"),
        (Money(D(10), D(10), D(10), refunded=D(4)), "part_refunded"),
        (Money(D(10), D(10), D(10), refunded=D(10)), "refunded"),
        (Money(D(0)), "paid"),
    ],
)
def test_how_far_an_order_is_paid(money, expected):
    assert money.state == expected


def test_of_reported_payments_the_refused_leave_the_others_alone_and_the_cost_does_not_grow(shop, channel):
    first, second, gone = (ordered(channel, external_id=name) for name in ("A", "B", "C"))
    cancel_order(gone.order_id, company_id=shop.id, actor=ACTOR, reason="buyer")
    pay(shop, first.order_id, "20", external_id="held", capture=False)

    def reported(order_id, amount, name, **values):
        return PaymentInput(order_id, "card", D(amount), name, NOON, **values)

    page = [
        reported(first.order_id, "20", "held"),  # authorised before, captured now
        reported(second.order_id, "9.999", "odd"),  # no money
        reported(second.order_id, "15", "new"),
        reported(second.order_id, "15", "new"),  # twice on one page
        reported(first.order_id, "1", "new"),  # the id of another order's
        reported(gone.order_id, "20", "late"),  # of a cancelled order
        reported(second.order_id, "5", "more", capture=False),
    ]

    def record(page):
        with CaptureQueriesContext(connection) as queries, transaction.atomic():
            found = record_reported(page, company_id=shop.id, actor=ACTOR)
        assert sum("SAVEPOINT" in (query["sql"] or "") for query in queries) <= 2  # the test's own
        return [(result.state, result.code) for result in found], len(queries)

    states, _cost = record(page)
    assert states == [
        ("captured", ""), ("refused", "invalid_input"), ("recorded", ""), ("already", ""),
        ("refused", "payment_reused"), ("refused", "payment_exceeded"), ("recorded", ""),
    ]  # fmt: skip
    assert list(OrderPayment.objects.order_by("external_id").values_list("external_id", "authorised", "captured")) == [
        ("held", 20, 20), ("more", 5, 0), ("new", 15, 15),
    ]  # fmt: skip
    written = rows("SELECT count(*) FROM orders_orderpaymentevent")
    again, _cost = record(page)
    assert [state for state, _code in again] == [
        "already", "refused", "already", "already", "refused", "refused", "already",
    ]  # fmt: skip
    assert rows("SELECT count(*) FROM orders_orderpaymentevent") == written
    paid = [ordered(channel, external_id=f"M{n}") for n in range(9)]
    pages = [[reported(order.order_id, "20", f"m-{order.order_id}") for order in some] for some in (paid[:1], paid[1:])]
    costs = [record([*some, reported(gone.order_id, "1", "never")])[1] for some in pages]
    assert costs[0] == costs[1]
    prove()
