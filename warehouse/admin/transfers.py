"""Working a transfer in the browser: its goods leave one warehouse and arrive in the other, typed or scanned."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.core.actor import Actor
from backoffice.core.admin.pages import posted_quantity, render_page, require, run_action
from backoffice.core.errors import InvalidInput
from backoffice.core.money import ZERO
from backoffice.core.scopes import offered
from inventory import services
from inventory.models import Barcode, Location, Transfer, TransferLine
from inventory.selectors import standard_places
from inventory.states import TRANSFER_ARRIVES, TRANSFER_SHIPS
from warehouse.admin.receiving_rows import posted_serials

SHIP, RECEIVE = "warehouse.change_picklist", "warehouse.add_receipt"
MAX_SCANS = 5_000


def waiting_transfers() -> list[tuple[Any, str, Any]]:
    """What the queue shows: (heading, view, transfers) to be shipped and to be received, oldest first. Statements: 2."""
    rows = offered(Transfer.objects.select_related("source", "target")).order_by("id")
    return [
        (_("Transfers to ship"), "admin:warehouse_transfer_ship", rows.filter(status__in=TRANSFER_SHIPS)[:100]),
        (_("Transfers to receive"), "admin:warehouse_transfer_receive", rows.filter(status__in=TRANSFER_ARRIVES)[:100]),
    ]


def ship_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Goods leave: quantities line by line, or scanned one by one."""
    transfer, lines = _transfer(request, pk, SHIP)
    if request.method == "POST":
        return run_action(
            request, lambda actor: _ship(request, transfer, lines, actor), back=_back(pk), permission=SHIP
        )
    return _page(request, transfer, [(line, line.to_ship) for line in lines if line.to_ship > 0], "ship", [])


def receive_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Goods arrive: what is short stays in transit."""
    transfer, lines = _transfer(request, pk, RECEIVE)
    if request.method == "POST":
        return run_action(
            request, lambda actor: _receive(request, transfer, lines, actor), back=_back(pk), permission=RECEIVE
        )
    places = offered(
        Location.objects.filter(warehouse=transfer.target, kind__in=["bin", "dock", "quarantine"], is_active=True)
    ).order_by("-kind", "pick_sequence", "code")[:500]
    return _page(
        request, transfer, [(line, line.in_transit) for line in lines if line.in_transit > 0], "receive", places
    )


def _transfer(request: HttpRequest, pk: int, permission: str) -> tuple[Transfer, list[TransferLine]]:
    require(request, permission)
    transfer = get_object_or_404(Transfer.objects.select_related("source", "target"), pk=pk)
    return transfer, list(transfer.lines.select_related("sku", "lot").order_by("position"))


def _page(request: HttpRequest, transfer: Transfer, lines: Any, what: str, places: Any) -> HttpResponse:
    dock = standard_places(transfer.target_id).get("dock") if what == "receive" else None
    title = _("Ship the goods") if what == "ship" else _("Receive the goods")
    return render_page(
        request,
        admin.site,
        "warehouse/transfer_work.html",
        title=title,
        transfer=transfer,
        lines=lines,
        what=what,
        places=places,
        dock=dock,
    )


def _quantities(
    request: HttpRequest, lines: Sequence[TransferLine], open_of: Any
) -> list[tuple[TransferLine, Decimal]]:
    """What was scanned, or else typed, line by line. Raises InvalidInput for what is on no line."""
    scans = request.POST.get("scans", "").split()
    if scans:
        return _scanned(scans, lines, open_of)
    typed = [(line, posted_quantity(request, f"line-{line.pk}", line.sku.code, ZERO)) for line in lines]
    return [(line, quantity) for line, quantity in typed if quantity]


def _scanned(scans: Sequence[str], lines: Sequence[TransferLine], open_of: Any) -> list[tuple[TransferLine, Decimal]]:
    """Each scan counts its barcode's pack; of an SKU on several lines the first that is open is filled first."""
    if len(scans) > MAX_SCANS:
        raise InvalidInput(gettext("At most %(count)s scans at once.") % {"count": MAX_SCANS})
    skus = {line.sku_id for line in lines}
    packs = {
        code: (sku, pack)
        for code, sku, pack in Barcode.objects.filter(code__in=set(scans), sku__in=skus).values_list(
            "code", "sku_id", "pack_quantity"
        )
    }
    packs |= {line.sku.code: (line.sku_id, Decimal(1)) for line in lines if line.sku.code not in packs}
    counted: defaultdict[int, Decimal] = defaultdict(Decimal)
    for scan in scans:
        if scan not in packs:
            raise InvalidInput(gettext("“%(code)s” is on no line of this transfer.") % {"code": scan[:60]})
        counted[packs[scan][0]] += packs[scan][1]
    parts = []
    for number, line in enumerate(lines):
        last = all(other.sku_id != line.sku_id for other in lines[number + 1 :])
        part = counted[line.sku_id] if last else min(counted[line.sku_id], open_of(line))
        counted[line.sku_id] -= part
        parts.append((line, part))
    return [(line, part) for line, part in parts if part]


def _ship(request: HttpRequest, transfer: Transfer, lines: Sequence[TransferLine], actor: Actor) -> str:
    parts = _quantities(request, lines, lambda line: line.to_ship)
    services.ship_transfer(
        transfer.pk,
        parts=[
            services.ShippedPart(line.pk, quantity, serials=posted_serials(request, f"serials-{line.pk}"))
            for line, quantity in parts
        ],
        company_id=transfer.company_id,
        effective_at=timezone.now(),
        actor=actor,
        carrier=request.POST.get("carrier", "").strip()[:60],
        tracking_number=request.POST.get("tracking_number", "").strip()[:80],
    )
    return gettext("The goods are in transit.")


def _receive(request: HttpRequest, transfer: Transfer, lines: Sequence[TransferLine], actor: Actor) -> str:
    place = request.POST.get("location", "")
    if not place.isdecimal() or len(place) > 18:
        raise InvalidInput(gettext("Choose where the goods are put."))
    parts = _quantities(request, lines, lambda line: line.in_transit)
    services.receive_transfer(
        transfer.pk,
        parts=[
            services.ReceivedPart(line.pk, quantity, int(place), serials=posted_serials(request, f"serials-{line.pk}"))
            for line, quantity in parts
        ],
        company_id=transfer.company_id,
        effective_at=timezone.now(),
        actor=actor,
    )
    return gettext("Received into stock.")


def _back(pk: int) -> str:
    return reverse("admin:inventory_transfer_change", args=[pk])
