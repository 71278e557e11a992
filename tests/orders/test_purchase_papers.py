"""The purchase order as a document: thirty lines in the supplier's language, and the mail that carries it."""

import io
import os
from decimal import Decimal
from pathlib import Path

import pypdf
import pytest
from django.core import mail
from django.utils import timezone

from accounting.models import Address, Company, Party, PersonalData
from backoffice.core.errors import DomainError
from inventory.models import PurchaseOrder, SupplierTerms
from inventory.services import PurchaseLineInput, SkuInput, create_purchase_order, ensure_skus, submit_purchase_order
from orders.documents import papers_of, render
from orders.documents.building import page_data
from orders.documents.typesetting import typeset
from orders.models import DocumentMail
from orders.services import mail_purchase_orders
from orders.services.sending import send_mails
from tests.factories.books import ACTOR
from tests.factories.buying import in_days, make_offer, make_supplier
from tests.factories.goods import make_shop
from tests.factories.papers import NAMES
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
D = Decimal
TITLES = {"en": "Purchase order", "ka": "შესყიდვის შეკვეთა", "ru": "Заказ поставщику"}


def bought(lines: int = 30) -> PurchaseOrder:
    """Line n: n pieces at n.10; in all 1² + … + 30² and a tenth of 465: 9,501.50."""
    shop = make_shop(legal_name="Larch & Loom Ltd", tax_number="GB 123 4567 89", address="12 Mill Lane\nLondon E1")
    Company.objects.filter(pk=shop.id).update(email="hello@larch.example", phone="+44 20 7946 0000")
    skus = ensure_skus([SkuInput(f"S-{n}", NAMES[n % len(NAMES)]) for n in range(1, lines + 1)], company_id=shop.id)
    if lines >= 7:
        make_offer(shop, "S-7", code="THEIRS-77", price="7.10")
    supplier = make_supplier(shop)
    home = Address.objects.create(company_id=shop.id, organisation="Clay & Sons", line1="Kiln Road 4", city="Stoke")
    person = PersonalData.objects.create(company_id=shop.id, name="Mr Lee", email="lee@clay.example")
    Party.objects.filter(pk=supplier.pk).update(name="Clay & Sons", address=home, person=person)
    return create_purchase_order(
        [PurchaseLineInput(sku, D(n), D(n) + D("0.10")) for n, sku in enumerate(skus, start=1)],
        company_id=shop.id,
        supplier_id=supplier.pk,
        warehouse_id=shop.warehouse.pk,
        ordered_at=timezone.now(),
        expected_date=in_days(9),
        actor=ACTOR,
        note="Please pack the blue ones apart.",
    )


def text_of(pdf: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return "\n".join(" ".join(page.extract_text().replace("\u200b", "").split()) for page in pages)


def test_thirty_lines_are_printed_with_their_codes_and_sum():
    order = bought()

    text = text_of(render("purchase_order", [order.pk]))

    assert order.number in text and "Clay & Sons" in text and "Kiln Road 4" in text and "LON" in text
    assert "THEIRS-77 (S-7)" in text and "S-30" in text and "9,501.50" in text
    assert "Please pack the blue ones apart." in text and "Deliver by" in text
    if folder := os.environ.get("LOOK_AT_PAPERS"):  # pictures for whoever changes the page
        [paper] = papers_of("purchase_order", [order.pk])
        for language in TITLES:
            Path(folder, f"po-{language}.png").write_bytes(typeset([page_data(paper, language)], ppi=80))


@pytest.mark.parametrize("language", ["ka", "ru"])
def test_it_speaks_the_language_of_the_suppliers_terms(language):
    order = bought(2)
    SupplierTerms.objects.create(company_id=order.company_id, supplier_id=order.supplier_id, language=language)

    [paper] = papers_of("purchase_order", [order.pk])

    assert paper.language == language
    assert order.number in text_of(render("purchase_order", [order.pk]))


def test_it_is_sent_by_mail_once_and_a_draft_is_not(settings):
    settings.MAIL_READY = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    order = bought(2)
    with refused(DomainError) as refusal:
        mail_purchase_orders([order.pk], company_id=order.company_id, actor=ACTOR)
    assert refusal.value.context["code"] == "not_approved"
    assert DocumentMail.objects.count() == 0
    submit_purchase_order(order.pk, company_id=order.company_id, actor=ACTOR)

    mail_purchase_orders([order.pk], company_id=order.company_id, actor=ACTOR)
    told = [send_mails(), send_mails()]

    order.refresh_from_db()
    assert (order.status, order.sent_revision, told) == ("sent", 0, [{"sent": 1}, {}])
    [message] = mail.outbox
    assert (message.to, message.attachments[0][0]) == (["lee@clay.example"], f"{order.number}.pdf")
    assert order.number in message.subject and "day of delivery" in message.body
