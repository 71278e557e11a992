"""What an address or a form names must be the person's to work with, whichever view answers: else it is not found.

Lists and choices are narrowed where they are read (backoffice/core/scopes). This is the door before every view: the row
in the address of a page and of its buttons, and the warehouse or channel that a form, a report's address or the body of
an API call names. Unlimited people pass without a question to the database beyond that of their limits.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from django.apps import apps
from django.db.models import Model, Q
from django.http import Http404, HttpRequest, HttpResponse

from backoffice.core.registry import registry
from backoffice.core.scopes import ROOTS, Limits, is_visible, limits_of

_OF_MODEL = re.compile(r"^admin/(?P<app>\w+)/(?P<model>\w+)/<(?:int:(?P<pk>pk)|path:(?P<path>object_id))>")
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
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Mapping[str, Any]) -> None:
        route = request.resolver_match.route if request.resolver_match else ""
        if route.startswith("api/"):
            return
        limits = limits_of(request.user)
        if not limits:
            return
        found = object_of(route, kwargs)
        if found is not None and not is_visible(*found, request.user):
            raise Http404
        check_named(limits, [*kwargs.items(), *_pairs(request.GET.lists()), *_pairs(request.POST.lists())])


def object_of(route: str, kwargs: Mapping[str, Any]) -> tuple[type[Model], Any] | None:
    """The row that a page's address is about, or None: its own admin's, unless an app says otherwise (PageObject)."""
    for page in registry.page_objects():
        if route.startswith(page.route) and "pk" in kwargs:
            label = page.model if isinstance(page.model, str) else page.model.get(kwargs.get("kind", ""), "")
            return (apps.get_model(label), kwargs["pk"]) if label else None
    match = _OF_MODEL.match(route)
    if match is None:
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


def named_in(data: Any) -> Iterator[tuple[str, Any]]:
    """The names and values of a JSON body, at any depth of lists and objects."""
    if isinstance(data, Mapping):
        for name, value in data.items():
            if isinstance(value, Mapping | list):
                yield from named_in(value)
            else:
                yield str(name), value
    elif isinstance(data, list):
        for part in data:
            yield from named_in(part)


def _pairs(lists: Iterable[tuple[str, list[Any]]]) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, values in lists for value in values)
