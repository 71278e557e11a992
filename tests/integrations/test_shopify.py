"""Shopify's own schema: every document is valid in it, and webhook examples are read (level B of docs/connectors.md)."""

import base64
import hashlib
import hmac
import json
from datetime import date
from decimal import Decimal

import jsonschema
import pytest
from graphql import parse, validate

from integrations.connectors.base import Account
from integrations.connectors.shopify import documents
from integrations.connectors.shopify.connector import ShopifyConnector
from integrations.connectors.shopify.mapping import map_order
from tests.simulators.shopify import SPECS, VERSION, schema

D = Decimal
PLAIN = Account("shop", {}, {})


@pytest.mark.parametrize("name", sorted(documents.ALL))
def test_every_document_is_valid_in_shopifys_schema(name):
    assert validate(schema(), parse(documents.ALL[name])) == []


def test_every_document_is_listed():
    sent = [
        value for name, value in vars(documents).items() if name.isupper() and isinstance(value, str) and "{" in value
    ]

    assert sorted(documents.ALL.values()) == sorted(
        value for value in sent if value.lstrip().startswith(("query", "mutation"))
    )
    assert len(documents.ALL) >= 10


def test_a_field_that_shopify_does_not_have_is_told():
    wrong = documents.ORDERS.replace("displayFinancialStatus", "financial_status")

    assert "financial_status" in str(validate(schema(), parse(wrong))[0])


def test_the_version_is_the_schemas_and_its_end_is_known():
    assert documents.VERSION == VERSION == ShopifyConnector.api_version
    assert ShopifyConnector.api_ends == date(2027, 10, 1)


@pytest.mark.parametrize(
    "topic",
    ["orders/create", "orders/updated", "orders/paid", "orders/edited", "refunds/create", "fulfillments/create"],
)
def test_documented_webhooks_name_their_order(topic):
    example = json.loads((SPECS / "webhooks" / "metadata" / f"{topic}.json").read_text())
    rules = json.loads((SPECS / "webhooks" / "schemas" / f"{topic}.json").read_text())
    body = example["response"] if "response" in example else example.get("payload", example)
    body = json.loads(body) if isinstance(body, str) else body
    jsonschema.validate(body, rules)
    raw = json.dumps(body).encode()
    signature = base64.b64encode(hmac.new(b"secret", raw, hashlib.sha256).digest()).decode()
    headers = {"x-shopify-topic": topic, "x-shopify-hmac-sha256": signature, "x-shopify-event-id": "e-1"}
    connector = ShopifyConnector(PLAIN)

    events = connector.webhook_events(headers, raw)

    assert connector.is_signed(headers, raw, "secret")
    assert not connector.is_signed(headers, raw + b" ", "secret")
    wanted = {"orders/edited": lambda: body["order_edit"]["order_id"]}.get(topic) or (
        lambda: body["admin_graphql_api_id"].rsplit("/", 1)[1] if topic.startswith("orders/") else body["order_id"]
    )
    assert [(event.external_id, event.key) for event in events] == [(str(wanted()), "e-1")]


def order(**changes):
    def bag(amount):
        return {"shopMoney": {"amount": amount, "currencyCode": "EUR"}}

    line = {
        "id": "gid://shopify/LineItem/1", "sku": "MUG", "name": "Mug", "quantity": 3, "currentQuantity": 1,
        "originalUnitPriceSet": bag("10.0"), "discountAllocations": [], "taxLines": [],
    }  # fmt: skip
    given = {
        "id": "gid://shopify/Order/820982911946154508", "name": "#1001", "createdAt": "2026-03-10T09:00:00Z",
        "processedAt": "2026-03-10T09:00:00Z", "updatedAt": "2026-03-10T09:00:00Z", "cancelledAt": None, "test": False,
        "note": None, "email": None, "phone": None, "edited": True, "currencyCode": "EUR", "taxesIncluded": False,
        "displayFinancialStatus": "PAID", "displayFulfillmentStatus": "UNFULFILLED", "totalPriceSet": bag("30.0"),
        "currentTotalPriceSet": bag("10.0"), "totalTipReceivedSet": bag("0.0"), "currentTotalDutiesSet": None,
        "currentTotalAdditionalFeesSet": None, "customer": None, "shippingAddress": None, "billingAddress": None,
        "shippingLines": {"nodes": []}, "lineItems": {"nodes": [line]}, "transactions": [], "refunds": [],
    }  # fmt: skip
    return json.dumps(given | changes).encode()


def test_an_edit_lowers_the_order_a_refund_does_not():
    bag = {"shopMoney": {"amount": "10.0", "currencyCode": "EUR"}}
    none = {"shopMoney": {"amount": "0.0", "currencyCode": "EUR"}}
    refund = {
        "id": "gid://shopify/Refund/5", "createdAt": "2026-03-11T09:00:00Z", "note": "broken", "totalRefundedSet": bag,
        "transactions": {"nodes": [{"status": "SUCCESS"}]}, "refundShippingLines": {"nodes": []},
        "refundLineItems": {"pageInfo": {"hasNextPage": False}, "nodes": [{
            "quantity": 1, "restockType": "NO_RESTOCK", "lineItem": {"id": "gid://shopify/LineItem/1"},
            "subtotalSet": bag, "totalTaxSet": none,
        }]},
    }  # fmt: skip

    mapped = map_order(order(refunds=[refund]))

    [line] = mapped.order.lines
    assert (line.quantity, mapped.order.total) == (2, 20)  # three bought, one taken off, one of two refunded
    [given] = mapped.refunds
    assert (given.external_id, given.total, given.settled, given.reason) == ("5", 10, True, "broken")


def test_ids_beyond_53_bits_stay_exact():
    assert map_order(order()).external_id == "820982911946154508"


def test_an_authorisation_and_its_capture_are_one_payment():
    def row(id, kind, amount, parent=None):
        return {
            "id": f"gid://shopify/OrderTransaction/{id}", "kind": kind, "status": "SUCCESS", "gateway": "card",
            "processedAt": "2026-03-10T09:00:00Z", "amountSet": {"shopMoney": {"amount": amount, "currencyCode": "EUR"}},
            "parentTransaction": {"id": f"gid://shopify/OrderTransaction/{parent}"} if parent else None,
        }  # fmt: skip

    def payments(*rows):
        found = map_order(order(transactions=list(rows))).payments
        return [(payment.external_id, payment.amount, payment.captured) for payment in found]

    assert payments(row(1, "AUTHORIZATION", "10.0")) == [("shopify-1", 10, False)]
    assert payments(row(1, "AUTHORIZATION", "10.0"), row(2, "CAPTURE", "10.0", 1)) == [("shopify-1", 10, True)]
    assert payments(row(1, "AUTHORIZATION", "10.0"), row(2, "CAPTURE", "4.0", 1)) == [("shopify-2", 4, True)]


@pytest.mark.parametrize(("changes", "state"), [
    ({"cancelledAt": "2026-03-11T09:00:00Z"}, "cancelled"), ({"displayFinancialStatus": "VOIDED"}, "cancelled"),
    ({"displayFinancialStatus": "PENDING"}, "pending"), ({"test": True}, "ignored"),
])  # fmt: skip
def test_states(changes, state):
    assert map_order(order(**changes)).state == state


def test_an_order_on_hold_there_is_held_here():
    assert map_order(order(displayFulfillmentStatus="ON_HOLD")).order.holds[0][0] == "manual"
