"""What belongs to another warehouse or channel is 404, walked over every address with a row's key: pages and their
buttons, the API, files (PDF, labels); and it stands in no list, no export of one, and no search."""

import csv
import io
import re

import pytest
from django.contrib import admin
from django.urls import NoReverseMatch, reverse

from backoffice.core.scopes import condition_of, limits_of, visible
from tests.core.test_scopes import browser, elsewhere, key_of, make_superuser  # noqa: F401  a fixture
from tests.rights.addresses import places
from tests.rights.walking import model_of

FILE = re.compile(r"pdf|label|\.zpl|sheet|/export/|document|/file")
REFUSED_BEFORE = (404, 405)  # 405: the address does not answer the method, whoever asks


def foreign_places(user):
    """(place, address) of each address whose key is now that of a row that the person may not see."""
    limits, rows = limits_of(user), {}
    for place in places():
        if not re.search(r"<(?:int:|path:)?\w+>", place.name):
            continue
        model = model_of(place.address)
        condition = condition_of(model, limits) if model else None
        if not condition:
            continue
        if model not in rows:
            inside = model._base_manager.filter(condition).values("pk")
            rows[model] = model._base_manager.exclude(pk__in=inside).values_list("pk", flat=True).order_by("pk").first()
        if rows[model] is not None:
            yield place, re.sub(r"(?<=/)1(?=[/.])", str(rows[model]), place.address, count=1)


def ask(key, method, address):
    path_ = address.removeprefix("/api/v1/")
    return (key.get(path_) if method == "GET" else key.post(path_, {"reason": "x"})).status_code


def test_every_address_of_a_foreign_row_is_not_found(elsewhere):  # noqa: F811
    guest, key, world = browser(elsewhere.guest), key_of(elsewhere.guest), elsewhere
    before, told, walked = world.written(), {}, {"page": 0, "api": 0, "file": 0}

    for place, address in foreign_places(world.guest):
        if address.startswith("/api/"):
            if place.method not in ("GET", "POST"):
                continue
            status = ask(key, place.method, address)
            if status == 400 and ask(key, place.method, place.address.replace("/1/", "/999999/", 1)) == 400:
                status = 404  # a body without what it needs is told before anything is looked for
        else:
            status = getattr(guest, place.method.lower())(address, {"reason": "x"}).status_code
        walked["file" if FILE.search(place.name) else "api" if address.startswith("/api/") else "page"] += 1
        if status not in REFUSED_BEFORE:
            told[f"{place.method} {place.name}"] = status

    assert told == {}
    assert world.written() == before
    assert walked["page"] > 100 and walked["api"] > 60 and walked["file"] > 8, walked


def test_no_export_of_a_list_holds_a_foreign_row(elsewhere):  # noqa: F811
    guest, boss, limits = browser(elsewhere.guest), browser(make_superuser()), limits_of(elsewhere.guest)
    wrong, fewer = {}, 0

    def lines(client, address):
        content = b"".join(client.get(address, {"export": "csv"}).streaming_content).decode("utf-8-sig")
        return len(list(csv.reader(io.StringIO(content)))) - 1

    for model in admin.site._registry:
        if not condition_of(model, limits) or not model._base_manager.exists():
            continue
        try:
            address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        except NoReverseMatch:
            continue
        mine, all_of_it = lines(guest, address), lines(boss, address)
        fewer += mine < all_of_it
        if mine > visible(model._base_manager.all(), elsewhere.guest).count():
            wrong[model._meta.label] = (mine, all_of_it)

    assert wrong == {}
    assert fewer > 10  # negative control: the boss's files hold them


@pytest.mark.parametrize("how", ["page", "api"])
def test_the_search_finds_no_foreign_row_by_what_stands_on_it(elsewhere, how):  # noqa: F811
    limits, boss = limits_of(elsewhere.guest), make_superuser()
    terms = set()
    for model in admin.site._registry:
        condition = condition_of(model, limits)
        row = (
            condition and model._base_manager.exclude(pk__in=model._base_manager.filter(condition).values("pk")).first()
        )
        for name in ("number", "external_id", "code", "tracking_number"):
            if row and isinstance(getattr(row, name, None), str) and len(getattr(row, name)) > 2:
                terms.add(getattr(row, name))

    def found(user, term):
        if how == "api":
            return key_of(user).get("search/", q=term).json()["results"]
        answer = browser(user).get(reverse("search"), {"q": term})
        return [answer.url] if answer.status_code == 302 else answer.context["hits"]

    guests = {term: found(elsewhere.guest, term) for term in terms}

    assert {term: hits for term, hits in guests.items() if hits} == {}
    assert sum(bool(found(boss, term)) for term in terms) >= 4  # negative control
