"""What the packing bench shows: a piece of work found by whatever is scanned, with all that judges a scan."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from backoffice.core.errors import InvalidInput
from backoffice.core.scopes import offered
from inventory.models import Location
from orders.models import Fulfilment, FulfilmentLine, Order
from warehouse.models import Box, CarrierService, PickTask
from warehouse.scan.reads import codes_of
from warehouse.services.scan.kinds.base import plain

_NUMBERED = re.compile(r"^(FO|SO|PL)-?0*(\d{1,12})$", re.IGNORECASE)
PACKABLE = ("picked", "packing")


def find_work(text: str, *, warehouse_id: int | None = None) -> Fulfilment:
    """The picked fulfilment that a number, an order's number, an external id or a tote means. Statements: at most 3.

    Raises InvalidInput saying what to do.
    """
    code = text.strip()[:80]
    rows = offered(Fulfilment.objects.select_related("order", "warehouse"))
    rows = rows if warehouse_id is None else rows.filter(warehouse_id=warehouse_id)
    match = _NUMBERED.match(code)
    found: list[Fulfilment] = []
    if match and match[1].upper() == "FO":
        found = list(rows.filter(pk=int(match[2])))
    elif match and match[1].upper() == "PL":
        found = list(rows.filter(pick_lists=int(match[2])))
    elif match:
        found = list(rows.filter(order_id=int(match[2])).order_by("pk")[:20])
    elif code:
        found = _by_tote(code, rows) or list(
            rows.filter(order__in=Order.objects.filter(external_id=code)).order_by("pk")[:20]
        )
    ready = [each for each in found if each.status in PACKABLE]
    if ready:
        return ready[0]
    if found:
        raise InvalidInput(
            _("%(number)s is %(status)s: it cannot be packed now.")
            % {"number": found[0].number, "status": found[0].get_status_display()}
        )
    raise InvalidInput(_("Nobody knows “%(text)s”: scan the order, the pick list or the tote.") % {"text": code})


def _by_tote(code: str, rows: Any) -> list[Fulfilment]:
    """The work whose goods lie in a tote."""
    tote = Location.objects.filter(kind="tote", code__iexact=code).first()
    if tote is None:
        return []
    lists = PickTask.objects.filter(to_location=tote, picked__gt=F("put_back")).order_by("-pick_list")
    ids = list(lists.values_list("pick_list__fulfilment_id", flat=True)[:50])
    return list(rows.filter(pk__in=ids, status__in=PACKABLE).order_by("-pk")[:1])


def lines_of(fulfilments: Sequence[int]) -> list[dict[str, Any]]:
    """What was picked, with what may be scanned for it and what a unit weighs. Statements: 2."""
    rows = list(
        FulfilmentLine.objects.filter(fulfilment__in=fulfilments, picked__gt=0)
        .select_related("allocation__sku")
        .order_by("fulfilment_id", "pk")
    )
    codes = codes_of({row.allocation.sku_id for row in rows})
    return [
        {
            "id": row.pk,
            "sku": row.allocation.sku.code,
            "name": row.allocation.sku.name,
            "quantity": plain(row.picked),
            "weight_g": row.allocation.sku.weight_g or 0,
            "codes": codes.get(row.allocation.sku_id, {}) | {row.allocation.sku.code.upper(): "1"},
        }
        for row in rows
    ]


def boxes_of(company_id: int) -> list[dict[str, Any]]:
    """Smallest first. Statements: 1."""
    rows = Box.objects.filter(company_id=company_id, is_active=True)
    sized = sorted(rows, key=lambda box: (box.length_mm * box.width_mm * box.height_mm, box.code))
    return [
        {
            "id": box.pk, "code": box.code, "name": box.name, "tare_g": box.tare_g, "max_g": box.max_weight_g,
            "size": f"{box.length_mm // 10} × {box.width_mm // 10} × {box.height_mm // 10} cm",
        }
        for box in sized
    ]  # fmt: skip


def services_of(company_id: int, wanted: str) -> list[dict[str, Any]]:
    """Carrier services, those proposed for the order's shipping service first. Statements: 1."""
    rows = CarrierService.objects.filter(carrier__company_id=company_id, is_active=True, carrier__is_active=True)
    found = []
    for row in rows.select_related("carrier").order_by("pk"):
        names = [part.strip().upper() for part in row.order_services.split(",") if part.strip()]
        found.append({"id": row.pk, "name": str(row), "proposed": not names or wanted.strip().upper() in names})
    return sorted(found, key=lambda each: not each["proposed"])


def check_weight(box: Box | None, weight_g: int | None) -> None:
    """Raises InvalidInput where a parcel is heavier than its box may be, or lighter than the box alone."""
    if box is None or weight_g is None:
        return
    if box.max_weight_g is not None and weight_g > box.max_weight_g:
        raise InvalidInput(
            _("Box %(box)s carries %(most)s g: %(weight)s g are too heavy, take a stronger box or a second one.")
            % {"box": box.code, "most": box.max_weight_g, "weight": weight_g},
            errors=[{"field": "weight_g"}],
        )
    if weight_g < box.tare_g:
        raise InvalidInput(
            _("%(weight)s g is less than box %(box)s weighs empty: weigh it again.")
            % {"box": box.code, "weight": weight_g},
            errors=[{"field": "weight_g"}],
        )


def as_quantities(lines: Any) -> dict[int, Decimal]:
    """{line: units} as the page sends them. Raises InvalidInput."""
    try:
        return {int(key): Decimal(str(value)) for key, value in lines.items() if Decimal(str(value)) > 0}
    except (AttributeError, ValueError, ArithmeticError) as error:
        raise InvalidInput(_("What was scanned cannot be read: scan the parcel again.")) from error
