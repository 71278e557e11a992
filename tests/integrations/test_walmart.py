"""Walmart on its own terms: whose an order is, what it is worth to the cent, and what its messages and cursors say."""

import hashlib
import hmac
import json
from decimal import Decimal
from urllib.parse import parse_qsl

import pytest

from integrations.connectors.base import Account, Window
from integrations.connectors.http import Response
from integrations.connectors.walmart.connector import HISTORY, WalmartConnector, _waits
from integrations.connectors.walmart.mapping import map_order
from integrations.errors import PayloadUnreadable
from tests.simulators.engine import START, Line, Order
from tests.simulators.walmart import WalmartSimulator

D = Decimal


def told(*lines, **changes):
    return WalmartSimulator()._order(Order("1796277083001", lines or (Line("1", "MUG"),))) | changes


def read(order):
    return map_order(json.dumps(order).encode())


def test_used_up_tokens_are_waited_for_until_the_moment_that_walmart_names():
    def answer(left, at_ms):
        return Response(200, {
            "date": "Tue, 10 Mar 2026 12:00:00 GMT", "x-current-token-count": left, "x-next-replenishment-time": at_ms,
        }, b"")  # fmt: skip

    soon = str(int(START.timestamp() * 1000) + 7500)
    told = [_waits(answer(*given)) for given in (("0", soon), ("3", soon), ("0", "0"), ("many", soon))]
    assert (told, _waits(Response(200, {}, b""))) == ([7.5, 0.0, 0.0, 0.0], 0.0)


def with_status(*statuses):
    order = told()
    order["orderLines"]["orderLine"][0]["orderLineStatuses"]["orderLineStatus"] = [
        {"status": status, "statusQuantity": {"unitOfMeasurement": "EACH", "amount": "1"}} for status in statuses
    ]
    return order


@pytest.fixture
def connector():
    made = WalmartConnector(Account("w", {}, {"client_id": "c", "client_secret": "s"}))
    yield made
    made.close()


@pytest.mark.parametrize(
    ("statuses", "state"),
    [(["Created"], "open"), (["Acknowledged"], "open"), (["Shipped"], "open"), (["Delivered"], "open"),
     (["Cancelled"], "cancelled"), (["Shipped", "Acknowledged"], "open")],
)  # fmt: skip
def test_states(statuses, state):
    assert read(with_status(*statuses)).state == state


def test_an_unknown_status_or_charge_is_never_guessed():
    with pytest.raises(PayloadUnreadable, match="Beamed"):
        read(with_status("Beamed"))
    order = told()
    order["orderLines"]["orderLine"][0]["charges"]["charge"][0]["chargeType"] = "MYSTERY"
    with pytest.raises(PayloadUnreadable, match="MYSTERY"):
        read(order)


def test_what_walmart_ships_itself_is_not_ours():
    assert read(told(shipNode={"type": "WFSFulfilled"})).state == "ignored"


def test_the_purchase_order_is_the_order_and_the_buyers_number_is_kept():
    """One buyer's order may be split into several purchase orders."""
    order = read(told()).order

    assert (order.external_id, order.external_number) == ("1796277083001", "C1796277083001")


def test_amounts_are_exact_quantities_are_texts_times_are_milliseconds_and_the_tax_is_walmarts():
    order = told(Line("1", "MUG", 3, D("19.99"), tax=D("4.11")), orderDate=1773144000123)
    charge = order["orderLines"]["orderLine"][0]["charges"]["charge"][0]
    charge["chargeAmount"]["amount"] = 59.97

    found = read(order).order

    [line] = found.lines
    assert (line.quantity, line.unit_price * 3 - line.discount, line.tax) == (3, D("59.97"), D("4.11"))
    assert line.tax_collector == "marketplace" and found.placed_at.isoformat() == "2026-03-10T12:00:00.123000+00:00"


def test_a_replacement_without_a_price_is_an_order_of_nothing_to_pay():
    order = told(Line("1", "MUG", unit_price=D(0), tax=D(0)), orderType="REPLACEMENT", originalCustomerOrderID="C9")
    order["orderLines"]["orderLine"][0]["charges"]["charge"] = order["orderLines"]["orderLine"][0]["charges"]["charge"][
        :1
    ]

    mapped = read(order)

    assert mapped.state == "open" and [line.unit_price for line in mapped.order.lines] == [0]


def answering(connector, monkeypatch, *answers):
    asked = []

    def request(method, path, *, params=None, **more):
        asked.append(dict(params or {}))
        return answers[len(asked) - 1]

    monkeypatch.setattr(connector.http, "request", request)
    return asked


def page(cursor, *ids):
    orders = [told() | {"purchaseOrderId": id} for id in ids]
    return Response(
        200, {}, json.dumps({"list": {"meta": {"nextCursor": cursor}, "elements": {"order": orders}}}).encode()
    )


def test_the_next_cursor_is_asked_as_it_was_given_nothing_found_is_a_404_and_the_past_ends_after_180_days(
    connector, monkeypatch
):
    cursor = "?limit=200&hasMoreElements=true&soIndex=400&sellerId=151&createdStartDate=2026-01-01T00%3A00%3A00Z"
    asked = answering(connector, monkeypatch, page(cursor, "1"), Response(404, {}, b""))

    pages = list(connector.list_orders(Window(None, START)))

    assert [[order.external_id for order in one.orders] for one in pages] == [["1"], []]
    assert asked[0] == {
        "lastModifiedStartDate": f"{START - HISTORY:%Y-%m-%dT%H:%M:%SZ}", "lastModifiedEndDate": "2026-03-10T12:00:00Z",
        "limit": "200",
    }  # fmt: skip
    assert asked[1] == dict(parse_qsl(cursor[1:]))


def test_a_message_is_signed_over_its_raw_body_and_names_its_order(connector):
    body, headers = WalmartSimulator().webhook("1796277083001", "secret")
    given = {name.lower(): value for name, value in headers.items()}

    assert connector.is_signed(given, body, "secret")
    assert not connector.is_signed(given, body + b" ", "secret") and not connector.is_signed({}, body, "secret")
    assert hmac.new(b"secret", body, hashlib.sha256).hexdigest() in given.values()
    [event] = connector.webhook_events(given, body)
    assert (event.topic, event.external_id) == ("PO_CREATED", "1796277083001")
    assert connector.webhook_events(given, b'{"source": {}}') == ()
