"""BigCommerce on its own terms: what an order's status means, whose it is, and what its messages and limits say."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections import Counter
from decimal import Decimal

import pytest

from integrations.connectors.base import Account, PriceItem, StockItem
from integrations.connectors.bigcommerce.connector import BigCommerceConnector, _waits
from integrations.connectors.bigcommerce.mapping import map_order
from integrations.connectors.http import Response
from integrations.connectors.registry import opened
from integrations.errors import PayloadUnreadable
from integrations.models import Connection
from tests.factories.simulated import Simulated
from tests.races.test_last_unit import together
from tests.simulators.bigcommerce import BigCommerceSimulator
from tests.simulators.engine import Line, Order, Reply, running

D = Decimal
SECRET = "client-secret"


def told(**changes):
    return BigCommerceSimulator()._order(Order("77", (Line("1", "MUG"),))) | changes


def read(**changes):
    return map_order(json.dumps(told(**changes), default=str).encode())


@pytest.fixture
def connector():
    made = BigCommerceConnector(Account("b", {"store_hash": "h1"}, {"token": "t"}))
    yield made
    made.close()


@pytest.mark.parametrize(
    ("status_id", "state"),
    [(0, "ignored"), *((n, "pending") for n in (1, 7, 12)), *((n, "cancelled") for n in (5, 6)),
     *((n, "open") for n in (2, 3, 4, 8, 9, 10, 11, 13, 14))],
)  # fmt: skip
def test_states(status_id, state):
    assert read(status_id=status_id).state == state


def test_an_unknown_status_is_never_guessed():
    with pytest.raises(PayloadUnreadable, match="99"):
        read(status_id=99)


def test_a_disputed_order_and_one_to_several_addresses_are_held():
    assert [kind for kind, _why in read(status_id=13).order.holds] == ["manual"]
    places = told()["consignments"]["shipping"]
    order = read(consignments={"shipping": [*places, {**places[0], "line_items": []}]}).order
    assert [kind for kind, _why in order.holds] == ["address"]


def test_what_another_channel_brought_into_the_shop_is_left_out():
    """It is counted where it was sold."""
    mapped = read(external_order_id="111-2223334-5556667")

    assert (mapped.state, mapped.order) == ("ignored", None)


def test_amounts_of_four_decimals_and_times_of_mails_are_exact():
    order = read(total_inc_tax="18.0100", date_created="Tue, 10 Mar 2026 14:30:00 +0200").order

    assert order.total == D("18.01") and str(order.placed_at) == "2026-03-10 12:30:00+00:00"


def signed(body, *, at=None, secret=SECRET):
    stamp = str(int(time.time() if at is None else at))
    mac = hmac.new(secret.encode(), b"msg_1." + stamp.encode() + b"." + body, hashlib.sha256).digest()
    return {
        "webhook-id": "msg_1", "webhook-timestamp": stamp,
        "webhook-signature": f"v1,other v1,{base64.b64encode(mac).decode()}",
    }  # fmt: skip


def test_messages_are_signed_as_the_standard_says_and_old_ones_are_none(connector):
    body = b'{"scope": "store/order/updated"}'

    assert connector.is_signed(signed(body), body, SECRET)
    assert not connector.is_signed(signed(body), body + b" ", SECRET)
    assert not connector.is_signed(signed(body, secret="other"), body, SECRET)
    assert not connector.is_signed(signed(body, at=time.time() - 3600), body, SECRET)
    assert not connector.is_signed({}, body, SECRET)


def test_a_login_without_a_client_secret_has_a_header_of_its_own(connector):
    """Its signature, if there is one, was made with a key that nobody knows."""
    body = b'{"scope": "store/order/updated"}'
    foreign = signed(body, secret="of BigCommerce's own")

    assert connector.is_signed({"x-backoffice-secret": SECRET}, body, SECRET)
    assert connector.is_signed(foreign | {"x-backoffice-secret": SECRET}, body, SECRET)
    assert not connector.is_signed({"x-backoffice-secret": "another"}, body, SECRET)
    assert not connector.is_signed({"x-backoffice-secret": ""}, body, "")


def test_one_bulk_call_runs_at_a_time_whatever_it_changes(transactional_db, monkeypatch):
    """Stock and prices at once, by several workers; single calls go on beside them."""
    at_work, most = Counter(), Counter()
    lock = threading.Lock()

    def answer(request):
        kind = "bulk" if request.method == "PUT" else "single"
        with lock:
            at_work[kind] += 1
            most[kind] = max(most[kind], at_work[kind])
        time.sleep(0.05)
        with lock:
            at_work[kind] -= 1
        return Reply({"data": [], "meta": {}})

    with running(BigCommerceSimulator()) as simulator:
        shop = Simulated(simulator)
        monkeypatch.setattr(simulator, "answer", answer)

        def work(number: int) -> None:
            with opened(Connection.objects.get(pk=shop.id)) as connector:
                for _time in range(4):
                    if number % 3 == 0:
                        connector.push_stock([StockItem("9/1", "MUG", D(1), 1)])
                    elif number % 3 == 1:
                        connector.push_prices([PriceItem("9/1", "MUG", D(1), "GBP")])
                    else:
                        connector.get("/v2/orders")

        together(work, 6)

    assert most["bulk"] == 1 < most["single"]


def test_a_message_names_its_order_and_repeats_have_one_key(connector):
    def event(**changes):
        told = {
            "scope": "store/order/updated",
            "data": {"type": "order", "id": 77},
            "hash": "abc",
            "created_at": 1561479335,
        }
        return connector.webhook_events({}, json.dumps(told | changes).encode())

    [first], [again], [later] = event(), event(), event(hash="def")
    assert first.external_id == "77" and first.key == again.key != later.key
    assert event(data={"type": "product", "id": 9}) == ()


def test_a_quota_that_is_used_up_is_waited_for_before_a_429():
    def answer(left):
        return Response(200, {"x-rate-limit-requests-left": left, "x-rate-limit-time-reset-ms": "12500"}, b"")

    assert [_waits(answer(left)) for left in ("140", "0", "many")] == [0.0, 12.5, 0.0]


def test_an_empty_page_is_an_answer_without_a_body(connector, monkeypatch):
    monkeypatch.setattr(connector.http, "request", lambda *args, **more: Response(204, {}, b""))

    assert connector.get("/v2/orders") == []
