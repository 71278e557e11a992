"""Every address of the house × the methods it answers, with something in the place of each value."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.urls import get_resolver
from django.views.generic import RedirectView

from accounting.admin import manual_journals, periods, recurring_journals
from accounting.services.attaching import ATTACHABLE
from backoffice.core.registry import registry
from inventory.admin import adjustments, bills, lot_holds, transfers
from inventory.admin.purchasing import orders as purchase_orders
from inventory.admin.purchasing import returns as supplier_returns
from orders.admin import returns as customer_returns
from orders.models import DocumentKind
from warehouse.admin import receipt_steps

_VALUE = re.compile(r"<(?:(\w+):)?(\w+)>")
_GROUP = re.compile(r"\(\?P(<\w+>)(?:[^()]|\([^()]*\))*\)")


@dataclass(frozen=True, slots=True)
class Place:
    """name: as the table says it; address: one that the program answers there."""

    name: str
    method: str
    address: str


def places() -> list[Place]:
    words = _words()
    found = {(one.name, one.method): one for one in _walk(get_resolver().url_patterns, "/", words)}
    return [found[key] for key in sorted(found)]


def _words() -> Mapping[str, Iterable[str]]:
    """What a word in an address may be, where it decides who may: by the start of the address."""
    return {
        "/admin/accounting/bill/": bills.STEPS,
        "/admin/accounting/manualjournal/papers/": ATTACHABLE,
        "/admin/accounting/manualjournal/": manual_journals.STEPS,
        "/admin/accounting/period/": periods.STEPS,
        "/admin/accounting/recurringjournal/": recurring_journals.STEPS,
        "/admin/core/importfile/": sorted(registry.table_imports()),
        "/admin/inventory/adjustment/": adjustments.STEPS,
        "/admin/inventory/grniwriteoff/": ("approve", "refuse"),
        "/admin/inventory/lothold/": lot_holds.STEPS,
        "/admin/inventory/purchaseorder/": purchase_orders.STEPS,
        "/admin/inventory/supplierreturn/": supplier_returns.STEPS,
        "/admin/inventory/transfer/": transfers.STEPS,
        "/admin/jobs/": ("outbox",),
        "/admin/orders/blanketorder/": ("open", "closed"),
        "/admin/orders/order/documents/": DocumentKind.values,
        "/admin/orders/order/recall/": ("lot", "serial"),
        "/admin/orders/pricelist/": ("csv", "xlsx"),
        "/admin/orders/returnorder/": customer_returns.STEPS,
        "/admin/warehouse/receipt/": receipt_steps.STEPS,
        "/admin/warehouse/stocktake/<int:pk>/export/": ("csv", "xlsx"),
        "/admin/warehouse/stocktake/": ("approve", "approve-only", "post", "cancel"),
        "/api/v1/orders/": DocumentKind.values,
        "/api/v1/scheduled-jobs/": ("outbox",),
    } | {
        f"/admin/{model._meta.app_label}/{model._meta.model_name}/": page.steps
        for model, page in admin.site._registry.items()
        if hasattr(page, "steps")
    }


def _walk(patterns: Any, before: str, words: Mapping[str, Iterable[str]]) -> Iterator[Place]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from _walk(pattern.url_patterns, route, words)
        elif "format>" not in route and "drf_format_suffix" not in route and not _leads_on(pattern.callback):
            for name in _named(_GROUP.sub(r"\1", route).translate({ord(sign): None for sign in "^$\\"}), words):
                for method in _methods(pattern.callback):
                    yield Place(name, method, _VALUE.sub(_something, name))


def _leads_on(view: Any) -> bool:
    """It only sends people to another address, which has a row of its own."""
    inner = getattr(view, "__wrapped__", view)
    return RedirectView in (getattr(view, "view_class", None), getattr(inner, "view_class", None))


def _named(route: str, words: Mapping[str, Iterable[str]]) -> list[str]:
    """The address once for each word that it may hold."""
    word = next((found for found in _VALUE.finditer(route) if _is_word(found)), None)
    start = next((start for start in words if route.startswith(start)), None) if word else None
    if word is None or start is None:
        return [route]
    return [route[: word.start()] + each + route[word.end() :] for each in words[start]]


def _is_word(found: re.Match[str]) -> bool:
    return found[1] in ("str", "slug") or (found[1] is None and found[2] in ("kind", "name"))


def _something(found: re.Match[str]) -> str:
    return "1" if found[1] in ("int", "path", None) else "none"


def _methods(view: Any) -> list[str]:
    api = getattr(view, "cls", None)
    if api is None:
        return ["GET", "POST"]
    named = getattr(view, "actions", None) or [name for name in api.http_method_names if hasattr(api, name)]
    return [name.upper() for name in named if name in set(api.http_method_names) - {"head", "options"}]
