"""Taxes by rule wherever something is priced, and why; what was charged by a channel is kept and told."""

import datetime
from dataclasses import replace
from decimal import Decimal

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounting.errors import TaxRefused, TaxRuleMissing
from accounting.models import InvoiceLine, TaxExemption, TaxRule
from accounting.services import create_exemption, end_exemption, lay_tax_template
from accounting.tax import document_taxes
from accounting.tax_customers import Exemption, TaxCustomer, customer_kind, tax_number_country
from backoffice.core.models import AuditEvent
from orders.drafting import DraftChargeInput, DraftInput, DraftLineInput
from orders.inputs import AddressInput
from orders.models import Channel, DraftOrder, Order, OrderCharge, OrderLine, OrderRevision
from orders.selectors.order_taxes import draft_taxes, order_taxes
from orders.selectors.taxing import tax_setting, taxes_of_sale
from orders.services import (
    BlanketLineInput,
    ChargeAddition,
    ExchangeLine,
    LineAddition,
    OrderEdit,
    ReturnInput,
    call_off,
    change_order,
    create_blanket_order,
    create_draft,
    request_exchange,
    update_draft,
)
from orders.taxing import Sale, TaxItem
from tests.api.conftest import World
from tests.factories.books import ACTOR, NOON
from tests.factories.floor import broken_checks
from tests.factories.kits import make_kit
from tests.factories.refusals import refused, refused_as
from tests.factories.sales import line, order, orders_written, place, ship, shipping
from tests.factories.staff import sign_in
from tests.factories.taxes import TaxHouse
from tests.factories.tills import Counter

pytestmark = pytest.mark.django_db
D, day = Decimal, datetime.date
TODAY = NOON.date()
FRENCH = "FR40303265045"


def at(country: str, **values: str) -> AddressInput:
    return AddressInput("Ann", line1="1 Road", city="Town", country=country, **values)


def untaxed(house, key="A", *lines, to="FR", **values):
    given = order(key, *(lines or (line(price="100"),)), currency="EUR", shipping_address=at(to))
    (result,) = place(house.channel, replace(given, taxes_unstated=True, **values))
    return result


def taxes_of(order_id):
    return [(row.tax_code.code, row.tax) for row in OrderLine.objects.filter(order_id=order_id).order_by("position")]


def test_an_order_without_taxes_gets_them_with_its_postage_and_adds_up():
    house = TaxHouse()
    placed = untaxed(house, "A", line(price="100"), line("BOOK", price="10"), charges=[shipping("5")], total=D("138"))
    assert placed.state == "placed" and not placed.held  # 115 net and 23 of tax in France
    assert taxes_of(placed.order_id) == [("OSSFR", D(20)), ("OSSFR", D(2))]
    assert OrderCharge.objects.get().tax == D(1)
    made = Order.objects.get()
    assert (made.tax_total, made.total, made.taxed_by) == (D(23), D(138), "rules")


def test_without_a_rule_the_order_is_refused_by_name_and_the_others_go_on():
    house = TaxHouse()
    TaxRule.objects.filter(company=house.company, country="").update(valid_to=day(2020, 1, 1))
    before = orders_written()
    assert untaxed(house, "A", to="US").code == "tax_rule_missing"
    assert orders_written() == before
    one, other = (
        replace(order(key, currency="EUR", shipping_address=at(to)), taxes_unstated=True)
        for key, to in (("A", "US"), ("B", "FR"))
    )
    assert [result.state for result in place(house.channel, one, other)] == ["refused", "placed"]
    with refused(TaxRuleMissing):
        create_draft(
            DraftInput([DraftLineInput(house.mug, D(1), D(1))], shipping_address=at("US")),
            channel_id=house.channel.pk, actor=ACTOR, today=TODAY,
        )  # fmt: skip
    assert DraftOrder.objects.count() == 0


def test_a_channel_with_a_code_of_its_own_is_taxed_as_before():
    house = TaxHouse(by_rules=False)
    placed = untaxed(house)
    assert taxes_of(placed.order_id) == [(house.channel.tax_code.code, D(0))]
    assert Order.objects.get().taxed_by == "channel"
    given = DraftInput([DraftLineInput(house.mug, D(1), D(100))], shipping_address=at("FR"))
    made = create_draft(given, channel_id=house.channel.pk, actor=ACTOR, today=TODAY)
    assert made.tax_total == D(100) * house.channel.tax_code.rates.get().rate


def test_a_draft_is_taxed_anew_when_it_goes_elsewhere_and_the_page_says_why():
    house = TaxHouse()
    given = DraftInput([DraftLineInput(house.mug, D(1), D(100))], [DraftChargeInput("shipping", D(5))])
    draft = create_draft(
        replace(given, shipping_address=at("DE")), channel_id=house.channel.pk, actor=ACTOR, today=TODAY
    )
    assert (draft.tax_total, draft.lines.get().tax_code.code) == (D("19.95"), "DE19")
    draft = update_draft(
        draft.pk, given=replace(given, shipping_address=at("SE")), company_id=house.shop.id, actor=ACTOR, today=TODAY
    )
    assert (draft.tax_total, draft.lines.get().tax_code.code) == (D("26.25"), "OSSSE")
    page = sign_in("order_desk").get(reverse("admin:orders_draftorder_change", args=[draft.pk])).content.decode()
    assert "OSSSE" in page and "25 %" in page and "By the tax rules" in page


def test_the_draft_says_who_its_buyer_is_and_whether_the_tax_number_can_be_one():
    house = TaxHouse()
    desk = sign_in("order_desk")
    for number, kind, code, told in (
        (FRENCH, "registered", "DEIGL", ">FR<"), ("FR123", "business", "OSSFR", "cannot be a tax number"),
    ):  # fmt: skip
        buyer = house.buyer(kind, number=number)
        given = DraftInput([DraftLineInput(house.mug, D(1), D(100))], contact_id=buyer.pk, shipping_address=at("FR"))
        draft = create_draft(given, channel_id=house.channel.pk, actor=ACTOR, today=TODAY)
        story = draft_taxes(DraftOrder.objects.get(pk=draft.pk))
        assert (story.customer, story.rows[0].code) == (kind, code)
        assert told in desk.get(reverse("admin:orders_draftorder_change", args=[draft.pk])).content.decode()


def test_an_order_that_goes_elsewhere_is_taxed_anew_where_nothing_was_billed():
    house = TaxHouse()
    placed = untaxed(house, "A", line(price="100"), line("BOOK", price="10"), to="DE", charges=[shipping("5")])
    assert taxes_of(placed.order_id) == [("DE19", D(19)), ("DE7", D("0.70"))]

    change_order(
        placed.order_id, edit=OrderEdit(shipping_address=at("SE")), company_id=house.shop.id, actor=ACTOR,
        reason="moved", today=TODAY,
    )  # fmt: skip

    assert taxes_of(placed.order_id) == [("OSSSE", D(25)), ("OSSSE", D("2.50"))]
    made = Order.objects.get()
    assert (made.tax_total, made.total) == (D("28.75"), D("143.75"))
    told = {row["field"]: (row["old"], row["new"]) for row in OrderRevision.objects.get().changes}
    assert told["line 1: tax"] == ("DE19 19", "OSSSE 25")
    assert AuditEvent.objects.filter(object_type="orders.order", field="line 1: tax").exists()
    ship(house.shop, placed)
    kept = replace(order("C", line(price="100", tax=D(19), tax_rate=D("0.19"))), currency="EUR")
    (as_charged,) = place(house.channel, replace(kept, shipping_address=at("DE")))
    change_order(
        as_charged.order_id, edit=OrderEdit(shipping_address=at("SE")), company_id=house.shop.id, actor=ACTOR,
        reason="moved", today=TODAY,
    )  # fmt: skip
    assert taxes_of(as_charged.order_id) == [("DE19", D(19))]  # the channel's cents stay


def test_what_is_added_to_an_order_is_taxed_by_rule():
    house = TaxHouse()
    placed = untaxed(house, to="FR")
    edit = OrderEdit(added=[LineAddition(house.book, D(1), D(10))], added_charges=[ChargeAddition("shipping", D(5))])
    change_order(
        placed.order_id, edit=edit, company_id=house.shop.id, actor=ACTOR, reason="more", today=TODAY, may_price=True
    )
    assert taxes_of(placed.order_id) == [("OSSFR", D(20)), ("OSSFR", D(2))]
    assert [(row.tax_code.code, row.tax) for row in OrderCharge.objects.all()] == [("OSSFR", D(1))]


def test_kits_have_their_own_class_or_that_of_all_their_parts():
    house = TaxHouse()
    pure = make_kit(house.shop, {house.book: "2"}, "BOOKS")
    mixed = make_kit(house.shop, {house.book: "1", house.mug: "1"}, "MIXED")
    sale = Sale([TaxItem(D(100), pure), TaxItem(D(100), mixed)], TODAY, False, 2, "DE")
    assert [row.tax for row in taxes_of_sale(sale, tax_setting(house.channel)).items] == [D(7), D(19)]
    house.classify(mixed, "DE7")
    assert [row.tax for row in taxes_of_sale(sale, tax_setting(house.channel)).items] == [D(7), D(7)]


def test_exchanged_and_called_off_goods_are_taxed_by_rule():
    house = TaxHouse()
    placed = untaxed(house, to="FR")
    ship(house.shop, placed)
    sold = OrderLine.objects.get()
    request_exchange(
        placed.order_id, company_id=house.shop.id, back=[ReturnInput(sold.pk, D(1))],
        instead=[ExchangeLine("BOOK", D(1), D(50)), ExchangeLine("MUG", D(1))], reason="other", requested_at=NOON,
        actor=ACTOR, may_price=True,
    )  # fmt: skip
    assert taxes_of(Order.objects.latest("pk").pk) == [("OSSFR", D(10)), ("OSSFR", D(20))]

    buyer = house.buyer(number=FRENCH)
    blanket = create_blanket_order(
        [BlanketLineInput(house.mug, D(10), D(5))], contact_id=buyer.pk, reference="F", currency="EUR",
        valid_from=day(2026, 3, 1), valid_to=day(2026, 3, 31), actor=ACTOR,
    )  # fmt: skip
    called = call_off(
        blanket.pk, quantities={blanket.lines.get().pk: D(2)}, company_id=house.shop.id, actor=ACTOR,
        external_id="CALL", placed_at=NOON, shipping_address=at("FR"),
    )  # fmt: skip
    assert taxes_of(called.order_id) == [("DEIGL", D(0))]


def test_the_page_and_the_api_tell_where_a_channel_charged_something_else():
    house = TaxHouse()
    given = order("W", line(price="100", tax=D(19), tax_rate=D("0.19")), currency="EUR", shipping_address=at("FR"))
    (placed,) = place(house.channel, given)
    story = order_taxes(Order.objects.get())
    assert (story.taxed_by, story.country, story.difference) == ("As the channel charged them", "FR", D(1))
    assert story.rows[0].says.rule.tax_code.code == "OSSFR"
    page = sign_in("order_desk").get(reverse("admin:orders_order_change", args=[placed.order_id])).content.decode()
    assert "Differs from the tax rules" in page and "the rules say OSSFR" in page


def test_cents_that_a_channel_rounds_its_own_way_are_no_difference():
    house = TaxHouse()
    sent = [line(price="0.99", quantity="3", tax=D("0.60"), tax_rate=D("0.2")), line("BOOK", price="5", tax=D("0.99"))]
    place(house.channel, order("C", *sent, currency="EUR", shipping_address=at("FR")))
    story = order_taxes(Order.objects.get())
    assert [(row.code, row.tax, row.difference) for row in story.rows] == [
        ("OSSFR", D("0.60"), 0), ("OSSFR", D("0.99"), 0),
    ]  # fmt: skip


def test_over_http_an_order_without_taxes_is_taxed_and_told():
    world = World()
    desk = world.caller("accounting:read", "taxes:write", bound=False, company_id=world.house.id)
    desk.post("tax-rules/template/", {"template": "generic"})
    shop = world.caller("orders:write", "orders:read", "channels:read", "channels:write")
    channel = shop.get(f"channels/{world.channel.pk}/")
    shop.patch(f"channels/{world.channel.pk}/", {"tax_by_rules": True}, match=channel.headers["etag"])
    body = {
        "external_id": "T-1", "placed_at": "2026-03-10T12:00:00Z", "currency": "GBP",
        "lines": [{"sku": "MUG", "quantity": "1", "unit_price": "10"}], "total": "12.00",
        "shipping_address": {"country": "GB"},
    }  # fmt: skip
    made = shop.post("orders/", body).json()
    assert (made["tax_total"], made["holds"]) == ("2.000000", [])
    told = shop.get(f"orders/{made['id']}/taxes/").json()
    assert (told["taxed_by"], told["country"], told["customer_kind"]) == ("rules", "GB", "consumer")
    assert [(row["tax_code"], row["rules_say"], D(row["difference"])) for row in told["rows"]] == [("STD", "STD", 0)]
    TaxRule.objects.update(valid_to=day(2020, 1, 1))
    refusal = shop.post("orders/", body | {"external_id": "T-2"})
    (error,) = refusal.json()["errors"]
    assert (refusal.status_code, error["code"], error["field"]) == (
        400, "tax_rule_missing", "shipping_address.country",
    )  # fmt: skip
    assert Order.objects.count() == 1


def test_a_sale_over_the_counter_is_taxed_where_the_shop_is():
    counter = Counter()
    lay_tax_template(company_id=counter.house.id, template="generic", actor=ACTOR)
    Channel.objects.filter(pk=counter.till.channel_id).update(tax_by_rules=True, prices_include_tax=True)
    counter.sell(("1", "12"), ("2", "6"), tenders=[("card", "24")])
    assert taxes_of(Order.objects.get().pk) == [("STD", D(2)), ("STD", D(2))]
    assert [(row.tax_code.code, row.tax) for row in InvoiceLine.objects.all()] == [("STD", D(2)), ("STD", D(2))]
    assert broken_checks() == []


def test_certificates_are_entered_ended_and_refused_by_name():
    house = TaxHouse()
    party = house.buyer(region="", valid_from=day(2026, 3, 1)).party
    values = {"company_id": house.shop.id, "party_id": party.pk, "actor": ACTOR, "valid_from": TODAY}
    for code, more in (
        ("no_number", {"number": " "}),
        ("bad_dates", {"number": "X", "valid_to": day(2020, 1, 1)}),
        ("no_country", {"number": "X", "region": "TX"}),
        ("entered_before", {"number": "CERT-1"}),
    ):
        with refused_as(TaxRefused, code):
            create_exemption(**(values | more))
    assert TaxExemption.objects.count() == 1
    found = TaxExemption.objects.get()
    end_exemption(found.pk, company_id=house.shop.id, last_day=day(2026, 3, 9), reason="expired", actor=ACTOR)
    contact = party.contact_set.get()
    given = DraftInput([DraftLineInput(house.mug, D(1), D(100))], contact_id=contact.pk, shipping_address=at("DE"))
    made = create_draft(given, channel_id=house.channel.pk, actor=ACTOR, today=TODAY)
    assert made.tax_total == D(19)

    world = World()
    desk = world.caller("accounting:read", "taxes:write", bound=False, company_id=house.shop.id)
    body = {"party": party.code, "number": "C-2", "country": "DE", "valid_from": "2026-01-01"}
    entered = desk.post("tax-exemptions/", body)
    assert (entered.status_code, entered.json()["party"]) == (201, party.code)
    assert desk.post("tax-exemptions/", body).json()["code"] == "entered_before"
    assert desk.post("tax-exemptions/", body | {"party": "NOPE"}).status_code == 400
    assert (
        desk.post(f"tax-exemptions/{entered.json()['id']}/end/", {"last_day": "2025-01-01", "reason": "x"}).json()[
            "code"
        ]
        == "bad_dates"
    )
    page = sign_in("accountant").get(reverse("admin:accounting_taxexemption_changelist"))
    assert "C-2" in page.content.decode()


def test_tax_numbers_are_checked_by_their_digits():
    assert tax_number_country("DE 136695976") == "DE"
    assert tax_number_country("EL094259216") == "GR"
    assert tax_number_country("094259216", "GR") == "GR"
    assert tax_number_country("DE136695977") == tax_number_country("") == tax_number_country("FR") == ""
    assert tax_number_country("404476205", "GE") == "GE"


def test_who_a_buyer_is_to_the_rules():
    def kind(customer, country, region=""):
        return customer_kind(customer, country=country, region=region, home="DE", day=TODAY)

    assert kind(None, "FR") == "consumer"
    assert kind(TaxCustomer(), "FR") == "business"
    assert kind(TaxCustomer(is_organisation=False), "FR") == "consumer"
    assert kind(TaxCustomer(tax_number=FRENCH), "IT") == "registered"  # any other member state's number
    assert kind(TaxCustomer(tax_number="DE136695976"), "FR") == "business"
    texas = TaxCustomer(exemptions=[Exemption("US", "TX", day(2026, 1, 1), day(2026, 3, 10))])
    assert (kind(texas, "US", "tx"), kind(texas, "US", "NY"), kind(texas, "DE")) == ("exempt", "business", "business")


AMOUNTS = st.decimals(min_value="0.01", max_value="99999.99", places=2)
RATES = st.sampled_from([D("0"), D("0.05"), D("0.07"), D("0.19"), D("0.2"), D("0.255")])


@given(st.lists(st.tuples(AMOUNTS, RATES), min_size=1, max_size=12), st.booleans(), st.booleans())
def test_lines_add_up_to_their_document(lines, inclusive, per_line):
    """By line and by document, with prices before and with tax: to the cent, and never off by more than a cent a line."""
    found = document_taxes(lines, inclusive=inclusive, per_line=per_line, exponent=2)
    for (amount, _rate), (net, tax) in zip(lines, found, strict=True):
        assert tax == tax.quantize(D("0.01")) and net + tax == (amount if inclusive else amount + tax)
    for rate in {rate for _amount, rate in lines}:
        tax = sum(part for (_amount, other), (_net, part) in zip(lines, found, strict=True) if other == rate)
        base = sum(amount for amount, other in lines if other == rate)
        exact = base * rate / (1 + rate) if inclusive else base * rate
        assert abs(tax - exact) <= (D("0.005") * len(lines) if per_line else D("0.005"))
