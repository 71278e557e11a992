"""R7: from a figure to its entry, document, stock move, order and the channel's payload, following links only."""

import re

import pytest
from django.urls import reverse

from accounting.models import JournalEntry
from backoffice.core.models import InboxMessage
from orders.models import Fulfilment
from tests.api.conftest import Caller, World, order_body
from tests.factories.books import ACTOR, NOON
from tests.factories.staff import sign_in
from tests.pages.test_inbox_page import send
from warehouse.services import fulfil_straight


@pytest.fixture
def world(db):
    return World()


def follow(client, page, pattern):
    """The page behind the first link that matches."""
    found = re.search(rf'href="({pattern})"', page)
    assert found, f"no link {pattern}"
    answer = client.get(found.group(1).replace("&amp;", "&"))
    assert answer.status_code == 200
    return answer.content.decode()


def test_from_a_line_of_the_books_to_the_payload_in_clicks(world):
    order_id = send(world, world.channel, "API-7")
    works = list(Fulfilment.objects.filter(order_id=order_id).values_list("pk", flat=True))
    fulfil_straight(works, company_id=world.house.id, actor=ACTOR, effective_at=NOON, tracking={})
    client = sign_in("owner")
    revenue = JournalEntry.objects.get(source_type="orders.shipment", subledger="receivable")
    cost = JournalEntry.objects.get(source_type="orders.shipment", subledger="inventory")

    lines = client.get(reverse("admin:accounting_journalline_changelist"), {"channel": "web"}).content.decode()
    assert f"JE-{revenue.pk}" in lines and f"JE-{cost.pk}" in lines

    entry = client.get(reverse("admin:accounting_journalentry_change", args=[cost.pk])).content.decode()
    move = follow(client, entry, r"/admin/inventory/stockmove/\d+/change/")
    assert "MUG" in move
    shipment = follow(client, entry, r"/admin/orders/shipment/\d+/change/")
    assert f"JE-{cost.pk}" in shipment and f"JE-{revenue.pk}" in shipment
    invoice = follow(client, shipment, r"/admin/accounting/invoice/\d+/change/")
    assert f"JE-{revenue.pk}" in invoice
    order = follow(client, shipment, r"/admin/orders/order/\d+/change/")
    message = InboxMessage.objects.get(external_id="API-7")
    payload = follow(client, order, f"/admin/core/inboxmessage/{message.pk}/change/")
    assert "ana@shop.example" in payload and order_body("API-7")["external_id"] in payload


def test_the_same_over_http(world):
    order_id = send(world, world.channel, "API-7")
    works = list(Fulfilment.objects.filter(order_id=order_id).values_list("pk", flat=True))
    fulfil_straight(works, company_id=world.house.id, actor=ACTOR, effective_at=NOON, tracking={})
    caller: Caller = world.caller(
        "accounting:read", "orders:read", "stock:read", bound=False, company_id=world.house.id
    )

    entries = caller.get("journal-entries/", account="4010").json()["results"]
    (entry,) = entries
    assert entry["source_type"] == "orders.shipment"
    same = caller.get("journal-entries/", source_type=entry["source_type"], source_id=entry["source_id"]).json()
    assert {row["subledger"] for row in same["results"]} == {"receivable", "inventory"}
    order = caller.get(f"orders/{order_id}/").json()
    assert order["external_id"] == "API-7"
