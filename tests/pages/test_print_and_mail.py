"""Documents printed, mailed and bulk-printed from the pages, by who may."""

import io
import zipfile

import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounting.models import Company, Invoice, PersonalData
from backoffice.core.bulk import run_job
from backoffice.core.models import AuditEvent, BulkJob
from backoffice.core.proof import run_checks
from orders import printing
from orders.models import Contact, DocumentMail, MailRule, MailText, Order, Shipment
from tests.factories.pictures import png
from tests.factories.staff import said, sign_in


def pdf(client, kind, pk, **query):
    return client.get(reverse("admin:orders_document_pdf", args=[kind, pk]), query)


def text_of(response):
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def mail(client, kind, pk):
    return client.post(reverse("admin:orders_document_mail", args=[kind, pk]))


def give_address(world, order_id):
    """A buyer who can be written to."""
    company = world.house.company
    person = PersonalData.objects.create(company=company, name="Ana", email="buyer@shop.example")
    buyer = Contact.objects.create(company=company, channel=world.channel, external_id=f"c-{order_id}", person=person)
    Order.objects.filter(pk=order_id).update(contact=buyer)


def test_the_order_page_leads_to_each_document(world):
    client = sign_in("owner")
    page = client.get(reverse("admin:orders_order_change", args=[world.shipped])).content.decode()
    shipment, invoice = Shipment.objects.get(order=world.shipped), Invoice.objects.get()

    for kind, pk, number in (
        ("order_confirmation", world.shipped, f"SO-{world.shipped:06d}"),
        ("packing_slip", shipment.pk, shipment.number),
        ("invoice", invoice.pk, invoice.number),
        ("return_form", world.returned, f"RMA-{world.returned:06d}"),
    ):
        assert reverse("admin:orders_document_pdf", args=[kind, pk]) in page, kind
        response = pdf(client, kind, pk)
        assert (response.status_code, response["Content-Type"]) == (200, "application/pdf"), kind
        assert response["Content-Disposition"] == f'inline; filename="{number}.pdf"'
        assert response["Cache-Control"].startswith("private, no-store")
        [text] = text_of(response)
        assert number in text and "MUG" in text, kind
    assert run_checks().ok


def test_an_invoice_page_leads_to_its_pdf(world):
    client = sign_in("accountant")
    invoice = Invoice.objects.get()

    page = client.get(reverse("admin:accounting_invoice_change", args=[invoice.pk])).content.decode()

    assert reverse("admin:orders_document_pdf", args=["invoice", invoice.pk]) in page


def test_a_picker_prints_slips_and_no_invoices(world):
    client = sign_in("picker")
    shipment, invoice = Shipment.objects.get(order=world.shipped), Invoice.objects.get()

    assert pdf(client, "packing_slip", shipment.pk).status_code == 200
    assert pdf(client, "invoice", invoice.pk).status_code == 403
    assert mail(client, "packing_slip", shipment.pk).status_code == 403
    assert DocumentMail.objects.count() == 0


@pytest.mark.parametrize(
    ("kind", "pk"),
    [("invoice", 10**9), ("credit_note", None), ("quote", None), ("banknote", 1), ("packing_slip", 10**9)],
)
def test_what_does_not_exist_is_not_found(world, kind, pk):
    target = pk or {"credit_note": Invoice.objects.get().pk, "quote": world.ready}[kind]

    assert pdf(sign_in("owner"), kind, target).status_code == 404


def test_a_document_is_mailed_by_hand(world):
    client = sign_in("order_desk")
    give_address(world, world.ready)

    response = mail(client, "order_confirmation", world.ready)

    number = f"SO-{world.ready:06d}"
    assert said(response) == [f"{number} will be mailed in a moment."]
    found = DocumentMail.objects.get()
    assert (found.kind, found.object_id, found.order_id, found.asked_by, found.status) == (
        "order_confirmation", world.ready, world.ready, "order_desk", "due",
    )  # fmt: skip
    event = AuditEvent.objects.get(action="mail_asked")
    assert (event.object_id, event.actor_label, event.new_value) == (world.ready, "order_desk", number)
    page = client.get(reverse("admin:orders_order_change", args=[world.ready])).content.decode()
    assert "Order confirmation" in page and "Due" in page
    assert run_checks().ok


def test_without_an_address_nothing_is_asked_for(world):
    client = sign_in("order_desk")
    before = world.written()

    response = mail(client, "order_confirmation", world.ready)

    assert "no mail address of the buyer is known" in said(response)[0]
    assert world.written() == before and DocumentMail.objects.count() == 0


def test_many_documents_are_one_file_with_a_result_for_each_row(world):
    client = sign_in("order_desk")
    chosen = {"action": "bulk:orders.print_slips", "_selected_action": [world.shipped, world.ready, world.waiting]}
    client.post(reverse("admin:orders_order_changelist"), chosen, follow=True)
    job = start(client, chosen)

    assert run_job(job.pk) == "done"

    job.refresh_from_db()
    results = {row.object_id: (row.state, row.code) for row in job.rows.all()}
    assert results == {
        world.shipped: ("done", ""), world.ready: ("refused", "no_document"), world.waiting: ("refused", "no_document"),
    }  # fmt: skip
    response = client.get(reverse("admin:core_bulkjob_file", args=[job.pk]))
    assert "packing-slip.pdf" in response["Content-Disposition"]
    [text] = text_of(response)
    assert Shipment.objects.get(order=world.shipped).number in text


def start(client, chosen):
    response = client.post(reverse("admin:orders_order_changelist"), {**chosen, "confirmed": "1"})
    if job := BulkJob.objects.order_by("-pk").first():
        return job
    raise AssertionError(response.content.decode()[:2000])


def test_mails_of_many_orders_are_asked_for_by_a_job(world):
    client = sign_in("order_desk")
    give_address(world, world.ready)
    job = start(client, {"action": "bulk:orders.mail_confirmations", "_selected_action": [world.ready, world.waiting]})

    assert run_job(job.pk) == "done"

    results = {row.object_id: (row.state, row.code) for row in job.rows.all()}
    assert results == {world.ready: ("done", ""), world.waiting: ("refused", "no_mail_address")}
    assert [found.object_id for found in DocumentMail.objects.all()] == [world.ready]


def test_given_up_mails_are_sent_again_from_the_list(world):
    client = sign_in("order_desk")
    give_address(world, world.ready)
    mail(client, "order_confirmation", world.ready)
    DocumentMail.objects.update(status="dead", attempts=8, error="The mail server refuses the address (550).")
    page = client.get(reverse("admin:orders_documentmail_changelist"))
    assert "refuses the address" in page.content.decode()

    client.post(
        reverse("admin:orders_documentmail_changelist"),
        {"action": "send_again", "_selected_action": [DocumentMail.objects.get().pk]},
    )

    found = DocumentMail.objects.get()
    assert (found.status, found.attempts, found.error) == ("due", 0, "")


def test_a_channel_is_told_what_to_mail(world):
    client = sign_in("owner")
    url = reverse("admin:orders_channel_change", args=[world.channel.pk])
    form = client.get(url).context["adminform"].form
    values = {name: form.initial.get(name) for name in form.fields if form.initial.get(name) is not None}
    prefix = "mail_rules"
    rules = {
        f"{prefix}-TOTAL_FORMS": "1", f"{prefix}-INITIAL_FORMS": "0", f"{prefix}-0-kind": "invoice",
        f"{prefix}-0-channel": world.channel.pk,
    }  # fmt: skip
    others = {
        f"{formset.prefix}-{name}": "0"
        for inline in client.get(url).context["inline_admin_formsets"]
        for formset in [inline.formset]
        if formset.prefix != prefix
        for name in ("TOTAL_FORMS", "INITIAL_FORMS")
    }

    response = client.post(url, {**values, **others, **rules, "language": "ka"})

    assert response.status_code == 302, response.context["errors"]
    assert MailRule.objects.get().kind == "invoice"
    world.channel.refresh_from_db()
    assert world.channel.language == "ka"
    assert AuditEvent.objects.filter(field="mail_rules", new_value="invoice").exists()


def test_own_words_with_an_unknown_placeholder_are_refused(world):
    client = sign_in("owner")
    given = {
        "company": world.house.id, "kind": "invoice", "language": "ru", "subject": "Счёт {numbr}",
        "body": "Здравствуйте, {name}!",
    }  # fmt: skip

    refused = client.post(reverse("admin:orders_mailtext_add"), given)
    assert "{numbr}" in refused.content.decode() and MailText.objects.count() == 0
    accepted = client.post(reverse("admin:orders_mailtext_add"), {**given, "subject": "Счёт {number}"})

    assert accepted.status_code == 302
    assert MailText.objects.get().subject == "Счёт {number}"


@pytest.mark.parametrize(
    ("content", "name", "accepted"),
    [(png(), "logo.png", True), (b"<svg onload='alert(1)'/>", "logo.png", False), (b"x" * 1_100_000, "big.png", False)],
    ids=["png", "svg", "large"],
)
def test_a_logo_is_uploaded_with_the_company_or_refused(world, settings, tmp_path, content, name, accepted):
    settings.MEDIA_ROOT = tmp_path
    client = sign_in("owner")
    url = reverse("admin:accounting_company_change", args=[world.house.id])
    form = client.get(url).context["adminform"].form
    values = {key: form.initial.get(key) for key in form.fields if form.initial.get(key) not in (None, "")}
    values.pop("logo", None)

    response = client.post(url, {**values, "logo": SimpleUploadedFile(name, content)})

    stored = list(tmp_path.rglob("*.*"))
    assert (response.status_code == 302) is accepted
    assert bool(stored) is accepted and bool(Company.objects.get(pk=world.house.id).logo) is accepted
    if accepted:
        [file] = stored
        shown = client.get(f"/media/logos/{file.name}")
        assert (shown.status_code, shown["Content-Type"], shown.content) == (200, "image/png", png())
        assert client.get("/media/logos/none.png").status_code == 404
        assert Client().get(f"/media/logos/{file.name}").status_code == 302


def test_a_stack_of_documents_comes_as_a_zip(world, monkeypatch):
    monkeypatch.setattr(printing, "FILE_DOCUMENTS", 2)
    client = sign_in("order_desk")
    ids = [world.shipped, world.ready, world.waiting]
    job = start(client, {"action": "bulk:orders.print_confirmations", "_selected_action": ids})
    assert run_job(job.pk) == "done"

    response = client.get(reverse("admin:core_bulkjob_file", args=[job.pk]))

    archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    assert archive.namelist() == ["order-confirmation-001.pdf", "order-confirmation-002.pdf"]
    numbers = [page.extract_text() for name in archive.namelist() for page in pypdf.PdfReader(archive.open(name)).pages]
    assert [any(f"SO-{pk:06d}" in text for pk in ids) for text in numbers] == [True] * 3
