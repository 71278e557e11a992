"""Every page and every reading of the API, as they are shown to one person, with rows that there are."""

import re
from collections.abc import Iterator
from typing import Any

from django.db.models import Model
from django.test import Client
from django.urls import Resolver404, resolve

from backoffice.core.scope_gate import object_of
from backoffice.core.scopes import visible
from tests.rights.addresses import places

LEFT_OUT = (
    "/admin/login/",
    "/admin/logout/",
    "/api/schema/",
    "/api/docs/",
    "/setup/",
    "/scan/",
    "/admin/status/",
    "/admin/jsi18n/",
)
_KEY = re.compile(r"<(?:int:|path:)?\w+>")


def readings(user: Any) -> Iterator[str]:
    """The addresses to look at, each with the key of a row that the person may see, where there is one."""
    for place in places():
        if place.method == "GET" and not place.name.startswith(LEFT_OUT) and "/delete/" not in place.name:
            yield _with_key(place.name, place.address, user)


def _with_key(name: str, address: str, user: Any) -> str:
    if not _KEY.search(name):
        return address
    row = _row_of(address, user)
    return re.sub(r"(?<=/)1(?=[/.])", str(row), address, count=1) if row else address


def _row_of(address: str, user: Any) -> Any:
    model = model_of(address)
    if model is None:
        return None
    return visible(model._base_manager.all(), user).values_list("pk", flat=True).order_by("pk").first()


def model_of(address: str) -> type[Model] | None:
    try:
        match = resolve(address)
    except Resolver404:
        return None
    try:
        found = object_of(match.route, {**match.kwargs, "object_id": 1})
    except LookupError:  # no model's: /admin/security/factor/
        found = None
    if found:
        return found[0]
    view = getattr(match.func, "cls", None)
    queryset = getattr(view, "queryset", None)
    if queryset is not None:
        return queryset.model
    model = getattr(getattr(getattr(view, "serializer_class", None), "Meta", None), "model", None)
    return model


def shown(user: Any, only: str = "") -> Iterator[tuple[str, int, str]]:
    """(address, status, what it says) of each."""
    client = Client(raise_request_exception=False)
    client.force_login(user)
    for address in (each for each in readings(user) if only in each):
        answer = client.get(address)
        if answer.status_code == 302 and "?warehouse=" in answer.url + "?":
            answer = client.get(answer.url)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        yield address, answer.status_code, body.decode(errors="replace")
