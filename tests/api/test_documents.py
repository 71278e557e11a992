"""Programs fetch an order's documents and ask for mails; a foreign order is not there, and a refusal writes nothing."""

import io

import pypdf
from django.core import mail
from django.test import Client

from accounting.models import Invoice, TaxCode
from backoffice.core.models import AuditEvent
from backoffice.core.proof import run_checks
from orders.models import Contact, DocumentMail, Order, Shipment
from orders.services import send_mails
from tests.api.conftest import order_body
from tests.factories.books import ACTOR, NOON
from tests.factories.sales import make_channel
from tests.factories.staff import make_staff
from warehouse.services import fulfil_straight


def placed(world, external_id="W-1", **changes):
    shop = world.caller("orders:write", "orders:read")
    response = shop.post("orders/", order_body(external_id, **changes), key=f"place-{external_id}")
    assert response.status_code == 201, response.content
    return shop, response.json()["id"]


def ship(world, order_id):
    work = list(Order.objects.get(pk=order_id).fulfilments.values_list("pk", flat=True))
    fulfil_straight(work, company_id=world.house.id, actor=ACTOR, effective_at=NOON)


def text(response):
    return " ".join(
        " ".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(response.content)).pages
    )


def test_the_documents_of_an_order_as_pdf(world):
    shop, pk = placed(world)
    ship(world, pk)

    for kind, words in (
        ("order_confirmation", f"SO-{pk:06d}"), ("packing_slip", Shipment.objects.get().number), ("invoice", "INV-000001"),
    ):  # fmt: skip
        response = shop.get(f"orders/{pk}/documents/{kind}.pdf")
        assert (response.status_code, response["Content-Type"]) == (200, "application/pdf"), response.content
        assert words in text(response) and "MUG" in text(response)
    assert shop.get(f"orders/{pk}/documents/invoice.pdf").content == response.content
    assert run_checks().ok


def test_a_line_of_an_invoice_says_why_it_bears_no_tax(world):
    reason = "Exempt: Article 138 of Directive 2006/112/EC"
    TaxCode.objects.update(exemption_reason=reason)
    line = {"sku": "MUG", "quantity": "1", "unit_price": "10.00", "tax": "0.00"}
    _shop, pk = placed(world, lines=[line], charges=[], total="10.00")
    ship(world, pk)

    books = Client()
    books.force_login(make_staff("accountant"))
    response = books.get(f"/api/v1/invoices/{Invoice.objects.get().pk}/")

    assert [line["exemption_reason"] for line in response.json()["lines"]] == [reason], response.content


def test_what_is_not_there_is_told(world):
    shop, pk = placed(world)

    early = shop.get(f"orders/{pk}/documents/packing_slip.pdf")
    assert (early.status_code, early.json()["code"]) == (404, "no_document")
    assert shop.get(f"orders/{pk}/documents/banknote.pdf").status_code == 404
    assert shop.get("orders/999999/documents/order_confirmation.pdf").status_code == 404
    asked = {"authorization": f"Api-Key {shop.key}", "accept": "application/pdf"}
    refused = shop.client.get(f"/api/v1/orders/{pk}/documents/packing_slip.pdf", headers=asked)
    assert (refused.status_code, refused["Content-Type"]) == (404, "application/problem+json")
    given = shop.client.get(f"/api/v1/orders/{pk}/documents/order_confirmation.pdf", headers=asked)
    assert (given.status_code, given["Content-Type"]) == (200, "application/pdf")
    wrong = shop.get(f"orders/{pk}/documents/order_confirmation.pdf", language="xx")
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "language")


def test_a_foreign_channels_order_has_no_documents(world):
    _shop, pk = placed(world)
    other = world.caller("orders:read", "orders:write", channel=make_channel(world.house, "other"))

    assert other.get(f"orders/{pk}/documents/order_confirmation.pdf").status_code == 404
    assert other.post(f"orders/{pk}/documents/order_confirmation/mail/", {}).status_code == 404
    assert other.get(f"orders/{pk}/mails/").status_code == 404
    assert DocumentMail.objects.count() == 0


def test_scopes_hold(world):
    _shop, pk = placed(world)
    reader, stranger = world.caller("orders:read"), world.caller("stock:read")

    assert stranger.get(f"orders/{pk}/documents/order_confirmation.pdf").status_code == 403
    assert reader.post(f"orders/{pk}/documents/order_confirmation/mail/", {}).status_code == 403
    assert DocumentMail.objects.count() == 0


def test_staff_without_sight_of_invoices_get_none(world):
    _shop, pk = placed(world)
    ship(world, pk)
    client = Client()
    client.force_login(make_staff("picker"))

    assert client.get(f"/api/v1/orders/{pk}/documents/packing_slip.pdf").status_code == 200
    assert client.get(f"/api/v1/orders/{pk}/documents/invoice.pdf").status_code == 403


def test_a_mail_is_asked_for_once_and_its_way_told(world):
    shop, pk = placed(world)

    first = shop.post(f"orders/{pk}/documents/order_confirmation/mail/", {}, key="m-1")
    again = shop.post(f"orders/{pk}/documents/order_confirmation/mail/", {}, key="m-1")

    assert (first.status_code, again.content) == (202, first.content)
    [told] = first.json()
    assert (told["document"], told["document_id"], told["status"]) == ("order_confirmation", pk, "due")
    other = shop.post(f"orders/{pk}/documents/order_confirmation/mail/", {}, key="m-2")
    assert (other.status_code, other.json()["code"]) == (409, "mail_under_way")
    assert send_mails() == {"sent": 1}
    assert mail.outbox[0].to == ["ana@shop.example"]
    assert shop.get(f"orders/{pk}/mails/").json()[0]["status"] == "sent"
    assert DocumentMail.objects.count() == 1
    assert run_checks().ok


def test_a_buyer_without_an_address_is_refused_and_nothing_written(world):
    shop, pk = placed(world)
    person = Contact.objects.get(order=pk).person
    person.email = ""
    person.save()
    before = AuditEvent.objects.count()

    refused = shop.post(f"orders/{pk}/documents/order_confirmation/mail/", {})

    assert (refused.status_code, refused.json()["code"]) == (409, "no_mail_address")
    assert DocumentMail.objects.count() == 0 and AuditEvent.objects.count() == before


def test_a_buyer_is_spoken_to_in_the_language_that_the_shop_says(world):
    contact = {"external_id": "c-1", "name": "ნინო", "email": "nino@shop.example", "language": "ka-GE"}
    shop, first = placed(world, contact=contact)
    assert Contact.objects.get().language == "ka"

    _shop, second = placed(world, "W-2", contact=contact | {"language": "ru"})
    _shop, third = placed(world, "W-3", contact=contact | {"language": "de"})  # which we do not speak

    assert Contact.objects.get().language == "ru"
    same = shop.post("orders/", order_body("W-2", contact=contact | {"language": "ka"}), key="again")
    assert (same.status_code, same.json()["id"]) == (200, second)
    assert shop.get(f"orders/{third}/documents/order_confirmation.pdf").status_code == 200
    assert first != second
