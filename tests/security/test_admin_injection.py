"""S7 at the admin's lists: what is typed into a filter, the search, the order or the page becomes no SQL and no failure."""

import os
from collections import Counter, defaultdict
from collections.abc import Callable
from math import gcd
from typing import Any

from django.contrib import admin
from django.contrib.admin import site
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.exceptions import EmptyResultSet, SuspiciousOperation, ValidationError
from django.db import transaction
from django.test import RequestFactory

from backoffice.core.models import User
from orders.models import Hold
from tests.factories.staff import sign_in
from tests.pages.conftest import World
from tests.security.test_injection import PAYLOADS, STEP, TYPED

SOAK = bool(os.environ.get("BACKOFFICE_SOAK"))
OTHERS = ("q", "o", "p", "pk__in", "pk__startswith")  # what a list is asked for besides its own filters


def lists() -> list[Any]:
    return [site._registry[model] for model in sorted(site._registry, key=lambda model: model._meta.label)]


def request_of(user: Any, **given: str) -> Any:
    request = RequestFactory().get("/", given)
    request.user = user
    return request


def made(declared: Any, request: Any, page: Any) -> Any:
    """The filter as Django makes it for a request."""
    given = {name: request.GET.getlist(name) for name in request.GET}
    if isinstance(declared, type):
        return declared(request, given, page.model, page)
    path, kind = declared if isinstance(declared, tuple) else (declared, admin.FieldListFilter.create)
    return kind(get_fields_from_path(page.model, path)[-1], request, given, page.model, page, field_path=path)


def kind_of(declared: Any, page: Any) -> Any:
    """What decides how a filter reads its value: its class, and that of its field."""
    if isinstance(declared, type):
        return declared
    path, kind = declared if isinstance(declared, tuple) else (declared, None)
    return kind, type(get_fields_from_path(page.model, path)[-1])


def sql_of(rows: Any) -> str:
    return str(rows.query.sql_with_params()[0])


def shows_itself(payload: str, sql: str, plain: str) -> bool:
    """Whether the payload stands in the SQL, which without it (plain) is not so."""
    text = payload.strip()
    return len(text) > 3 and text in sql and text not in plain


def tried_all(ask: Callable[[str], Any], plain: str, payloads: list[str]) -> list[tuple[str, str]]:
    """(payload, what it did) for each that came into the SQL, or failed other than by a refusal that Django knows."""
    wrong = []
    for payload in payloads:
        try:
            if shows_itself(payload, sql_of(ask(payload)), plain):
                wrong.append((payload, "in its SQL"))
        except (IncorrectLookupParameters, SuspiciousOperation, ValidationError, EmptyResultSet):
            continue
        except Exception as failed:
            wrong.append((payload, repr(failed)))
    return wrong


def filter_asker(declared: Any, page: Any, user: Any, name: str) -> Callable[[str], Any]:
    def ask(payload: str) -> Any:
        request, rows = request_of(user, **{name: payload}), page.model._default_manager.all()
        found = made(declared, request, page).queryset(request, rows)
        return rows if found is None else found

    return ask


def test_no_filter_or_search_of_a_list_lets_five_hundred_payloads_into_its_sql(db, monkeypatch):
    """Asked of each kind of filter itself; in the soak of each filter of each list."""
    monkeypatch.setattr(admin.RelatedFieldListFilter, "field_choices", lambda *_args: [])  # what it offers costs time
    user, asked, wrong = User.objects.create_superuser("walker"), Counter[Any](), []
    request = request_of(user)
    for page in lists():
        plain = sql_of(page.model._default_manager.all())
        for declared in page.get_list_filter(request):
            for at, name in enumerate(made(declared, request, page).expected_parameters()):
                kind = (kind_of(declared, page), at)
                if SOAK or not asked[kind]:
                    asked[kind] += len(TYPED)
                    found = tried_all(filter_asker(declared, page, user, name), plain, TYPED)
                    wrong += [(page.model._meta.label, name, *each) for each in found]
        search, rows = page.get_search_results, page.get_queryset(request)
        own = type(page).get_search_results is not admin.ModelAdmin.get_search_results
        some = TYPED if SOAK or own or not asked["q"] else TYPED[len(asked) % STEP :: STEP]
        asked["q"] += len(some)
        found = tried_all(lambda payload, ask=search, rows=rows: ask(request, rows, payload)[0], sql_of(rows), some)
        wrong += [(page.model._meta.label, "q", *each) for each in found]

    assert len(TYPED) >= 500 and min(asked.values()) >= len(TYPED) and len(asked) > 30
    assert wrong == []


def test_negative_control_a_filter_that_writes_its_value_into_sql_is_found(db):
    class Careless(admin.SimpleListFilter):
        title, parameter_name = "who", "who"

        def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
            return [("a", "a")]

        def queryset(self, request: Any, queryset: Any) -> Any:
            return queryset.extra(where=[f"username = '{self.value()}'"]) if self.value() else queryset

    class Counting(Careless):
        def queryset(self, request: Any, queryset: Any) -> Any:
            return queryset.filter(pk=int(self.value()))

    user, page = User.objects.create_superuser("walker"), site._registry[User]
    plain = sql_of(User.objects.all())

    assert len(tried_all(filter_asker(Careless, page, user, "who"), plain, PAYLOADS)) > 300
    assert len(tried_all(filter_asker(Counting, page, user, "who"), plain, PAYLOADS)) > 400


def refused(user: Any, page: Any, name: str, payload: str) -> str:
    """How a list fails that is asked for this; "" if it answers, leads back to itself or refuses by name."""
    request = request_of(user, **{name: payload})
    request._messages = CookieStorage(request)
    try:
        with transaction.atomic():
            list(page.get_changelist_instance(request).result_list)
    except (IncorrectLookupParameters, SuspiciousOperation):
        return ""
    except Exception as failed:
        return repr(failed)
    return ""


def test_no_list_fails_whatever_it_is_asked_for(db):
    """The search, order, page and look-ups with all TYPED, shared out among the lists; each list's filters with some."""
    World()
    user, wrong, asked, turn = User.objects.create_superuser("walker"), [], defaultdict[str, set[str]](set), 0
    for page in lists():
        request = request_of(user)
        filters = [
            name for one in page.get_list_filter(request) for name in made(one, request, page).expected_parameters()
        ]
        for _round in range(len(TYPED) // (40 if SOAK else len(site._registry)) + 1):
            for name in (*OTHERS, *filters[turn % len(filters) :][:1]) if filters else OTHERS:
                payload = TYPED[turn * STEP % len(TYPED)]
                asked[name].add(payload)
                if said := refused(user, page, name, payload):
                    wrong.append((page.model._meta.label, name, payload, said))
            turn += 1

    assert gcd(STEP, len(TYPED)) == 1 and all(len(asked[name]) == len(TYPED) >= 500 for name in OTHERS)
    assert wrong == []


def test_every_list_answers_over_http(db):
    World()
    client, wrong = sign_in("owner"), []
    client.raise_request_exception = False
    for turn, page in enumerate(lists()):
        base = f"/admin/{page.model._meta.app_label}/{page.model._meta.model_name}/"
        asked = {name: PAYLOADS[(turn * 7 + at * 31) % len(PAYLOADS)] for at, name in enumerate(("q", "o", "p"))}
        if client.get(base, asked).status_code >= 500:
            wrong.append((base, asked))

    assert wrong == []


def test_no_nul_reaches_a_page_or_a_list_of_the_api(db):
    """PostgreSQL keeps none: a look-up with one was an error of the database."""
    world, client = World(), sign_in("owner")
    client.raise_request_exception = False
    order = f"/admin/orders/order/{world.ready}/"

    answers = [
        client.get("/admin/accounting/journalline/", {"account__type__exact": "asset\0"}),
        client.get("/api/v1/orders/", {"external_id": "W\0-1"}),
        client.get("/admin/orders/order/", {"status__exact": "\0", "view\0": "held"}),
        client.post(f"{order}hold/", {"kind": "manual", "reason": "Looks\0 odd"}),
    ]

    assert [answer.status_code for answer in answers if answer.status_code >= 400] == []
    assert Hold.objects.get(order_id=world.ready).reason == "Looks odd"
