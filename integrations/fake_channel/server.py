"""The sample shop over HTTP (WSGI), with faults that a test can order."""

import base64
import hmac
import json
import re
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from email.utils import format_datetime
from http import HTTPStatus
from socketserver import ThreadingMixIn
from typing import Any
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from integrations.fake_channel.shop import Refused, Shop

MAX_PAGE, MAX_STOCK_ITEMS = 100, 50
StartResponse = Callable[..., Any]


@dataclass(slots=True)
class Fault:
    """What goes wrong with requests whose "METHOD path" matches: `times` of them, after `skip` good ones.

    after_effect: the request is carried out and only the answer is lost. close: the connection just ends.
    """

    matches: str
    status: int = 500
    retry_after: str = ""
    times: int = 1
    skip: int = 0
    after_effect: bool = False
    delay_s: float = 0.0
    body: str = ""


class SampleShop:
    """The WSGI application."""

    def __init__(self, shop: Shop, token: str) -> None:
        self.shop, self.token = shop, token
        self.faults: list[Fault] = []
        self.requests: list[str] = []
        self.expire_tokens = False
        self.before_page: Callable[[int], None] = lambda number: None  # a hook between pages
        self._pages = 0
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        line = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
        self.requests.append(line)
        fault = self._fault(line)
        try:
            if fault and not fault.after_effect:
                status, body = self._broken(fault)
            else:
                status, body = self._answer(environ)
                if fault:
                    status, body = self._broken(fault)
        except Refused as refusal:
            status, body = refusal.status, {"error": {"code": refusal.code, "message": refusal.message}}
        except (KeyError, ValueError, TypeError, ArithmeticError) as error:
            status, body = 400, {"error": {"code": "bad_request", "message": f"{type(error).__name__}: {error}"}}
        headers = [("Content-Type", "application/json"), ("Date", format_datetime(self.shop.clock(), usegmt=True))]
        if fault and fault.retry_after:
            headers.append(("Retry-After", fault.retry_after))
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        content = body if isinstance(body, str) else json.dumps(body)
        return [b"" if status == 204 else content.encode()]

    def _fault(self, line: str) -> Fault | None:
        with self._lock:
            for fault in self.faults:
                if fault.times > 0 and re.search(fault.matches, line):
                    if fault.skip:
                        fault.skip -= 1
                        continue
                    fault.times -= 1
                    return fault
        return None

    def _broken(self, fault: Fault) -> tuple[int, Any]:
        time.sleep(fault.delay_s)
        return fault.status, fault.body or {"error": {"code": "fault", "message": "as ordered"}}

    def _answer(self, environ: dict[str, Any]) -> tuple[int, Any]:
        if environ.get("HTTP_AUTHORIZATION") != f"Bearer {self.token}":
            raise Refused(401, "unauthorised")
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        query = {key: values[0] for key, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
        if (method, path) == ("GET", "/api/clock"):
            return 204, ""
        if (method, path) == ("GET", "/api/orders"):
            return 200, self._orders(query)
        if (method, path) == ("PUT", "/api/stock"):
            return 200, self._stock(_json(environ))
        if found := re.fullmatch(r"/api/orders/([^/]+)(/fulfilments)?", path):
            return self._order(method, found[1], bool(found[2]), environ)
        raise Refused(404, "not_found", path)

    def _orders(self, query: dict[str, str]) -> dict[str, Any]:
        limit = int(query.get("limit", MAX_PAGE))
        if not 1 <= limit <= MAX_PAGE:
            raise Refused(400, "bad_limit")
        token = None
        if "page_token" in query:
            if self.expire_tokens:
                raise Refused(410, "page_token_expired")
            token = tuple(json.loads(base64.urlsafe_b64decode(query["page_token"])))
        self._pages += 1
        self.before_page(self._pages)
        orders = self.shop.page(query.get("updated_after", ""), query["updated_before"], limit, token)
        following = None
        if len(orders) == limit:
            last = [orders[-1]["updated_at"], orders[-1]["id"]]
            following = base64.urlsafe_b64encode(json.dumps(last).encode()).decode()
        return {"orders": orders, "next_page_token": following}

    def _stock(self, body: dict[str, Any]) -> dict[str, Any]:
        if len(body["items"]) > MAX_STOCK_ITEMS:
            raise Refused(400, "too_many_items")
        return {
            "results": [
                self.shop.set_stock(item["listing_id"], item["sku"], item["quantity"], int(item["version"]))
                for item in body["items"]
            ]
        }

    def _order(self, method: str, order_id: str, fulfilments: bool, environ: dict[str, Any]) -> tuple[int, Any]:
        if method == "GET" and not fulfilments:
            return 200, self.shop.order(order_id)
        if method == "GET":
            return 200, {"fulfilments": self.shop.fulfilments(order_id)}
        if method == "POST" and fulfilments:
            body = _json(environ)
            for name in ("items", "carrier", "service", "tracking_number", "tracking_url", "shipped_at"):
                body[name]  # every field is required
            status, name = self.shop.add_fulfilment(order_id, environ["HTTP_IDEMPOTENCY_KEY"], body)
            return status, {"id": name}
        raise Refused(405, "method_not_allowed")


def signed_webhook(order_id: str, secret: str) -> tuple[bytes, dict[str, str]]:
    """(body, headers) of the message that an order changed."""
    body = json.dumps({"topic": "order.updated", "order_id": order_id}).encode()
    signature = base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()
    return body, {"X-Sample-Signature": signature}


def _json(environ: dict[str, Any]) -> dict[str, Any]:
    return json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


def bind(app: SampleShop, port: int = 0) -> WSGIServer:
    """A server on loopback; port 0 takes a free one (`server.server_port`)."""
    return make_server("127.0.0.1", port, app, server_class=_Server, handler_class=_Quiet)
