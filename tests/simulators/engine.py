"""A channel that keeps orders, stock, prices and shipments, and goes wrong when it is told to.

Each vendor's simulator (shopify.py …) is written from the contract of that vendor's API and shares nothing with the
connector that is tested against it; only this state behind it is common, in words that are no vendor's.
"""

import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import parse_qsl
from wsgiref.simple_server import WSGIServer

from integrations.fake_channel.server import Fault, bind

ZERO = Decimal(0)
START = datetime(2026, 3, 10, 12, 0, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Line:
    """tax: of the whole line, on top of the price unless the order's prices include it."""

    id: str
    sku: str
    quantity: int = 1
    unit_price: Decimal = Decimal("10.00")
    discount: Decimal = ZERO
    tax: Decimal = Decimal("2.00")
    rate: Decimal = Decimal("0.2")
    facilitated: bool = False
    removed: int = 0  # by an edit of the order


@dataclass(frozen=True)
class Refund:
    """lines: (line id, quantity, net, tax, back), back: cancelled, returns or kept."""

    id: str
    lines: Sequence[tuple[str, int, Decimal, Decimal, str]] = ()
    shipping: Decimal = ZERO
    shipping_tax: Decimal = ZERO
    extra: Decimal = ZERO  # money without goods
    settled: bool = True
    at: datetime = START

    @property
    def total(self) -> Decimal:
        goods = sum((net + tax for _id, _quantity, net, tax, _back in self.lines), ZERO)
        return goods + self.shipping + self.shipping_tax + self.extra


@dataclass(frozen=True)
class Shipped:
    id: str
    lines: Mapping[str, int]
    tracking: str
    key: str = ""


@dataclass(frozen=True)
class Order:
    """status: paid, unpaid, cancelled, or a word that no contract knows."""

    id: str
    lines: Sequence[Line]
    status: str = "paid"
    currency: str = "GBP"
    exponent: int = 2
    inclusive: bool = False
    shipping: Decimal = Decimal("5.00")
    shipping_tax: Decimal = Decimal("1.00")
    refunds: Sequence[Refund] = ()
    bare: bool = False  # no address and no prices yet
    created_at: datetime = START - timedelta(hours=3)
    updated_at: datetime = START
    shipped: Sequence[Shipped] = ()

    @property
    def goods(self) -> Decimal:
        """As ordered, edits taken off, refunds not."""
        return sum((self.left(line) * line.unit_price - self.scaled(line, line.discount) for line in self.lines), ZERO)

    @property
    def tax(self) -> Decimal:
        return sum((self.scaled(line, line.tax) for line in self.lines), self.shipping_tax)

    @property
    def total(self) -> Decimal:
        return self.goods + self.shipping + (ZERO if self.inclusive else self.tax)

    @staticmethod
    def left(line: Line) -> int:
        return line.quantity - line.removed

    @classmethod
    def scaled(cls, line: Line, amount: Decimal) -> Decimal:
        return amount * cls.left(line) / line.quantity

    def money(self, amount: Decimal) -> str:
        return str(amount.quantize(Decimal(1).scaleb(-self.exponent)))

    def fulfilled(self, line_id: str) -> int:
        return sum(shipped.lines.get(line_id, 0) for shipped in self.shipped)

    def refunded(self, line_id: str) -> int:
        return sum(row[1] for refund in self.refunds for row in refund.lines if row[0] == line_id)


class Refused(Exception):
    """An answer other than success, in the vendor's own words."""

    def __init__(self, status: int, body: Any = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(str(body))
        self.status, self.body, self.headers = status, body, dict(headers or {})


class OverShipment(Exception):
    """More was told of than the order has left."""


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Reply:
    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Clock:
    """The channel's clock: stands still until it is moved."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


class State:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.orders: dict[str, Order] = {}
        self.stock: dict[str, int] = {}
        self.prices: dict[str, str] = {}
        self.products: dict[str, Any] = {}
        self.bad_listings: set[str] = set()
        self.acknowledged: set[str] = set()
        self._ids = 900

    def put(self, order: Order, at: datetime | None = None) -> str:
        with self.lock:
            self.orders[order.id] = replace(order, updated_at=at or self.clock())
        return order.id

    def change(self, order_id: str, at: datetime | None = None, **changes: Any) -> None:
        with self.lock:
            self.put(replace(self.orders[order_id], **changes), at)

    def next_id(self) -> str:
        with self.lock:
            self._ids += 1
            return str(self._ids)

    def changed(self, after: datetime | None, before: datetime | None, *, strictly: bool = False) -> list[Order]:
        with self.lock:
            rows = [
                order
                for order in self.orders.values()
                if (after is None or (order.updated_at > after if strictly else order.updated_at >= after))
                and (before is None or order.updated_at <= before)
            ]
        return sorted(rows, key=lambda order: (order.updated_at, int(re.sub(r"\D", "", order.id) or 0)))

    def made(self, after: datetime, before: datetime) -> list[Order]:
        with self.lock:
            return sorted(
                (order for order in self.orders.values() if after <= order.created_at < before), key=lambda o: o.id
            )

    def ship(self, order_id: str, lines: Mapping[str, int], tracking: str, key: str = "") -> Shipped:
        """Raises OverShipment."""
        with self.lock:
            order = self.orders[order_id]
            for line in order.lines:
                if order.fulfilled(line.id) + lines.get(line.id, 0) > order.left(line):
                    raise OverShipment(line.id)
            if set(lines) - {line.id for line in order.lines}:
                raise OverShipment("unknown line")
            made = Shipped(self.next_id(), dict(lines), tracking, key)
            self.change(order_id, shipped=(*order.shipped, made))
            return made

    def set_stock(self, listing: str, quantity: int) -> bool:
        """False for one that the channel does not have."""
        with self.lock:
            if listing in self.bad_listings:
                return False
            self.stock[listing] = quantity
            return True


class Simulator:
    """A WSGI application over a State. Subclasses answer in their vendor's words."""

    code: ClassVar[str]
    token: ClassVar[str] = "right-token"
    webhook_secret: ClassVar[str] = "hook-secret"
    # What faults match: "METHOD path" of the calls, and a throttle that looks like success where there is such.
    orders_call: ClassVar[str]
    stock_call: ClassVar[str]
    ship_call: ClassVar[str]
    login_call: ClassVar[str] = "(oauth|token|auth)"
    throttle_in_200: ClassVar[Fault | None] = None
    tokens_expire: ClassVar[bool] = False  # has page tokens that can be forgotten
    logs_in: ClassVar[bool] = False  # has access tokens that end
    # Conformance tests that cannot be run here, with the reason.
    cannot: ClassVar[Mapping[str, str]] = {}
    cannot_show: ClassVar[frozenset[str]] = frozenset()  # "inclusive": it states no prices with tax
    pays: ClassVar[bool] = True  # its orders say how they were paid
    takes_off: ClassVar[bool] = False  # what is cancelled with a refund is off the order itself

    def __init__(self, clock: Clock | None = None) -> None:
        self.state = State(clock or Clock())
        self.faults: list[Fault] = []
        self.requests: list[str] = []
        self.forget_tokens = False
        self.before_page: Callable[[int], None] = lambda number: None
        self.pages = 0
        self.valid_tokens = {self.token}
        self.logins = 0
        self.url = ""

    # What the tests need to know of the vendor.

    def settings(self) -> dict[str, Any]:
        return {"base_url": self.url, "read_timeout_s": 15}

    def secrets(self, account: str = "a") -> dict[str, str]:
        """account: a or b, two logins of one vendor."""
        return {"token": self.token}

    def listing_id(self, sku: str) -> str:
        """The channel's name of what it sells under this SKU: letters are no ids there."""
        return str(1000 + sum(ord(letter) * (place + 1) for place, letter in enumerate(sku)))

    def webhook(self, order_id: str, secret: str) -> tuple[bytes, dict[str, str]]:
        raise NotImplementedError

    def order_id(self, number: int) -> str:
        return str(5000 + number)

    def answer(self, request: Request) -> Reply:
        raise NotImplementedError

    # The machinery.

    def page(self) -> None:
        self.pages += 1
        self.before_page(self.pages)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = _request(environ)
        line = f"{request.method} {request.path}"
        self.requests.append(line)
        fault = self._fault(line, request)
        try:
            reply = _broken(fault) if fault and not fault.after_effect else self.answer(request)
        except Refused as refusal:
            reply = Reply(refusal.body, refusal.status, refusal.headers)
        except (KeyError, ValueError, TypeError, AssertionError, AttributeError) as error:  # the caller's
            reply = Reply({"error": f"{type(error).__name__}: {error}"}, 400)
        if fault and fault.after_effect:
            reply = _broken(fault)
        headers = {"Content-Type": "application/json", "Date": format_datetime(self.state.clock(), usegmt=True)}
        headers |= reply.headers | ({"Retry-After": fault.retry_after} if fault and fault.retry_after else {})
        start_response(f"{reply.status} {HTTPStatus(reply.status).phrase}", list(headers.items()))
        if reply.body is None or reply.status == 204:
            return [b""]
        return [reply.body if isinstance(reply.body, bytes) else _text(reply.body).encode()]

    def _fault(self, line: str, request: Request) -> Fault | None:
        with self.state.lock:
            for fault in self.faults:
                if fault.times > 0 and re.search(
                    fault.matches, f"{line} {request.body[:300].decode(errors='replace')}", re.S
                ):
                    if fault.skip:
                        fault.skip -= 1
                        continue
                    fault.times -= 1
                    return fault
        return None


def _text(body: Any) -> str:
    return body if isinstance(body, str) else json.dumps(body, default=str)


def _broken(fault: Fault) -> Reply:
    time.sleep(fault.delay_s)
    return Reply(fault.body or {"error": "as ordered"}, fault.status)


def _request(environ: dict[str, Any]) -> Request:
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    return Request(environ["REQUEST_METHOD"], environ["PATH_INFO"], query, headers, body)


@contextmanager
def running(simulator: Simulator):
    server: WSGIServer = bind(simulator)  # type: ignore[arg-type]
    simulator.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield simulator
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_of(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
