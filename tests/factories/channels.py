"""Builders for channels: the sample shop over HTTP, connected."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from wsgiref.simple_server import WSGIServer

from backoffice.core import outbox
from integrations.fake_channel.server import SampleShop, bind
from integrations.fake_channel.shop import Shop as SampleState
from integrations.models import Connection
from integrations.services import create_connection
from orders.models import Channel
from tests.factories.books import ACTOR
from tests.factories.goods import Shop, make_shop, make_sku, make_stock, rows
from tests.factories.sales import make_channel

TOKEN = "right-token"
START = datetime(2026, 3, 10, 12, 0, 0, tzinfo=UTC)


class Clock:
    """The sample shop's clock: stands still until it is moved."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@contextmanager
def sample_shop(clock: Clock | None = None) -> Iterator[tuple[SampleShop, WSGIServer]]:
    app = SampleShop(SampleState(clock=clock or Clock()), TOKEN)
    server = bind(app)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield app, server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
        app.shop.close()


def connect(channel: Channel, server: WSGIServer, *, token: str = TOKEN, **values: Any) -> Connection:
    return create_connection(
        channel_id=channel.pk,
        connector="fake",
        settings={"base_url": f"http://127.0.0.1:{server.server_port}", "read_timeout_s": 2},
        secrets={"token": token},
        actor=ACTOR,
        **values,
    )


def sample_order(number: int | str, *skus: str, **changes: Any) -> dict[str, Any]:
    """An order as the sample shop's CONTRACT.md shows it: one of each SKU at 10.00, tax 20 % on top."""
    items = [
        {
            "id": str(position), "sku": sku, "title": f"A {sku}", "quantity": 1, "unit_price": "10.00",
            "discount": "0.00", "tax": "2.00", "tax_rate": "0.2",
        }
        for position, sku in enumerate(skus or ("MUG",), 1)
    ]  # fmt: skip
    order = {
        "id": f"S{number}",
        "number": f"#{number}",
        "status": "open",
        "created_at": "2026-03-10T09:00:00Z",
        "currency": "GBP",
        "prices_include_tax": False,
        "buyer": {"id": "b-1", "name": "Nino Abashidze", "email": "nino@shop.example", "phone": "+995 1"},
        "ship_to": {
            "name": "Nino Abashidze", "street": "Rustaveli 1", "street2": "Flat 2", "city": "Tbilisi", "region": "TB",
            "postal_code": "0108", "country_code": "GE", "phone": "+995 2",
        },
        "items": items,
        "shipping": {"method": "Standard", "price": "5.00", "tax": "1.00"},
        "grand_total": str(Decimal(len(items) * 12 + 6).quantize(Decimal("0.01"))),
    }  # fmt: skip
    return order | changes


class Connected:
    """A company with stock of MUG and CUP, a channel connected to a running sample shop."""

    def __init__(self, app: SampleShop, server: WSGIServer, clock: Clock, *, stock: str = "1000") -> None:
        self.app, self.server, self.clock = app, server, clock
        self.house: Shop = make_shop()
        self.mug = make_sku(self.house, "MUG")
        self.cup = make_sku(self.house, "CUP")
        for sku_id in (self.mug, self.cup):
            make_stock(self.house, sku_id, stock, "5000.00")
        self.channel = make_channel(self.house, "sample")
        self.connection = connect(self.channel, server)

    @property
    def id(self) -> int:
        return self.connection.pk

    def sell(self, number: int | str, *skus: str, updated_at: datetime | None = None, **changes: Any) -> str:
        return self.app.shop.put_order(sample_order(number, *skus, **changes), updated_at)


def deliver_outbox(timeout_s: float = 30) -> None:
    """Deliver every event there is. Transactions of other databases of the server hold the window back, such as
    those of tests that run beside this one.
    """
    end = time.monotonic() + timeout_s
    while True:
        outbox.deliver_due()
        if not rows(
            "SELECT 1 FROM core_outboxevent e, core_outboxcursor c WHERE (e.xid, e.id) > (c.xid, c.event_id) LIMIT 1"
        ):
            return
        assert time.monotonic() < end, "the outbox was not delivered in time"
        time.sleep(0.05)
