"""A link to what its reader may not open is shown as the text it stands on.

Pages of one storey show rows of others: a move names its journal entry, an order its pick list. What each reader may
open is asked here, once for each kind of page, so that no page has to know the rights of all that it names.
"""

import re
from collections.abc import Callable
from functools import cache, partial

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve, reverse

from backoffice.core.admin.tables import may_import
from backoffice.core.scopes import limits_of
from backoffice.dashboard.navigation import is_menu_page, may_open

Asks = Callable[[HttpRequest], bool]
_MODEL_PAGE = re.compile(r"(?P<app>[a-z_]+)/(?P<model>[a-z_]+)/(?P<page>add/|[^/]+/change/)?")
_NUMBER = re.compile(r"\d+")


def _has_no_limits(request: HttpRequest) -> bool:
    """Pages of the whole company (backoffice/core/scope_gate)."""
    return not limits_of(request.user)


# Pages of rows that ask for a right other than that of their model, by their names.
OWN: dict[str, str | Asks] = {
    "admin:warehouse_work": "warehouse.view_picklist",
    "admin:warehouse_receive": "warehouse.add_receipt",
    "admin:warehouse_receive_return": "warehouse.add_receipt",
    "admin:warehouse_transfer_ship": "warehouse.change_picklist",
    "admin:warehouse_transfer_receive": "warehouse.add_receipt",
    "admin:inventory_sku_labels": "inventory.view_barcode",
    "admin:core_importfile_new": lambda request: may_import(request) and _has_no_limits(request),
    "admin:orders_channel_try_sourcing": _has_no_limits,
}


class DeadLinks:
    """Middleware. A link without an address is HTML's own placeholder for one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.streaming or not response.get("Content-Type", "").startswith("text/html"):
            return response
        home = reverse("admin:index")
        if request.path.startswith(home) and not request.user.is_superuser:
            response.content = without_dead(response.content, home, request)
        return response


def without_dead(page: bytes, home: str, request: HttpRequest) -> bytes:
    """The page; of its links below `home` those alone have an address that this person may follow."""
    answers: dict[Asks | None, bool] = {None: True}

    def rewrite(found: re.Match[bytes]) -> bytes:
        asks = _who_opens(home, _NUMBER.sub("0", found["path"].decode()))
        if asks not in answers:
            answers[asks] = asks(request)  # type: ignore[misc]
        return found[0] if answers[asks] else found["before"]

    return _links(home).sub(rewrite, page)


@cache
def _links(home: str) -> re.Pattern[bytes]:
    return re.compile(rb'(?P<before><a\b[^>]*?)\shref="' + re.escape(home.encode()) + rb'(?P<path>[^"?#]*)[^"]*"')


@cache
def _who_opens(home: str, path: str) -> Asks | None:
    """What to ask of the request before a page below `home` is linked; numbers in its path are 0. None: nothing."""
    found = _MODEL_PAGE.fullmatch(path)
    site = _sites().get((found["app"], found["model"])) if found else None
    if found and site:
        return site.has_add_permission if found["page"] == "add/" else site.has_view_or_change_permission
    try:
        name = resolve(home + path).view_name
    except Resolver404:
        return None
    needed = OWN.get(name) or (partial(may_open, address=home + path) if is_menu_page(home + path) else None)
    return _holder(needed) if isinstance(needed, str) else needed


@cache
def _holder(permission: str) -> Asks:
    return lambda request: request.user.has_perm(permission)


@cache
def _sites() -> dict[tuple[str, str], ModelAdmin]:
    found = admin.site._registry.items()
    return {(model._meta.app_label, model._meta.model_name or ""): site for model, site in found}
