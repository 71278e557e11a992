"""Payments and their application, with exchange differences, and taking both back."""

import datetime
from decimal import Decimal

import pytest

from accounting.errors import (
    ItemOverused,
    ItemsDoNotMatch,
    NotFound,
    PaymentNotReversible,
    SourceKeyReused,
)
from accounting.models import ItemUse, JournalEntry, JournalLine, OpenItem, Payment
from accounting.selectors import balances
from accounting.services import (
    PaymentRequest,
    UseRequest,
    apply_items,
    issue_invoices,
    record_payments,
    reverse_payment,
    set_exchange_rate,
    unapply_items,
)
from tests.factories.books import ACTOR, NOON, make_company, make_invoice, make_invoice_line, make_party
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 3, 20)


def make_payment(party, amount="100", *, key="payment:1", **values):
    given = {
        "party_id": party.pk,
        "direction": "in",
        "amount": Decimal(amount),
        "currency": party.currency_id,
        "effective_at": NOON,
        "source_key": key,
    }
    return PaymentRequest(**(given | values))


def lines_of(entry_id):
    rows = JournalLine.objects.filter(entry_id=entry_id).order_by("id").select_related("account")
    return [(line.account.code, line.amount, line.base_amount) for line in rows]


def open_amounts():
    return list(OpenItem.objects.order_by("id").values_list("open_amount", flat=True))


@pytest.fixture
def company():
    return make_company()


@pytest.fixture
def party(company):
    return make_party(company)


def invoice_and_payment(company, party, net="100", paid="100", **payment):
    (issued,) = issue_invoices([make_invoice(party, make_invoice_line(net))], company_id=company.pk, actor=ACTOR)
    (recorded,) = record_payments([make_payment(party, paid, **payment)], company_id=company.pk, actor=ACTOR)
    return issued.open_item_id, recorded.open_item_id


def apply(company, debit, credit, amount, key="use:1"):
    return apply_items([UseRequest(debit, credit, Decimal(amount), key)], company_id=company.pk, date=DAY, actor=ACTOR)


def test_payment_is_posted_and_open(company, party):
    (recorded,) = record_payments([make_payment(party, reference="TT 1")], company_id=company.pk, actor=ACTOR)

    assert recorded.state == "recorded"
    assert lines_of(recorded.entry_id) == [("1020", 100, 100), ("1110", -100, -100)]
    item = OpenItem.objects.get(pk=recorded.open_item_id)
    assert (item.side, item.kind, item.open_amount) == ("credit", "payment", 100)
    assert Payment.objects.get().reference == "TT 1"


def test_refund_and_supplier_payment_go_the_other_way(company, party):
    refund, paid = record_payments(
        [
            make_payment(party, "30", direction="out", account_role="clearing"),
            make_payment(party, "70", direction="out", control="payable", key="payment:2"),
        ],
        company_id=company.pk,
        actor=ACTOR,
    )

    assert lines_of(refund.entry_id) == [("1050", -30, -30), ("1110", 30, 30)]
    assert lines_of(paid.entry_id) == [("1020", -70, -70), ("2010", 70, 70)]
    assert set(OpenItem.objects.values_list("side", flat=True)) == {"debit"}


def test_same_payment_twice_is_one(company, party):
    first = record_payments([make_payment(party)], company_id=company.pk, actor=ACTOR)
    again = record_payments([make_payment(party)], company_id=company.pk, actor=ACTOR)

    assert (again[0].payment_id, again[0].state) == (first[0].payment_id, "already")
    assert Payment.objects.count() == 1


def test_payment_of_nothing_is_a_mistake(company, party):
    with refused(ValueError):
        record_payments([make_payment(party, "0")], company_id=company.pk, actor=ACTOR)

    assert not JournalEntry.objects.exists()


def test_part_payments_settle_an_invoice(company, party):
    invoice, payment = invoice_and_payment(company, party, "100", "60")

    (applied,) = apply(company, invoice, payment, "60")

    assert (applied.state, applied.exchange_difference, applied.date) == ("applied", 0, DAY)
    assert open_amounts() == [Decimal(40), Decimal(0)]
    assert JournalEntry.objects.count() == 2


def test_same_application_twice_is_one(company, party):
    invoice, payment = invoice_and_payment(company, party)
    (first,) = apply(company, invoice, payment, "60")

    (again,) = apply(company, invoice, payment, "60")

    assert (again.use_id, again.state) == (first.use_id, "already")
    with refused(SourceKeyReused):
        apply(company, invoice, payment, "61")
    assert open_amounts() == [Decimal(40), Decimal(40)]


def test_more_than_is_open_is_refused_whole(company, party):
    invoice, payment = invoice_and_payment(company, party, "100", "150")

    with refused(ItemOverused) as caught:
        apply_items(
            [
                UseRequest(invoice, payment, Decimal(60), "use:1"),
                UseRequest(invoice, payment, Decimal(60), "use:2"),
            ],
            company_id=company.pk,
            date=DAY,
            actor=ACTOR,
        )

    assert caught.value.context["open"] == "40.000000"
    assert not ItemUse.objects.exists()
    assert open_amounts() == [Decimal(100), Decimal(150)]


def test_items_of_two_parties_or_sides_do_not_match(company, party):
    invoice, payment = invoice_and_payment(company, party)
    other = make_party(company, "C2")
    (theirs,) = record_payments([make_payment(other, key="payment:2")], company_id=company.pk, actor=ACTOR)

    for debit, credit in ((invoice, theirs.open_item_id), (payment, invoice), (invoice, invoice)):
        with refused(ItemsDoNotMatch):
            apply(company, debit, credit, "1")
    with refused(NotFound):
        apply(company, invoice, 999_999, "1")

    assert not ItemUse.objects.exists()


def test_another_companys_item_is_not_found(company, party):
    invoice, payment = invoice_and_payment(company, party)
    other = make_company("other")

    with refused(NotFound):
        apply(other, invoice, payment, "1")

    assert not ItemUse.objects.exists()


def test_exchange_gain_is_posted_when_the_rates_differ(company):
    party = make_party(company, currency="EUR")
    for day, rate in ((9, "0.80"), (15, "0.85")):
        set_exchange_rate(company_id=company.pk, currency="EUR", date=datetime.date(2026, 3, day), rate=Decimal(rate))
    later = NOON + datetime.timedelta(days=7)
    invoice, payment = invoice_and_payment(company, party, "100", "100", effective_at=later)

    (first,) = apply(company, invoice, payment, "33.33", "use:1")
    (rest,) = apply(company, invoice, payment, "66.67", "use:2")

    assert (first.exchange_difference, rest.exchange_difference) == (Decimal("1.6665"), Decimal("3.3335"))
    entry = JournalEntry.objects.get(source_key="exchange:use:2")
    assert lines_of(entry.pk) == [("1110", 0, Decimal("3.3335")), ("4520", 0, Decimal("-3.3335"))]
    assert open_amounts() == [0, 0]
    receivable = OpenItem.objects.get(pk=invoice).account_id
    assert balances(company_id=company.pk, as_of=DAY, account_ids=[receivable]) == {receivable: 0}


def test_exchange_loss_and_its_taking_back(company):
    party = make_party(company, currency="EUR")
    for day, rate in ((9, "0.80"), (15, "0.77")):
        set_exchange_rate(company_id=company.pk, currency="EUR", date=datetime.date(2026, 3, day), rate=Decimal(rate))
    invoice, payment = invoice_and_payment(company, party, "100", "100", effective_at=NOON + datetime.timedelta(days=7))
    (applied,) = apply(company, invoice, payment, "50")

    (back,) = unapply_items([applied.use_id], company_id=company.pk, date=DAY, actor=ACTOR)
    (again,) = unapply_items([applied.use_id], company_id=company.pk, date=DAY, actor=ACTOR)

    assert (applied.exchange_difference, back.exchange_difference) == (Decimal("-1.5"), Decimal("1.5"))
    assert (again.use_id, again.state) == (back.use_id, "already")
    entry = JournalEntry.objects.get(source_key=f"exchange:unapply:{applied.use_id}")
    assert lines_of(entry.pk) == [("1110", 0, Decimal("1.5")), ("7030", 0, Decimal("-1.5"))]
    assert open_amounts() == [100, 100]


def test_a_taking_back_is_not_taken_back(company, party):
    invoice, payment = invoice_and_payment(company, party)
    (applied,) = apply(company, invoice, payment, "50")
    (back,) = unapply_items([applied.use_id], company_id=company.pk, date=DAY, actor=ACTOR)

    with refused(NotFound):
        unapply_items([back.use_id], company_id=company.pk, date=DAY, actor=ACTOR)


def test_bounced_payment_is_mirrored_and_settled(company, party):
    invoice, payment = invoice_and_payment(company, party)
    paid = Payment.objects.get()

    reversed_ = reverse_payment(paid.pk, company_id=company.pk, effective_at=NOON, actor=ACTOR, reason="bounced")

    assert lines_of(reversed_.entry_id) == [("1020", -100, -100), ("1110", 100, 100)]
    assert open_amounts() == [100, 0, 0]
    with refused(PaymentNotReversible):
        reverse_payment(paid.pk, company_id=company.pk, effective_at=NOON, actor=ACTOR, reason="again")


def test_applied_payment_must_be_unapplied_first(company, party):
    invoice, payment = invoice_and_payment(company, party)
    apply(company, invoice, payment, "1")

    with refused(PaymentNotReversible):
        reverse_payment(
            Payment.objects.get().pk, company_id=company.pk, effective_at=NOON, actor=ACTOR, reason="bounced"
        )

    assert JournalEntry.objects.count() == 2


def test_number_of_statements_does_not_grow(company, party, django_assert_num_queries):
    invoices = issue_invoices(
        [make_invoice(party, key=f"invoice:{n}") for n in range(251)], company_id=company.pk, actor=ACTOR
    )
    requests = [make_payment(party, key=f"payment:{n}") for n in range(251)]
    with django_assert_num_queries(5):
        payments = record_payments(requests[:1], company_id=company.pk, actor=ACTOR)
    with django_assert_num_queries(5):
        payments += record_payments(requests[1:], company_id=company.pk, actor=ACTOR)
    uses = [
        UseRequest(one.open_item_id, two.open_item_id, Decimal(100), f"use:{two.payment_id}")
        for one, two in zip(invoices, payments, strict=True)
    ]

    with django_assert_num_queries(4):
        apply_items(uses[:1], company_id=company.pk, date=DAY, actor=ACTOR)
    with django_assert_num_queries(4):
        apply_items(uses[1:], company_id=company.pk, date=DAY, actor=ACTOR)

    assert not OpenItem.objects.exclude(open_amount=0).exists()
