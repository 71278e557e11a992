"""S2: a key of another channel or company reads no word of ours: not in a body, a header, a count, an error, nor by how
much work an answer takes. Every free text of every row is a canary of its own; both keys walk every reading."""

import json
import re
from collections import Counter
from functools import cache

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import Resolver404, resolve
from django_filters import ModelChoiceFilter, ModelMultipleChoiceFilter
from rest_framework.test import APIRequestFactory, force_authenticate

from backoffice.core.api.auth import make_api_key
from backoffice.core.api.filters import Filters
from backoffice.core.models import User
from backoffice.core.roles import role
from orders.api.views import OrderViewSet
from orders.models import Order
from tests.api.fuzz.asking import all_scopes
from tests.api.test_channel_walk import SECRET, Walk, readings
from tests.factories.books import make_company
from tests.factories.planted import columns_of_text
from tests.factories.sales import make_channel
from tests.rights.walking import model_of

CANARY = re.compile(rf"{SECRET}~(\d+)~\d+")
NO_SUCH = "999999999"
# The house's goods, what it buys and how they move are no channel's; who has none of these scopes is refused them.
SHARED = {
    "inventory_location.name", "inventory_product.description", "inventory_product.name", "inventory_purchaseorder.note",
    "inventory_purchaseorder.reference", "inventory_sku.name", "inventory_stockmove.actor_label", "inventory_stockmove.reason",
    "inventory_warehouse.name",
}  # fmt: skip
PAGING = {"limit", "cursor"}  # a number's own range, whatever rows there are
readings = cache(lambda plain=readings: list(plain()))


class Planted(Walk):
    """The walk with canaries; the two strangers are made afterwards, so that what is theirs has none."""

    def __init__(self) -> None:
        super().__init__()
        self.planted = _plant()
        self.robot = User.objects.get(username="robot")
        self.here = self.key_of(company_id=self.house.id)
        self.strangers = {
            "channel": self.key_of(company_id=self.house.id, channel_id=make_channel(self.house, "third").pk),
            "company": self.key_of(company_id=make_company(code="OTHER").pk),
        }

    def key_of(self, **bound):
        return make_api_key(name="canary", user=self.robot, scopes=all_scopes(), **bound)[0]

    def addresses(self, path):
        if "{" not in path:
            return [path]
        if "." in path.rsplit("/", 1)[-1]:
            path = re.sub(r"\{kind\}", "order_confirmation", path)
        model = model_of(re.sub(r"\{\w+\}", "1", path))
        rows = model._base_manager.order_by("pk").values_list("pk", flat=True)[:2] if model else ()
        found = {*sorted(self.ids(path))[:2], *map(str, rows)}
        return [re.sub(r"\{\w+\}", pk, path) for pk in sorted(found)]

    def needed(self, parameters):
        """A value for each parameter without which there is no answer."""
        known = {
            "start": "2026-01-01", "end": "2026-12-31", "q": SECRET, "warehouse": "LON", "sku": "MUG", "supplier": "SUP",
            "party": "SUP", "order": self.named, "object_type": "orders.order", "object_id": self.named, "of": "returned",
            "figure": "orders", "noun": "inventory.import_skus", "date": "2026-12-31", "year": 2026,
        }  # fmt: skip
        return {one["name"]: known.get(one["name"], "1") for one in parameters if one.get("required")}


def _plant():
    """{canary: where it stands}; each row has its own."""
    planted = {}
    with role(connection, "none"), connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for number, (table, column, length) in enumerate(columns_of_text(cursor), 1):
            cursor.execute(
                f'DO $do$ BEGIN UPDATE "{table}" SET "{column}" = left(%s || id, {length});'
                " EXCEPTION WHEN OTHERS THEN NULL; END $do$".replace("%s", f"'{SECRET}~{number}~'")
            )
            cursor.execute(f'SELECT "{column}" FROM "{table}" WHERE "{column}" LIKE %s', [f"{SECRET}~{number}~%"])
            planted |= {text: f"{table}.{column}" for (text,) in cursor.fetchall()}
        cursor.execute("SET session_replication_role = origin")
    return planted


def ask(key, address, /, **query):
    """(status, body and headers) of the view itself: what the middleware adds is the same for all."""
    request = APIRequestFactory().get(address, query)
    force_authenticate(request, key.user, key)
    try:
        match = resolve(address)
    except Resolver404:
        return 404, ""
    answer = match.func(request, *match.args, **match.kwargs)
    if hasattr(answer, "render"):
        answer.render()
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer.status_code, body.decode("utf-8", "replace") + str(dict(answer.headers))


def worked(key, address, /, **query):
    """The same, with how many statements it took: what decides how long an answer takes."""
    with CaptureQueriesContext(connection) as seen:
        status, text = ask(key, address, **query)
    return status, text, len(seen)


@pytest.fixture
def world(db, settings):
    settings.API_REQUESTS_PER_MINUTE = 10**6
    return Planted()


def read_in(text):
    """The canaries that a text holds."""
    return {found.group() for found in CANARY.finditer(text)}


def test_no_stranger_reads_one_of_a_hundred_canaries(world):
    told, leaks, broken, asked = set(), set(), [], 0

    for path, parameters in readings():
        for address in world.addresses(path):
            query = world.needed(parameters)
            told |= read_in(ask(world.here, address, **query)[1])
            for who, key in world.strangers.items():
                status, text = ask(key, address, **query)
                asked += 1
                broken += [(who, address)] * (status >= 500)
                places = {world.planted.get(canary, canary) for canary in read_in(text)}
                leaks |= {(who, place, path) for place in places - (SHARED if who == "channel" else set())}

    assert leaks == set()
    assert broken == []
    assert asked > 600 and len(world.planted) >= 100
    assert len(told) >= 60, len(told)  # the control: whoever may reads them there


def test_a_row_of_others_answers_as_one_that_is_not_there_with_the_same_work(world):
    differ, compared = [], 0
    for key in world.strangers.values():
        worked(key, "/api/v1/orders/")  # their limits are read once

    for path, parameters in readings():
        if path.count("{") != 1:
            continue  # a part of another row: its own address is asked
        query, nobodys = world.needed(parameters), re.sub(r"\{\w+\}", NO_SUCH, path)
        for address in world.addresses(path)[:1]:
            for who, key in world.strangers.items():
                status, text, work = worked(key, address, **query)
                if status != 404:
                    continue  # of the house's goods: looked at above
                compared += 1
                pk = re.fullmatch(re.sub(r"\\{\w+\\}", r"([^/]+)", re.escape(path)), address)[1]
                none = worked(key, nobodys, **query)
                if (status, re.sub(rf"\b{pk}\b", NO_SUCH, text), work) != none:
                    differ.append((who, address, work, none[0], none[2]))

    assert differ == []
    assert compared > 60


def test_no_filter_sort_or_search_tells_a_stranger_that_there_is_something(world):
    """Asked for what there is and for what there is not, an answer is the same in every letter: rows, counts, errors."""
    order = Order.objects.get(pk=world.named)
    canary = min(world.planted)
    pairs = [
        (str(world.named), NO_SUCH), (f"{SECRET}-1", f"{SECRET}-7"), (order.number, order.number[::-1]),
        (canary, canary.replace(SECRET, "NOBODY")), (f"{SECRET}-TR", f"{SECRET}-QQ"),
    ]  # fmt: skip
    companys = [*pairs, ("MUG", "GUM"), ("LON", "NOL"), ("SUP", "PUS"), ("web", "bew")]
    differ, asked, turn = [], 0, Counter()
    for path, parameters in readings():
        if "{" in path:
            continue
        for name in (one["name"] for one in parameters if one["name"] not in PAGING):
            for who, key in world.strangers.items():
                values = companys if who == "company" else pairs
                turn[who, name] += 1
                there, none = values[turn[who, name] % len(values)]
                query = world.needed(parameters)
                told = [ask(key, path, **query | {name: value}) for value in (there, none)]
                asked += 1
                plain = [
                    (status, text.replace(value, "")) for (status, text), value in zip(told, (there, none), strict=True)
                ]
                if told[0] != told[1] and plain[0] != plain[1] or told[0][0] >= 500:
                    differ.append((who, path, name, there, told[0][0], told[1][0]))

    assert differ == []
    assert asked > 800


def test_after_a_failure_the_next_key_on_the_same_connection_sees_its_own_alone(world, monkeypatch):
    def fail(view, request, *args, **kwargs):
        rows = list(view.filter_queryset(view.get_queryset()))
        raise RuntimeError(f"{SECRET} {rows}")

    secrets = {who: make_api_key(name=who, user=world.robot, scopes=all_scopes(), company_id=key.company_id,
                                 channel_id=key.channel_id)[1] for who, key in (("here", world.here), *world.strangers.items())}  # fmt: skip
    client = Client(raise_request_exception=False)

    def orders(who):
        return client.get("/api/v1/orders/", headers={"authorization": f"Api-Key {secrets[who]}"})

    for stranger in world.strangers:
        with monkeypatch.context() as patch:
            patch.setattr(OrderViewSet, "list", fail)
            broken = orders("here")
        assert broken.status_code == 500 and SECRET not in broken.content.decode()
        assert json.loads(orders(stranger).content)["results"] == []
    assert len(json.loads(orders("here").content)["results"]) >= 6  # the control


def test_no_filter_offers_the_rows_of_others_as_its_choices():
    """Such a filter refuses an id that no row has, and so tells which ids there are."""
    wrong, seen = [], 0
    for path, _parameters in readings():
        view = getattr(resolve(path).func, "cls", None) if "{" not in path else None
        rows = getattr(view, "queryset", None)
        if rows is None and getattr(view, "serializer_class", None) is not None:
            meta = getattr(view.serializer_class, "Meta", None)
            rows = meta.model.objects.none() if meta else None
        if rows is not None and (kind := Filters().get_filterset_class(view, rows)):
            seen += 1
            choices = (ModelChoiceFilter, ModelMultipleChoiceFilter)
            wrong += [(path, name) for name, one in kind.base_filters.items() if isinstance(one, choices)]

    assert wrong == [] and seen > 40
