"""Why an order bears its taxes, on a desk and on a phone."""

from decimal import Decimal

import pytest
from django.urls import reverse

from accounting.models import NumberSeries, TaxCode
from accounting.services import issue_invoices
from orders.drafting import DraftInput, DraftLineInput
from orders.inputs import AddressInput
from orders.services import create_draft
from tests.browser.test_ledger_pages import look
from tests.browser.test_order_to_cash import Desk
from tests.factories.books import ACTOR, NOON, make_invoice, make_invoice_line, make_party
from tests.factories.sales import line, order, place, shipping
from tests.factories.staff import make_staff
from tests.factories.taxes import TaxHouse

D = Decimal


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_pages_of_taxes_by_rule_fit_a_phone(live_server, page, screenshot):
    make_staff("owner")
    house = TaxHouse()
    there = AddressInput("Ann", line1="1 Rue", city="Paris", postcode="75001", country="FR")
    sent = line(price="100", tax=D(19), tax_rate=D("0.19"))
    given = order("W", sent, line("BOOK", tax=D(2)), currency="EUR", shipping_address=there, charges=[shipping("5")])
    (placed,) = place(house.channel, given)
    buyer = house.buyer(region="")
    wanted = DraftInput([DraftLineInput(house.mug, D(1), D(100))], contact_id=buyer.pk, shipping_address=there)
    draft = create_draft(wanted, channel_id=house.channel.pk, actor=ACTOR, today=NOON.date())
    codes = {code.code: code for code in TaxCode.objects.filter(company=house.company)}
    lines = [
        make_invoice_line(net, tax, tax_code_id=codes[code].pk, tax_rate=D(rate))
        for code, net, tax, rate in (("DE19", "100", "19", "0.19"), ("OSSFR", "40", "8", "0.2"))
    ]
    issue_invoices([make_invoice(make_party(house.company), *lines)], company_id=house.shop.id, actor=ACTOR)
    series = NumberSeries.objects.get(company=house.company, code="INV")
    Desk(page, live_server, "owner")
    for name, where in {
        "taxed-order": reverse("admin:orders_order_change", args=[placed.order_id]),
        "taxed-draft": reverse("admin:orders_draftorder_change", args=[draft.pk]),
        "tax-report": reverse("tax_report") + "?start=2026-03-01&end=2026-03-31&compare=previous",
        "taxed-documents": reverse("tax_documents") + "?start=2026-03-01&end=2026-03-31",
        "series": reverse("admin:accounting_numberseries_change", args=[series.pk]),
        "series-list": reverse("admin:accounting_numberseries_changelist"),
        "tax-exemptions": reverse("admin:accounting_taxexemption_changelist"),
        "tax-exemption-form": reverse("admin:accounting_taxexemption_add"),
    }.items():
        look(page, screenshot, live_server.url + where, name)
