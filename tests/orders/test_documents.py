"""Documents as a customer holds them: every line, sums carried from page to page, three alphabets, barcodes that scan."""

import io
import re
from dataclasses import replace
from decimal import Decimal

import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.translation import gettext

from accounting.models import Company, Invoice, Party, TaxCode
from accounting.services import create_tax_code, issue_invoices
from backoffice.core.territories import country_name
from orders.documents import papers_of, print_papers, render
from orders.documents.building import page_data
from orders.documents.figures import amount, money
from orders.documents.typesetting import typeset
from orders.models import Channel, Contact, Order, Shipment
from orders.papers import shown_rate
from orders.selectors.order_taxes import order_taxes
from orders.services import cancel_order
from orders.services.crediting import credit_requests, refunds_of
from tests.factories.books import ACTOR, NOON, make_invoice, make_invoice_line, make_party
from tests.factories.papers import HOSTILE, LINES, Desk
from tests.factories.pictures import barcodes, png

D = Decimal


@pytest.fixture
def desk(db):
    return Desk()


def pages(pdf):
    """The text of each page; breaks inside long words and between lines are no part of it."""
    return [
        " ".join(page.extract_text().replace("\u200b", "").split()) for page in pypdf.PdfReader(io.BytesIO(pdf)).pages
    ]


def squeezed(text):
    return re.sub(r"\s", "", text)


def credited(desk, back):
    """The credit note of a return, all of it refunded: its id."""
    requests = credit_requests(refunds_of([back], in_full=[back]), effective_at={back: NOON})
    [issued] = issue_invoices(list(requests.values()), company_id=desk.house.id, actor=ACTOR)
    return issued.invoice_id


def test_a_confirmation_of_thirty_lines_fills_three_pages_and_carries_its_sums(desk):
    found = pages(render("order_confirmation", [desk.order]))

    assert len(found) == 3
    for number, text in enumerate(found, start=1):
        assert f"Page {number} of 3" in text
    whole = squeezed("".join(found))
    for number in range(1, LINES + 1):
        assert squeezed(desk.name(number)) in whole, number
        assert f"SKU-{number:03d}" in whole
    carried = [re.search(r"Carried forward ([\d.,]+)", text) for text in found]
    brought = [re.search(r"Brought forward ([\d.,]+)", text) for text in found]
    assert [match and match[1] for match in carried] == [brought[1][1], brought[2][1], None]
    shown = [max(n for n in range(1, LINES + 1) if f"№{n} " in text or f"SKU-{n:03d}" in text) for text in found]
    for match, last in zip(carried[:2], shown[:2], strict=True):
        assert match[1] == f"{sum(D(f'{n}.10') * 2 for n in range(1, last + 1)):,.2f}"
    assert "Carried forward" not in found[2]
    for figure in ("Sum before tax 940.90", "Tax 20 % 188.18", "Total 1,129.08", "20 % 940.90 188.18 1,129.08"):
        assert figure in found[2].replace("\xa0", " "), figure
    for text in (
        "Larch & Loom Ltd",
        "GB 123 4567 89",
        "08123456",
        "Анна Петрова",
        "ნინო ბერიძე",
        "#W-1",
        "10 Mar 2026",
    ):
        assert text in found[0], text
    assert sum("Goods stay ours until they are paid." in text for text in found) == 3


@pytest.mark.parametrize("language", ["en", "ka", "ru"])
def test_every_document_in_every_language_has_every_line(desk, language):
    shipment, invoice = desk.ship()
    back = desk.take_back()
    ids = {
        "quote": desk.quote(), "order_confirmation": desk.order, "packing_slip": shipment, "invoice": invoice,
        "credit_note": credited(desk, back), "return_form": back,
    }  # fmt: skip
    totals = {
        **dict.fromkeys(("quote", "order_confirmation", "invoice"), "1129.08"),
        "credit_note": "561.60",  # half of the goods, 468.00, and their tax
    }

    for kind, pk in ids.items():
        found = pages(render(kind, [pk], language))
        whole = squeezed("".join(found))
        assert len(found) >= 3, kind
        for number in range(1, LINES + 1):
            assert squeezed(desk.name(number)) in whole, (kind, number)
        with translation.override(language):
            assert [gettext("Carried forward") in text for text in found] == [True] * (len(found) - 1) + [False]
            assert [gettext("Brought forward") in text for text in found] == [False] + [True] * (len(found) - 1)
            assert country_name("GB", language) in found[0]
            assert gettext("Quantity") in found[0] or kind in ("packing_slip", "return_form")
            if kind in totals:
                assert squeezed(money(D(totals[kind]), 2, "GBP")) in whole, kind
            else:
                assert "1,129.08" not in whole and "1129,08" not in whole


def test_a_credit_note_names_the_invoice_it_corrects(desk):
    shipment, invoice = desk.ship()
    credit = credited(desk, desk.take_back())

    found = pages(render("credit_note", [credit]))

    assert "Credit note CRN-000001" in found[0]
    assert "Corrects invoice INV-000001" in found[0]
    assert "Total credited 561.60" in found[-1].replace("\xa0", " ")  # half of the goods, 468.00, and their tax
    assert "Reason Не подошёл размер" in found[0]
    assert "Payment" not in found[-1]
    assert Invoice.objects.get(pk=credit).total == D("561.60")


def test_text_that_looks_like_code_is_printed_as_it_is(desk):
    Company.objects.filter(pk=desk.house.id).update(
        name=HOSTILE[:60], legal_name="#panic()", address='"]#read("/etc/passwd")'
    )
    Channel.objects.filter(pk=desk.channel.pk).update(name="{n} of {m} %(page)s $name")

    whole = squeezed("".join(pages(render("order_confirmation", [desk.order]))))

    for text in (HOSTILE, HOSTILE[:60], "#panic()", '"]#read("/etc/passwd")', "{n} of {m} %(page)s $name"):
        assert squeezed(text) in whole, text


def test_signs_that_no_font_has_or_that_turn_text_round_break_nothing(desk):
    [paper] = papers_of("order_confirmation", [desk.order])
    odd = "茶碗 \u202egnp.exe\x00\x1b[2J 😀 " + "w" * 300
    strange = replace(paper, lines=[replace(paper.lines[0], name=odd)], recipient=[odd])

    found = pages(print_papers([strange]))

    text = squeezed("".join(found))
    assert "w" * 300 in text and "gnp.exe" in text
    assert "\u202e" not in text and "\x1b" not in text


def test_barcodes_are_read_back_from_the_page(desk):
    shipment, invoice = desk.ship()
    Shipment.objects.filter(pk=shipment).update(tracking_url="https://track.example/T?n=1&x=ü")
    back = desk.take_back()
    credit, quote = credited(desk, back), desk.quote()
    short = desk.place("W-2", lines=2)

    def seen(kind, pk):
        [paper] = papers_of(kind, [pk])
        return barcodes(typeset([page_data(replace(paper, lines=paper.lines[:2]))], ppi=203))

    assert seen("order_confirmation", short) == {("Code128", Order.objects.get(pk=short).number)}
    assert seen("invoice", invoice) == {("Code128", "INV-000001")}
    assert seen("packing_slip", shipment) == {
        ("Code128", f"SH-{shipment:06d}"),
        ("QRCode", "https://track.example/T?n=1&x=ü"),
    }
    assert seen("return_form", back) == {("Code128", f"RMA-{back:06d}")}
    assert seen("credit_note", credit) == {("Code128", "CRN-000001")}
    assert seen("quote", quote) == {("Code128", f"DR-{quote:06d}")}


def test_an_invoice_in_euro_carries_the_transfer_for_a_banking_app(db):
    desk = Desk(currency="EUR", bank_account="DE89 3704 0044 0532 0130 00", bank_code="COBADEFFXXX")
    _shipment, invoice = desk.ship()
    party = Invoice.objects.get(pk=invoice).party
    party.is_channel, party.payment_terms_days = False, 14
    party.save()

    [paper] = papers_of("invoice", [invoice])
    seen = barcodes(typeset([page_data(replace(paper, lines=paper.lines[:2]))], ppi=203))
    text = " ".join(pages(render("invoice", [invoice])))

    assert dict(seen)["QRCode"].split("\n") == [
        "BCD", "002", "1", "SCT", "COBADEFFXXX", "Larch & Loom Ltd", "DE89370400440532013000", "EUR1129.08", "", "",
        "INV-000001",
    ]  # fmt: skip
    assert "Payable by 10 Mar 2026 (at once)" in text and "Payment reference INV-000001" in text


def test_an_iban_with_a_wrong_check_digit_gets_no_code_to_pay_with(db):
    desk = Desk(currency="EUR", bank_account="DE88 3704 0044 0532 0130 00")
    _shipment, invoice = desk.ship()
    [paper] = papers_of("invoice", [invoice])
    paper = replace(paper, terms=replace(paper.terms, channel=""))

    assert page_data(paper)["payment"]["qr"] == ""
    assert ["Bank account", "DE88 3704 0044 0532 0130 00"] in page_data(paper)["payment"]["rows"]


def test_an_issued_invoice_is_the_same_to_the_byte_whatever_the_company_says_later(desk):
    _shipment, invoice = desk.ship()
    first = render("invoice", [invoice])

    Company.objects.filter(pk=desk.house.id).update(
        legal_name="New Owner Ltd", address="Elsewhere", bank_account="XX", document_note="New note"
    )

    assert render("invoice", [invoice]) == first
    confirmation = " ".join(pages(render("order_confirmation", [desk.order])))
    assert "New Owner Ltd" in confirmation and "Larch & Loom Ltd" not in confirmation


def test_an_issued_invoice_keeps_the_customers_name_number_and_address(desk):
    party = make_party(desk.house.company)
    Party.objects.filter(pk=party.pk).update(name="Blue Sky LLC", tax_number="GE 404 123 456")
    Contact.objects.update(party=party)
    shipment, invoice = desk.ship()
    credit = credited(desk, desk.take_back())
    first = render("invoice", [invoice])
    assert "GE 404 123 456" in pages(first)[0]

    Party.objects.filter(pk=party.pk).update(name="Red Sun LLC", tax_number="GE 999")
    Order.objects.update(billing_address=None, shipping_address=None)

    assert render("invoice", [invoice]) == first
    assert "GE 404 123 456" in pages(render("credit_note", [credit]))[0]
    assert "GE 999" in pages(render("order_confirmation", [desk.order]))[0]


def test_why_no_tax_is_charged_is_said_once_and_as_it_was_when_the_invoice_was_issued(desk):
    company = desk.house.id
    abroad, home = (
        create_tax_code(company_id=company, code=code, name=code, rates=[(NOON.date(), D(rate))])
        for code, rate in (("IC", "0"), ("STD", "0.2"))
    )
    why = "Exempt: Article 138 of Directive 2006/112/EC"
    TaxCode.objects.update(exemption_reason=why)
    lines = [make_invoice_line("50", tax_code_id=abroad.pk), make_invoice_line("30", tax_code_id=abroad.pk)]
    taxed = [make_invoice_line("50", "10", tax_code_id=home.pk, tax_rate=D("0.2"))]
    first, second = (
        issue_invoices(
            [make_invoice(make_party(desk.house.company, key), *given, key=key)], company_id=company, actor=ACTOR
        )[0].invoice_id
        for key, given in (("C1", lines), ("C2", taxed))
    )
    TaxCode.objects.update(exemption_reason="Something else")

    text = " ".join(pages(render("invoice", [first])))

    assert text.count(why) == 1 and "Something else" not in text
    assert "Article" not in " ".join(pages(render("invoice", [second])))


def test_what_was_cancelled_is_not_confirmed(desk):
    lines = list(Order.objects.get(pk=desk.order).lines.order_by("position"))
    cancel_order(
        desk.order,
        company_id=desk.house.id,
        actor=ACTOR,
        reason="Buyer asked",
        lines={line.pk: D(2 if line.position == 1 else 1) for line in lines if line.position in (1, 30)},
    )

    [paper] = papers_of("order_confirmation", [desk.order])

    assert len(paper.lines) == LINES  # 29 of goods and the postage
    assert (paper.lines[-2].quantity, paper.lines[-2].amount) == (D(1), D("30.10"))
    # 2.20 and 30.10 less, with a fifth of tax
    assert (paper.sums.goods, paper.sums.total) == (D("908.60"), D("1129.08") - D("32.30") * D("1.2"))


def test_prices_that_include_tax_say_so(db):
    desk = Desk(inclusive=True)

    text = " ".join(pages(render("order_confirmation", [desk.order]))).replace("\xa0", " ")

    assert "Sum 940.90 GBP" in text.replace("Sum before tax", "") and "Total 940.90 GBP" in text
    # 187.20 of goods and 0.98 of postage are within
    assert "Tax included in the total, GBP" in text and "20 % 752.72 188.18 940.90" in text


def test_a_rate_that_a_channel_did_not_tell_is_the_one_that_its_tax_comes_to(desk):
    Order.objects.get(pk=desk.order).charges.update(tax_rate=0)

    [paper] = papers_of("order_confirmation", [desk.order])

    assert paper.lines[-1].is_charge and paper.lines[-1].tax_rate == D("0.20")
    assert [part.rate for part in paper.sums.taxes] == [D("0.20")]
    assert {row.percent for row in order_taxes(Order.objects.get(pk=desk.order)).rows} == {"20"}


@pytest.mark.parametrize(
    ("net", "tax", "rate"),
    [
        ("8.39", "1.60", "0.19"),  # the channel rounded up
        ("200.00", "11.00", "0.055"),
        ("40.00", "2.10", "0.0525"),
        ("1003", "80", "0.08"),  # yen
        ("119.00", "0.00", "0"),
        ("33.33", "4.44", "0.133"),  # of lines at several rates
    ],
)
def test_the_plainest_rate_that_comes_to_the_tax_is_shown(net, tax, rate):
    assert shown_rate(D(0), D(net), D(tax)) == D(rate)
    assert shown_rate(D("0.21"), D(net), D(tax)) == D("0.21")


def test_the_language_is_the_buyers_then_the_channels_then_the_companys(desk):
    def spoken():
        return papers_of("order_confirmation", [desk.order])[0].language

    Company.objects.filter(pk=desk.house.id).update(language="ka")
    assert spoken() == "en"  # the contact's
    Contact.objects.update(language="")
    assert spoken() == "ka"
    Channel.objects.filter(pk=desk.channel.pk).update(language="ru")
    assert spoken() == "ru"
    Contact.objects.update(language="en")
    assert spoken() == "en"


@pytest.mark.parametrize(
    ("language", "shown"), [("en", "1,234,567.50"), ("ka", "1 234 567,50"), ("ru", "1 234 567,50")]
)
def test_amounts_are_written_as_the_language_does(language, shown):
    with translation.override(language):
        assert amount(D("1234567.495"), 2).replace("\xa0", " ") == shown
        assert amount(D("-0.004"), 2).replace(",", ".") == "0.00"
        assert amount(D("7.5"), 0) == "8"


def test_a_batch_is_one_file_of_whole_documents_and_costs_the_same_statements(desk):
    more = [desk.place(f"B-{number}", lines=2) for number in range(5)]

    with CaptureQueriesContext(
        connection,
    ) as one:
        render("order_confirmation", [desk.order])
    with CaptureQueriesContext(connection) as many:
        merged = render("order_confirmation", [more[1], desk.order, more[0], *more[2:], 10**9])

    assert len(many) == len(one) <= 8
    found = pages(merged)
    assert len(found) == 3 + 5
    assert "Page 1 of 1" in found[0] and "Page 1 of 3" in found[1] and "Page 1 of 1" in found[4]
    assert f"SO-{more[1]:06d}" in found[0] and "Brought forward" not in found[4]


def test_all_kinds_cost_a_constant_number_of_statements(desk):
    first = desk.ship()
    others = [desk.ship(desk.place(f"C-{number}", lines=2)) for number in range(3)]
    back = [desk.take_back(), desk.take_back(Order.objects.get(shipments=others[0][0]).pk)]
    many = [first, *others]

    for kind, ids in (
        ("packing_slip", [shipment for shipment, _invoice in many]),
        ("invoice", [invoice for _shipment, invoice in many]),
        ("return_form", back),
    ):
        with CaptureQueriesContext(connection) as one:
            render(kind, ids[:1])
        with CaptureQueriesContext(connection) as all_of_them:
            render(kind, ids)
        assert len(one) == len(all_of_them) <= 8, kind


def test_nothing_to_print_is_told(db):
    with pytest.raises(LookupError):
        render("invoice", [1])
    with pytest.raises(ValueError, match="banknote"):
        render("banknote", [1])


def test_the_logo_stands_on_the_page_and_a_lost_file_stops_nothing(desk, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    bare = render("order_confirmation", [desk.order])
    company = Company.objects.get(pk=desk.house.id)
    company.logo = SimpleUploadedFile("logo.png", png())
    company.save()

    with_logo = render("order_confirmation", [desk.order])

    def pictures(pdf):
        resources = [page["/Resources"].get("/XObject", {}) for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]
        return [one.get_object().get("/Width") for found in resources for one in found.values()]

    assert 8 in pictures(with_logo) and 8 not in pictures(bare)
    assert "Larch" in pages(with_logo)[0]
    next(tmp_path.rglob("*.png")).unlink()
    assert len(pages(render("order_confirmation", [desk.order]))) == 3
