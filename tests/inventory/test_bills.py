"""Bills against orders and receipts: matched, decided, posted, cleared to the cent."""

from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounting.errors import BillRefused
from accounting.models import Bill, BillException, OpenItem
from accounting.services import BillLineInput, BillPayment, pay_bills, set_exchange_rate
from backoffice.core.actor import Actor
from backoffice.core.approving import ApprovalRefused
from backoffice.core.errors import IllegalTransition
from backoffice.core.models import ApprovalThreshold, User
from backoffice.core.proof import run_checks
from inventory.billing import Allowed, Way, line_findings, same_number
from inventory.models import BillTolerance, GrniItem
from inventory.selectors.billing import BILL_LINE
from inventory.services import (
    approve_bill,
    approve_write_off,
    close_orders_short,
    post_matched_bill,
    reverse_matched_bill,
    send_bill_back,
    wait_for_goods,
    write_off_uninvoiced,
)
from tests.factories.bills import Bought, grni, make_bill, make_tax, order_line, post, receipt_line, written
from tests.factories.books import ACTOR
from tests.factories.buying import deliver, make_purchase, make_supplier
from tests.factories.costs import set_standard
from tests.factories.goods import balance, cost

pytestmark = pytest.mark.django_db

D = Decimal


def person(name: str) -> Actor:
    return Actor.of(User.objects.create_user(name))


def reasons(bill: Bill) -> list[str]:
    return list(BillException.objects.filter(bill=bill, closed_at__isnull=True).values_list("reason", flat=True))


def assert_proved() -> None:
    assert [(one.name, one.row, one.error) for one in run_checks().results if one.state != "ok"] == []


def refused(code: str, work, error=BillRefused) -> None:
    """The refusal by its code, and nothing written."""
    before = written()
    with pytest.raises(error) as found, transaction.atomic():
        work()
    assert found.value.context.get("code", found.value.code) == code
    assert written() == before


def test_a_bill_that_agrees_clears_its_receipt_and_closes_the_order():
    bought = Bought()
    tax = make_tax(bought.shop.company)

    bill = post(bought.shop, bought.bill(line={"tax": D("5.00"), "tax_code": tax.code}, total="30.00"))

    assert (bill.status, bill.state, bill.net, bill.tax) == ("posted", "posted", D(25), D(5))
    assert grni(bought.shop) == (0, 0)
    assert [balance(bought.shop.company, role) for role in ("payable", "input_tax", "inventory")] == [-30, 5, 25]
    item = OpenItem.objects.get(pk=bill.open_item_id)
    assert (item.side, item.amount, item.due_date) == ("credit", D(30), bill.bill_date)
    assert bought.status() == "closed"
    assert_proved()


def test_erpnext_52292_and_14980_grni_clears_when_the_bill_differs_from_the_receipt():
    """erpnext#52292, erpnext#14980: the account keeps the difference for ever. Here it goes to stock and to what is sold."""
    bought = Bought(method="fifo")
    bought.sell("4")

    bill = bought.bill(price="2.57")  # 0.70 dearer: 0.42 in stock, 0.28 gone
    assert bought.match(bill).status == "exception"
    assert reasons(bill) == ["price_over"]
    approve_bill(bill.pk, company_id=bought.shop.id, actor=ACTOR, reason="New list price")
    post_matched_bill(bill.pk, company_id=bought.shop.id, actor=ACTOR)

    assert grni(bought.shop) == (0, 0)
    assert cost(bought.sku) == (6, D("15.42"))
    assert (balance(bought.shop.company, "cogs"), balance(bought.shop.company, "payable")) == (D("10.28"), D("-25.70"))
    assert_proved()


@pytest.mark.parametrize("method", ["average", "fifo"])
def test_a_cheaper_bill_takes_value_off_what_is_left_and_what_is_gone(method):
    bought = Bought(method=method)
    bought.sell("9")

    post(bought.shop, bought.bill(price="1.00"))

    assert grni(bought.shop) == (0, 0)
    assert cost(bought.sku) == (1, D("1.00"))
    assert balance(bought.shop.company, "cogs") == 9
    assert_proved()


def test_within_the_suppliers_tolerance_it_is_approved_by_itself():
    bought = Bought()
    BillTolerance.objects.create(company=bought.shop.company, price_percent=2)
    BillTolerance.objects.create(company=bought.shop.company, supplier_id=bought.supplier, price_amount=D("0.70"))

    assert bought.match(bought.bill(price="2.57", number="B-1")).status == "approved"
    assert bought.match(bought.bill(price="2.58", number="B-2")).status == "exception"


def test_two_bills_share_the_receipts_of_an_order_and_no_more_than_was_received_is_billed():
    bought = Bought("8")

    post(bought.shop, bought.bill("5"))
    later = bought.bill("4", number="B-2")

    assert bought.match(later).status == "exception"
    assert reasons(later) == ["not_received"]
    too_many = bought.bill("6", number="B-3")
    bought.match(too_many)
    assert reasons(too_many) == ["quantity_over"]
    assert grni(bought.shop) == (D("-7.50"), D("-7.50"))
    assert_proved()


def test_goods_that_come_after_their_bill_clear_it_by_themselves():
    bought = Bought("0")

    bought.accept(bought.bill(price="3.00"))
    assert grni(bought.shop) == (30, 30)
    deliver(bought.shop, bought.order, "4")
    assert grni(bought.shop) == (18, 18)
    deliver(bought.shop, bought.order, "6")

    assert grni(bought.shop) == (0, 0)
    assert cost(bought.sku) == (10, D("30.00"))
    assert_proved()


def test_a_bill_that_waits_for_goods_is_matched_again_when_they_arrive():
    bought = Bought("0")
    bill = bought.bill()
    bought.match(bill)
    wait_for_goods(bill.pk, company_id=bought.shop.id, actor=ACTOR, reason="On its way")

    deliver(bought.shop, bought.order, "6")
    assert Bill.objects.get().status == "exception"
    deliver(bought.shop, bought.order, "4")

    assert Bill.objects.get().status == "approved"
    post_matched_bill(bill.pk, company_id=bought.shop.id, actor=ACTOR)
    assert grni(bought.shop) == (0, 0)
    assert_proved()


def test_the_rest_is_closed_short_from_the_exception():
    bought = Bought("8")
    bill = bought.bill("10")
    bought.match(bill)

    close_orders_short(bill.pk, company_id=bought.shop.id, actor=ACTOR, reason="Sold out")

    assert (bought.status(), Bill.objects.get().status) == ("closed", "exception")
    send_bill_back(bill.pk, company_id=bought.shop.id, actor=ACTOR, reason="They send a new one")
    assert Bill.objects.get().status == "draft"


def test_a_foreign_bill_at_another_rate_leaves_nothing_on_grni():
    bought = Bought("0", quantity="3")
    supplier = make_supplier(bought.shop, "EU", currency="EUR")
    start = timezone.now() - timezone.timedelta(days=40)
    set_exchange_rate(company_id=bought.shop.id, currency="EUR", date=start.date(), rate=D("0.85"))
    order = make_purchase(bought.shop, bought.sku, "3", supplier="EU", currency="EUR")
    deliver(bought.shop, order, "3")  # 7.50 EUR = 6.38

    bill = make_bill(bought.shop, supplier.pk, order_line(order, "3", "2.50"), exchange_rate=D("0.91"))
    post(bought.shop, bill)  # 6.83

    assert (bill.currency, grni(bought.shop)) == ("EUR", (0, 0))
    assert cost(bought.sku) == (3, D("6.83"))
    assert_proved()


def test_other_currencies_no_order_and_wrong_tax_are_exceptions():
    bought = Bought()
    tax = make_tax(bought.shop.company)
    start = timezone.now().date() - timezone.timedelta(days=40)
    set_exchange_rate(company_id=bought.shop.id, currency="EUR", date=start, rate=D("0.85"))
    lines = (
        order_line(bought.order, "10", "2.50", tax=D("4.00"), tax_code=tax.code),
        BillLineInput("goods", D(1), D(3), description="Samples"),
    )
    bill = make_bill(bought.shop, bought.supplier, *lines, currency="EUR")

    bought.match(bill)

    assert sorted(reasons(bill)) == ["currency_differs", "no_order", "tax_differs"]
    other = bought.bill(number="0b1")
    bought.match(other)
    assert reasons(other) == ["duplicate"]
    bought.accept(bill)
    assert grni(bought.shop)[0] == grni(bought.shop)[1]
    assert_proved()


def test_reverse_charge_is_owed_and_deducted_but_not_paid():
    bought = Bought()
    tax = make_tax(bought.shop.company, "RC", reverse_charge=True)

    post(bought.shop, bought.bill(line={"tax_code": tax.code}, total="25.00"))

    company = bought.shop.company
    assert [balance(company, role) for role in ("payable", "input_tax", "output_tax")] == [-25, 5, -5]
    assert_proved()


def test_a_reversed_bill_opens_its_receipts_and_order_again():
    bought = Bought(method="fifo")
    bill = bought.bill(price="3.00")
    bought.accept(bill)
    assert bought.status() == "closed"
    bought.sell("5")

    reverse_matched_bill(bill.pk, company_id=bought.shop.id, effective_at=timezone.now(), actor=ACTOR, reason="Wrong")

    assert (Bill.objects.get().status, bought.status()) == ("reversed", "received")
    assert grni(bought.shop) == (-25, -25)
    assert (balance(bought.shop.company, "payable"), cost(bought.sku)) == (0, (5, D("12.50")))
    assert balance(bought.shop.company, "cogs") == D("12.50")
    post(bought.shop, bought.bill())  # the same number, typed again
    assert grni(bought.shop) == (0, 0)
    assert_proved()


def test_a_bill_with_a_payment_is_not_reversed():
    bought = Bought()
    bill = post(bought.shop, bought.bill())
    at = timezone.now()
    pay_bills([BillPayment(bill.pk, D(10))], company_id=bought.shop.id, effective_at=at, source_key="p1", actor=ACTOR)
    assert Bill.objects.get().state == "partly_paid"

    refused("bill_applied", lambda: reverse_matched_bill(
        bill.pk, company_id=bought.shop.id, effective_at=at, actor=ACTOR, reason="Wrong"))  # fmt: skip
    pay_bills([BillPayment(bill.pk)], company_id=bought.shop.id, effective_at=at, source_key="p2", actor=ACTOR)

    assert (Bill.objects.get().state, balance(bought.shop.company, "bank")) == ("paid", -25)
    assert_proved()


def test_a_credit_note_for_too_high_a_price_goes_where_the_bills_variance_went():
    bought = Bought(method="fifo")
    bill = bought.bill(price="3.00")
    bought.accept(bill, credit_expected=D(5))
    bought.sell("5")
    line = BillLineInput("price", net=D(5), source_type=BILL_LINE, source_id=bill.lines.get().pk)
    note = make_bill(bought.shop, bought.supplier, line, kind="credit_note", number="C-1", corrects_id=bill.pk)

    post(bought.shop, note)

    assert (grni(bought.shop), cost(bought.sku)) == ((0, 0), (5, D("12.50")))
    assert balance(bought.shop.company, "cogs") == D("12.50")
    assert Bill.objects.get(pk=bill.pk).credit_expected == 0
    pay_bills([BillPayment(bill.pk), BillPayment(note.pk)], company_id=bought.shop.id, effective_at=timezone.now(),
              source_key="p1", actor=ACTOR)  # fmt: skip
    assert (balance(bought.shop.company, "bank"), balance(bought.shop.company, "payable")) == (-25, 0)
    assert_proved()


def test_a_credit_note_takes_back_what_was_billed_and_never_came():
    bought = Bought("8")
    bill = bought.bill("10")
    bought.accept(bill)
    assert grni(bought.shop) == (5, 5)
    line = BillLineInput("goods", D(2), D("2.50"), source_type=BILL_LINE, source_id=bill.lines.get().pk)

    post(bought.shop, make_bill(bought.shop, bought.supplier, line, kind="credit_note", number="C-1"))

    assert grni(bought.shop) == (0, 0)
    assert_proved()


def test_standard_cost_takes_the_whole_difference_as_price_variance():
    bought = Bought("0", method="standard")
    set_standard(bought.shop, bought.sku, "2")
    deliver(bought.shop, bought.order, "10")

    post(bought.shop, bought.bill(price="2.40"))

    assert (grni(bought.shop), cost(bought.sku)) == ((0, 0), (10, D("20.00")))
    assert balance(bought.shop.company, "price_variance") == 4
    assert_proved()


def test_a_carriers_bill_clears_what_was_accrued_for_it():
    bought = Bought()
    line = BillLineInput("landed_cost", D(1), D("12.00"), description="Freight")

    post(bought.shop, make_bill(bought.shop, make_supplier(bought.shop, "DHL").pk, line, number="F-1"))

    assert balance(bought.shop.company, "landed_cost") == 12
    assert_proved()


def test_old_rests_are_written_off_by_another_person_above_the_threshold():
    bought = Bought("8")
    ApprovalThreshold.objects.create(company_id=bought.shop.id, action="write_off", amount=D(10))
    one, two = person("ann"), person("bob")
    given = {"company_id": bought.shop.id, "effective_at": timezone.now(), "reason": "Never billed"}
    item = GrniItem.objects.get()

    asked = write_off_uninvoiced([item.pk], actor=one, **given)
    assert (asked.status, grni(bought.shop)) == ("requested", (-20, -20))
    refused("own_document", lambda: approve_write_off(asked.pk, actor=one, **given), ApprovalRefused)
    done = approve_write_off(asked.pk, actor=two, **given)

    assert (done.status, grni(bought.shop), balance(bought.shop.company, "price_variance")) == ("posted", (0, 0), -20)
    refused("nothing_open", lambda: write_off_uninvoiced([item.pk], actor=one, **given))
    assert_proved()


def test_four_eyes_hold_for_exceptions():
    bought = Bought("8")
    ApprovalThreshold.objects.create(company_id=bought.shop.id, action="bill_exception", amount=D(0))
    ann, bob = person("ann"), person("bob")
    bill = bought.bill("10", actor=ann)
    bought.match(bill)

    refused("own_document", lambda: approve_bill(bill.pk, company_id=bought.shop.id, actor=ann, reason="Fine"),
            ApprovalRefused)  # fmt: skip
    refused("no_reason", lambda: approve_bill(bill.pk, company_id=bought.shop.id, actor=bob, reason=" "))
    assert approve_bill(bill.pk, company_id=bought.shop.id, actor=bob, reason="Fine").status == "approved"


def test_what_is_typed_wrong_is_refused_by_name_and_nothing_is_written():
    bought = Bought()
    post(bought.shop, bought.bill(number="B-1"))
    expense = BillLineInput("expense", D(1), D(1))
    elsewhere = make_supplier(bought.shop, "OTHER")

    refused("duplicate_number", lambda: bought.bill(number=" b-1 "))
    refused("total_differs", lambda: bought.bill(number="B-2", total="25.01"))
    refused("no_number", lambda: bought.bill(number="  "))
    refused("unknown_supplier", lambda: make_bill(bought.shop, 10**9, expense))
    refused("unknown_account", lambda: make_bill(bought.shop, bought.supplier, expense, number="B-3"))
    refused("unknown_tax_code", lambda: bought.bill(number="B-4", line={"tax_code": "NOPE"}))
    refused("bad_line", lambda: bought.bill("-1", number="B-5", total="-2.50"))
    refused("no_lines", lambda: make_bill(bought.shop, bought.supplier, number="B-6"))
    draft = bought.bill(number="B-7")
    refused("illegal_transition", lambda: post_matched_bill(draft.pk, company_id=bought.shop.id, actor=ACTOR),
            IllegalTransition)  # fmt: skip
    foreign = make_bill(bought.shop, elsewhere.pk, order_line(bought.order, "1", "2.50"))
    refused("wrong_supplier", lambda: bought.match(foreign))


def test_receipts_can_be_chosen_one_by_one_and_statements_do_not_grow(django_assert_max_num_queries):
    bought = Bought("0")
    for part in ("3", "3", "4"):
        deliver(bought.shop, bought.order, part)
    lines = [receipt_line(item, "1", "2.50") for item in GrniItem.objects.order_by("pk") for _ in range(3)]
    bill = make_bill(bought.shop, bought.supplier, *lines)
    with django_assert_max_num_queries(20):
        bought.match(bill)

    with django_assert_max_num_queries(40):
        post_matched_bill(bill.pk, company_id=bought.shop.id, actor=ACTOR)

    assert list(GrniItem.objects.filter(kind="receipt").order_by("pk").values_list("open_quantity", flat=True)) == [
        0, 0, 1,
    ]  # fmt: skip
    assert grni(bought.shop) == (D("-2.50"), D("-2.50"))
    assert_proved()


money = st.decimals(min_value="0.01", max_value="99.99", places=2)
units = st.integers(min_value=1, max_value=50).map(D)


@given(quantity=units, price=money, ordered=units, received=units, open_=units, percent=st.integers(0, 20))
def test_a_line_is_found_wrong_exactly_when_it_is_beyond_its_tolerance(
    quantity, price, ordered, received, open_, percent
):
    expected = quantity * D(5)
    net = (quantity * price).quantize(D("0.01"))
    way = Way(quantity, net, D(5), ordered, received, D(0), min(open_, received))
    allowed = Allowed(price=expected * percent / 100)

    found = {finding.reason: finding for finding in line_findings(way, allowed, 2)}

    assert ("price_over" in found) == (net - expected > expected * percent / 100)
    assert ("quantity_over" in found or "not_received" in found) == (quantity > way.open)
    assert ("quantity_over" in found) == (quantity > way.open and quantity > max(ordered, received))


@pytest.mark.parametrize(("one", "other"), [("INV 007", "inv-007"), ("0012", "12"), ("A/1.2", "a12")])
def test_numbers_that_people_type_differently_are_the_same(one, other):
    assert same_number(one) == same_number(other)
