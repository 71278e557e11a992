import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import resolve

from backoffice.core.api.auth import make_api_key
from backoffice.core.models import User
from tests.factories.goods import Shop, make_shop, make_sku, make_stock
from tests.factories.moving import moving_facts
from tests.factories.sales import make_channel


class Caller:
    """A program with a key, over Django's own client. What a list shows first it also opens: each row has an address."""

    def __init__(self, key: str) -> None:
        self.client, self.key, self.sent = Client(raise_request_exception=False), key, 0

    def get(self, path: str, **query: Any) -> Any:
        answer = self.read(f"/api/v1/{path}", query)
        if not connection.force_debug_cursor and (address := first_row(path, answer)):
            own = self.read(address)
            assert own.status_code == 200, (address, own.content)
        return answer

    def read(self, address: str, query: Any = None) -> Any:
        return self.client.get(address, query, headers={"authorization": f"Api-Key {self.key}"})

    def post(self, path: str, body: Any, *, key: str | None = None) -> Any:
        self.sent += 1
        headers = {"authorization": f"Api-Key {self.key}", "idempotency-key": key or f"test-{self.sent}"}
        data = body if isinstance(body, bytes | str) else json.dumps(body)
        return self.client.post(f"/api/v1/{path}", data, content_type="application/json", headers=headers)

    def patch(self, path: str, body: Any, *, match: str = "", key: str = "") -> Any:
        """match: the ETag that was read."""
        headers = {"authorization": f"Api-Key {self.key}"} | ({"if-match": match} if match else {})
        headers |= {"idempotency-key": key} if key else {}
        return self.client.patch(f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=headers)

    def delete(self, path: str, *, match: str = "") -> Any:
        headers = {"authorization": f"Api-Key {self.key}"} | ({"if-match": match} if match else {})
        return self.client.delete(f"/api/v1/{path}", headers=headers)


def first_row(path: str, answer: Any) -> str | None:
    """The address of the first row that a list shows, if its rows have addresses that this caller may ask."""
    if answer.status_code != 200 or "?" in path or answer.headers.get("Content-Type") != "application/json":
        return None
    rows = answer.json().get("results") if isinstance(answer.json(), dict) else None
    view = resolve(f"/api/v1/{path}").func.cls  # type: ignore[attr-defined]
    if not rows or not hasattr(view, "retrieve") or answer.resolver_match.func.actions.get("get") != "list":
        return None
    return f"/api/v1/{path}{rows[0][view.lookup_field if view.lookup_field != 'pk' else 'id']}/"


def ended(caller: Caller, address: str, **body: Any) -> Any:
    """The answer of a step that ends a document; asked again it is refused, or answered alike, and nothing is written."""
    done = caller.post(address, body)
    assert 200 <= done.status_code < 300, done.content
    before = moving_facts()
    again = caller.post(address, body)
    assert again.status_code in (404, 409) or again.content == done.content, again.content
    assert moving_facts() == before
    return done.json() if done.content else None


class World:
    """A company with stock of MUG (10) and CUP (2), a channel "web", a robot user."""

    def __init__(self) -> None:
        self.house: Shop = make_shop()
        self.mug, self.cup = make_sku(self.house, "MUG"), make_sku(self.house, "CUP")
        make_stock(self.house, self.mug, "10", "50.00")
        make_stock(self.house, self.cup, "2", "10.00")
        self.channel = make_channel(self.house, "web")
        self.robot = User.objects.create_superuser("robot")

    def caller(self, *scopes: str, channel: Any = None, **bound: Any) -> Caller:
        channel_id = (channel or self.channel).pk if bound.pop("bound", True) else None
        _key, secret = make_api_key(name="test", user=self.robot, scopes=scopes, channel_id=channel_id, **bound)
        return Caller(secret)


@pytest.fixture
def world(db: Any) -> World:
    return World()


def order_body(external_id: str = "W-1", **changes: Any) -> dict[str, Any]:
    return {
        "external_id": external_id,
        "placed_at": "2026-03-10T12:00:00Z",
        "currency": "GBP",
        "lines": [{"sku": "MUG", "quantity": "2", "unit_price": "10.00", "tax": "4.00", "tax_rate": "0.2"}],
        "charges": [{"kind": "shipping", "unit_price": "5.00", "tax": "1.00"}],
        "total": "30.00",
        "contact": {"external_id": "c-1", "name": "Ana", "email": "ana@shop.example", "country": "GB"},
        "shipping_address": {"name": "Ana", "line1": "Street 1", "city": "London", "postcode": "E1", "country": "GB"},
    } | changes
