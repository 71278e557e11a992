"""From order to return: each treatment of tax, decided by rule, billed, counted where it belongs, and proved."""

import datetime
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounting.models import Invoice, InvoiceLine, TaxCode, TaxRule
from accounting.services import file_return
from backoffice.core.proof import run_checks
from orders.drafting import DraftChargeInput, DraftInput, DraftLineInput
from orders.inputs import AddressInput
from orders.models import Order, OrderLine, ReturnLine
from orders.services import ReturnInput, approve_returns, create_draft, place_draft, request_return
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import balance
from tests.factories.sales import line, order, place, ship
from tests.factories.taxes import TaxHouse
from warehouse.services import ReturnedLine, ReturnReceipt, receive_returns

pytestmark = pytest.mark.django_db
D = Decimal


def draft(house, country, *, sku=None, contact=None, price="100", charges=()):
    """A draft of one piece, placed and shipped; its order and its invoice's line."""
    given = DraftInput(
        [DraftLineInput(sku or house.mug, D(1), D(price))],
        charges,
        contact_id=contact.pk if contact else None,
        shipping_address=AddressInput("Ann", line1="1 Road", city="Town", postcode="1000", country=country),
    )
    made = create_draft(given, channel_id=house.channel.pk, actor=ACTOR, today=NOON.date())
    placed = place_draft(made.pk, company_id=house.shop.id, actor=ACTOR, placed_at=NOON)
    ship(house.shop, placed)
    return Order.objects.get(pk=placed.order_id), InvoiceLine.objects.filter(kind="goods").latest("pk")


FRENCH, GERMAN = "FR40303265045", "DE136695976"


@pytest.mark.parametrize(
    ("case", "country", "buyer", "code", "tax", "boxes"),
    [
        ("at home", "DE", None, "DE19", "19.00", {"81": "100", "81-tax": "19"}),
        ("One-Stop Shop", "FR", None, "OSSFR", "20.00", {"45": "100"}),
        ("reverse charge", "FR", {"number": FRENCH}, "DEIGL", "0", {"41": "100"}),
        ("a number that cannot be one", "FR", {"number": "FR12345678901"}, "OSSFR", "20.00", {"45": "100"}),
        ("a number of our own country", "FR", {"number": GERMAN}, "OSSFR", "20.00", {"45": "100"}),
        ("a business at home", "DE", {"number": GERMAN}, "DE19", "19.00", {"81": "100", "81-tax": "19"}),
        ("export", "US", None, "DEEXPORT", "0", {"43": "100"}),
        ("exempt", "DE", {"country": "DE"}, "DE0", "0", {"48": "100"}),
    ],
)
def test_a_sale_is_taxed_billed_and_counted(case, country, buyer, code, tax, boxes):
    house = TaxHouse()
    contact = (
        None if buyer is None else house.buyer(**(buyer if "number" in buyer else {"country": "DE", "region": ""}))
    )

    made, billed = draft(house, country, contact=contact)

    held = made.lines.get()
    assert (held.tax_code.code, held.tax, made.tax_total) == (code, D(tax), D(tax))
    assert held.tax_rule.tax_code.code == code and made.taxed_by == "rules"
    assert (billed.tax_code.code, billed.tax, billed.tax_rate) == (code, D(tax), held.tax_rate)
    assert balance(house.company, "output_tax") == -D(tax)
    vat = house.tax_return()
    assert house.boxes(vat) == {box: D(amount) for box, amount in boxes.items()}
    if code.startswith("OSS"):
        oss = house.tax_return("oss", datetime.date(2026, 1, 1))
        assert house.boxes(oss) == {"FR 20 net": D(100), "FR 20 tax": D(20)}
    filed = file_return(vat.pk, company_id=house.shop.id, actor=ACTOR)
    assert {row.code: row.amount for row in filed.boxes.all() if row.amount} == house.boxes(vat)
    assert run_checks().ok


def test_goods_of_a_class_and_their_postage_bear_its_rate_and_a_rule_of_its_own_comes_first():
    house = TaxHouse()
    postage = [DraftChargeInput("shipping", D(10))]
    made, _billed = draft(house, "DE", sku=house.book, charges=postage)
    assert (made.lines.get().tax, made.charges.get().tax, made.charges.get().tax_code.code) == (D(7), D("0.70"), "DE7")

    TaxRule.objects.create(
        company=house.company, country="DE", product_class="SHIPPING",
        tax_code=TaxCode.objects.get(company=house.company, code="DE19"), valid_from=datetime.date(2026, 1, 1),
    )  # fmt: skip
    made, _billed = draft(house, "DE", sku=house.book, charges=postage)
    assert (made.charges.get().tax, made.charges.get().tax_code.code) == (D("1.90"), "DE19")
    assert run_checks().ok


def test_what_a_channel_charged_stays_to_the_cent_and_lands_where_the_rules_say():
    """A shop's order to France with 20 % is an OSS sale; one with 19 % by mistake stays as it is and is told."""
    house = TaxHouse()
    there = AddressInput("Ann", line1="1 Rue", city="Paris", postcode="75001", country="FR")
    right = order("R", line(price="9.99", tax=D("2.00"), tax_rate=D("0.2002")), currency="EUR", shipping_address=there)
    wrong = order("W", line(price="100", tax=D("19.00"), tax_rate=D("0.19")), currency="EUR", shipping_address=there)
    market = order(
        "M", line(price="50", tax=D("10.00"), tax_rate=D("0.2"), tax_collector="marketplace"), currency="EUR",
        shipping_address=there,
    )  # fmt: skip

    results = place(house.channel, right, wrong, market)
    ship(house.shop, *results)

    kept = {row.order.external_id: row for row in OrderLine.objects.select_related("order", "tax_code")}
    assert [(kept[key].tax, kept[key].order.taxed_by) for key in "RWM"] == [
        (D("2.00"), "channel"), (D("19.00"), "channel"), (D("10.00"), "channel"),
    ]  # fmt: skip
    assert (kept["R"].tax_code.code, kept["R"].tax_rate) == ("OSSFR", D("0.2"))
    assert kept["W"].tax_code_id == house.channel.tax_code_id
    oss = house.tax_return("oss", datetime.date(2026, 1, 1))
    assert house.boxes(oss) == {"FR 20 net": D("9.99"), "FR 20 tax": D("2.00")}
    assert balance(house.company, "output_tax") == D("-21.00")  # the marketplace's tax is not ours
    assert run_checks().ok


def test_a_credit_note_bears_the_tax_codes_of_its_invoice():
    house = TaxHouse()
    made, billed = draft(house, "FR", contact=house.buyer(number=FRENCH))
    back = [ReturnInput(made.lines.get().pk, D(1))]
    asked = request_return(
        made.pk, company_id=house.shop.id, lines=back, reason="dented", requested_at=NOON, actor=ACTOR
    )
    approve_returns([asked], company_id=house.shop.id, actor=ACTOR)
    part = ReturnedLine(ReturnLine.objects.get(return_order_id=asked).pk, D(1), "restock")
    receive_returns(
        [ReturnReceipt(asked, [part])], company_id=house.shop.id, effective_at=NOON, actor=ACTOR, refund=True
    )

    credit = Invoice.objects.get(kind="credit_note")
    assert [(row.tax_code_id, row.tax) for row in credit.lines.filter(kind="goods")] == [(billed.tax_code_id, D(0))]
    assert house.boxes(house.tax_return()) == {}
    assert run_checks().ok


def test_placing_many_costs_the_same_number_of_statements():
    house = TaxHouse()
    there = AddressInput(country="FR")
    one = replace(order("A", line(), currency="EUR", shipping_address=there), taxes_unstated=True)

    with CaptureQueriesContext(connection) as few:
        place(house.channel, one)
    many = [replace(one, external_id=f"B{n}", lines=[line(), line("BOOK")]) for n in range(20)]
    with CaptureQueriesContext(connection) as lots:
        place(house.channel, *many)
    assert len(lots) <= len(few)
    assert {row.tax for row in OrderLine.objects.all()} == {D("2.00")}
