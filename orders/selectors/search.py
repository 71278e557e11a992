"""One search term, whatever it is: number, external id, SKU, barcode, tracking number, buyer."""

import re
from dataclasses import dataclass

from django.db.models import Q

from inventory.models import Barcode, Sku
from orders.models import Contact, Order, OrderLine, Shipment

LIMIT = 50
OUR_NUMBER = re.compile(r"^(?:SO|SH|FO|RMA)-?0*(\d{1,12})$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class OrderHit:
    """An order found, and why."""

    order_id: int
    reason: str


def find_orders(term: str, *, limit: int = LIMIT) -> list[OrderHit]:
    """Orders that the term names, most telling reason first, newest first within it; at most `limit`.

    Each kind of match is one indexed query with its own limit: number (SO-, SH-, FO-, RMA-), external id or
    number (exact), tracking number (exact), SKU code or barcode (exact, in any letter case), buyer's name or
    e-mail (contains, from three letters).
    """
    term = term.strip()
    if not term:
        return []
    hits: dict[int, str] = {}
    for reason, ids in (
        ("number", _by_number(term)),
        ("external_id", _newest(Q(external_id=term) | Q(external_number=term))),
        ("tracking", Shipment.objects.filter(tracking_number=term).values_list("order_id", flat=True)[:LIMIT]),
        ("sku", _by_sku(term)),
        ("buyer", _by_buyer(term)),
    ):
        for order_id in ids:
            hits.setdefault(order_id, reason)
        if len(hits) >= limit:
            break
    return [OrderHit(order_id, reason) for order_id, reason in hits.items()][:limit]


def _newest(condition: Q) -> list[int]:
    return list(Order.objects.filter(condition).order_by("-placed_at", "-id").values_list("id", flat=True)[:LIMIT])


def _by_number(term: str) -> list[int]:
    match = OUR_NUMBER.match(term)
    if match is None:
        return []
    pk, prefix = int(match[1]), term[:2].upper()
    if prefix == "SO":
        return _newest(Q(pk=pk))
    related = {"SH": Q(shipments=pk), "FO": Q(fulfilments=pk), "RM": Q(returns=pk)}[prefix]
    return _newest(related)


def _by_sku(term: str) -> list[int]:
    skus = list(Sku.objects.filter(code__iexact=term).values_list("id", flat=True)[:LIMIT])
    skus += Barcode.objects.filter(code=term).values_list("sku_id", flat=True)[:LIMIT]
    if not skus:
        return []
    lines = OrderLine.objects.filter(sku_id__in=skus).order_by("-id").values_list("order_id", flat=True)
    return list(dict.fromkeys(lines[: LIMIT * 2]))[:LIMIT]


def _by_buyer(term: str) -> list[int]:
    if len(term) < 3:
        return []
    contacts = list(
        Contact.objects.filter(
            Q(person__name__icontains=term) | Q(person__email__icontains=term) | Q(external_id=term)
        ).values_list("id", flat=True)[:LIMIT]
    )
    return _newest(Q(contact_id__in=contacts)) if contacts else []
