"""What an address or a form names must be the person's to work with, whichever view answers: else it is not found.

Lists and choices are narrowed where they are read (backoffice/core/scopes). This is the door before every view: the row
in the address of a page and of its buttons, and the warehouse or channel that a form, a report's address or the body of
an API call names. A page that is neither a row's nor a model's list is refused to people with limits unless it says how
it keeps to them (registry.LimitedPage). Unlimited people pass without a question to the database beyond that of their
limits.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import resolve
from django.utils.translation import gettext_lazy as _

from backoffice.core.registry import registry
from backoffice.core.scopes import ROOTS, Limits, asked_by, asking_limits, condition_of, is_visible, limits_of

_OF_MODEL = re.compile(r"^admin/(?P<app>\w+)/(?P<model>\w+)/<(?:int:(?P<pk>pk)|path:(?P<path>object_id))>")
_OF_LIST = re.compile(r"^admin/(?P<app>\w+)/(?P<model>\w+)/(?:add/|views/save/|views/counts/|views/<int:pk>/forget/)?$")
_APP_INDEX = "admin/^(?P<app_label>"  # links to lists
HELD = ("admin/", "till/")  # the API's callers are known later; a handheld is its warehouse's
WHOLE = _("This page is of the whole company; you work with some of its warehouses or channels.")
NAMED = {
    "warehouse": "warehouse",
    "warehouse_id": "warehouse",
    "source": "warehouse",
    "target": "warehouse",
    "channel": "channel",
}


class ScopeGate:
    """Middleware, after sign-in. The API's callers are known later, so HasScope asks `check_named` itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with asked_by(request.user):
            return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Mapping[str, Any]
    ) -> HttpResponseRedirect | None:
        return hold_up(request, request.resolver_match.route if request.resolver_match else "", kwargs)


def hold_up(request: HttpRequest, route: str, kwargs: Mapping[str, Any]) -> HttpResponseRedirect | None:
    """Raises Http404 or PermissionDenied where the person's limits do not reach; sends on to what they do reach."""
    limits = limits_of(request.user) if route.startswith(HELD) else {}
    if not limits:
        return None
    posted = list(_pairs(request.POST.lists()))
    check_named(limits, [*kwargs.items(), *_pairs(request.GET.lists()), *posted])
    check_rows(limits, posted, registry.body_rows())
    found = object_of(route, kwargs)
    if found is not None and not is_visible(*found, request.user):
        raise Http404
    return None if found is not None or _is_models(route) else _page(request, route, limits)


@cache
def opens_for(address: str, kinds: frozenset[str]) -> bool:
    """Whether people with limits of these kinds may open an address of the menu at all."""
    route = resolve(address).route
    if not route.startswith(HELD) or _is_models(route):
        return True
    page = registry.limited_pages().get(route)
    return page is not None and (bool(page.why) or not kinds - {*page.asks, *page.free_of})


def _is_models(route: str) -> bool:
    """A list or form of a model's admin: it shows what `visible` leaves."""
    if route.startswith(_APP_INDEX) or any(
        not page.model and route.startswith(page.route) for page in registry.page_objects()
    ):
        return True
    match = _OF_LIST.match(route)
    return match is not None and (match["app"], match["model"]) in _registered()


@cache
def _registered() -> frozenset[tuple[str, str]]:
    return frozenset((model._meta.app_label, model._meta.model_name or "") for model in admin.site._registry)


def _page(request: HttpRequest, route: str, limits: Limits) -> HttpResponseRedirect | None:
    """A page of its own is held to what it says of itself, and refused where it says nothing."""
    page = registry.limited_pages().get(route)
    if page is None or (not page.why and set(limits) - {*page.asks, *page.free_of}):
        raise PermissionDenied(WHOLE)
    asked = {kind: ids for kind, ids in limits.items() if kind in page.asks}
    unnamed = {kind: ids for kind, ids in asked.items() if not _names_own(request, kind, ids)}
    if not unnamed:
        return None
    if request.method not in ("GET", "HEAD"):
        raise PermissionDenied(WHOLE)
    query = request.GET.copy()
    for kind, ids in unnamed.items():
        query[kind] = _first(kind, ids)
    return HttpResponseRedirect(f"{request.path}?{query.urlencode()}")


def _names_own(request: HttpRequest, kind: str, ids: Collection[int]) -> bool:
    """Whether the address names one that there is; what is another's was refused before."""
    named = request.GET.get(kind, "")
    if named and named not in _codes(kind, ids):
        raise Http404
    return bool(named)


def _codes(kind: str, ids: Collection[int]) -> list[str]:
    model: Any = apps.get_model(ROOTS[kind])
    return list(model.objects.filter(pk__in=ids).order_by("code").values_list("code", flat=True))


def own_codes(kind: str, codes: Sequence[str]) -> list[str]:
    """Those of the warehouses' or channels' codes that whoever asks works with. Statements: 0; 1 with limits."""
    ids = asking_limits().get(kind) if kind in ROOTS else None
    known = None if ids is None else set(_codes(kind, ids))
    return [code for code in codes if known is None or code in known]


def _first(kind: str, ids: Collection[int]) -> str:
    codes = _codes(kind, ids)
    if not codes:
        raise PermissionDenied(WHOLE)
    return codes[0]


def object_of(route: str, kwargs: Mapping[str, Any]) -> tuple[type[Model], Any] | None:
    """The row that a page's address is about, or None: its own admin's, unless an app says otherwise (PageObject)."""
    for page in registry.page_objects():
        if route.startswith(page.route) and "pk" in kwargs:
            label = page.model if isinstance(page.model, str) else page.model.get(kwargs.get("kind", ""), "")
            return (apps.get_model(label), kwargs["pk"]) if label else None
    match = _OF_MODEL.match(route)
    if match is None or (match["app"], match["model"]) not in _registered():
        return None
    return apps.get_model(match["app"], match["model"]), kwargs[match["pk"] or match["path"]]


def check_named(limits: Limits, named: Iterable[tuple[str, Any]]) -> None:
    """Raises Http404 where a name leads to a warehouse or channel of others, by its id or code."""
    for name, value in named:
        kind = NAMED.get(name)
        if kind is None or kind not in limits or not isinstance(value, str | int) or value in ("", None):
            continue
        text = str(value)
        which = Q(code=text) | (Q(pk=int(text)) if text.isdecimal() and len(text) < 18 else Q())
        ids = set(apps.get_model(ROOTS[kind])._default_manager.filter(which).values_list("pk", flat=True))
        if ids and not ids & limits[kind]:
            raise Http404


def check_rows(limits: Limits, named: Iterable[tuple[str, Any]], rows: Mapping[str, str]) -> None:
    """Raises Http404 where an id leads to a row of others; rows: the model's label by the name. Statements: 1 a model."""
    asked: dict[str, set[int]] = {}
    for name, value in named:
        text = str(value)
        if (label := rows.get(name)) and text.isdecimal() and len(text) < 18 and not _is_own_code(label, value, limits):
            asked.setdefault(label, set()).add(int(text))
    for label, ids in asked.items():
        model = apps.get_model(label)
        condition = condition_of(model, limits)
        if condition:
            there = model._base_manager.filter(pk__in=ids)
            if there.exclude(pk__in=model._base_manager.filter(condition).values("pk")).exists():
                raise Http404


def _is_own_code(label: str, value: Any, limits: Limits) -> bool:
    """Places are named by their codes too, which may be numbers."""
    if label != "inventory.location" or not isinstance(value, str):
        return False
    model = apps.get_model(label)
    return model._base_manager.filter(condition_of(model, limits), code=value).exists()


def named_in(data: Any) -> Iterator[tuple[str, Any]]:
    """The names and values of a JSON body, at any depth of lists and objects."""
    if isinstance(data, Mapping):
        for name, value in data.items():
            if isinstance(value, Mapping):
                yield from named_in(value)
                continue
            for part in value if isinstance(value, list) else [value]:
                if isinstance(part, Mapping | list):
                    yield from named_in(part)
                else:
                    yield str(name), part
    elif isinstance(data, list):
        for part in data:
            yield from named_in(part)


def _pairs(lists: Iterable[tuple[str, list[Any]]]) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, values in lists for value in values)
