"""Trying again what was quarantined, after people have mapped or repaired."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from integrations.models import Connection, QuarantinedRow
from integrations.services.codes import sku_ids
from integrations.services.online_retail import Options, is_of_file, rerun_quarantine
from integrations.services.order_imports import import_orders
from integrations.services.quarantine import UNKNOWN_SKU, replay_messages
from inventory.models import Sku
from orders import services as order_services
from orders.models import Channel, Hold, HoldKind, OrderLine


@dataclass(frozen=True, slots=True)
class Replayed:
    """resolved: rows that became orders; still_open: those whose reason still holds."""

    resolved: int
    still_open: int


def replay_quarantined(*, row_ids: Sequence[int], actor: Actor, reason: str = "", at_once: bool = True) -> Replayed:
    """Map and release held orders whose SKUs are known by now, and import refused messages again.

    Lines of an imported file are booked again with their whole invoice. Not inside a transaction; at_once=False may be:
    refused messages are then due, and lines of files left as they are.
    """
    reason = reason or _("Tried again after mapping.")
    rows = list(QuarantinedRow.objects.filter(pk__in=row_ids, status="open").order_by("pk"))
    for row in rows:
        if row.code == UNKNOWN_SKU and row.order_id:
            _map_order(row, actor)
    again = [row for row in rows if not (row.code == UNKNOWN_SKU and row.order_id)]
    if replay_messages(again, actor=actor, reason=reason) and at_once:
        channels = {row.channel_id for row in again}
        for connection_id in Connection.objects.filter(channel_id__in=channels).values_list("pk", flat=True):
            import_orders(connection_id=connection_id, actor=actor)
    _rerun_lines([row for row in rows if at_once and is_of_file(row)], actor)
    still = QuarantinedRow.objects.filter(pk__in=[row.pk for row in rows], status="open").count()
    return Replayed(len(rows) - still, still)


def _rerun_lines(rows: Sequence[QuarantinedRow], actor: Actor) -> None:
    """All lines of the invoices of these rows: an order is never taken in part."""
    invoices: dict[int, set[str]] = defaultdict(set)
    for row in rows:
        invoices[row.channel_id].add(row.external_id)
    for channel in Channel.objects.filter(pk__in=invoices).select_related("company"):
        options = Options(channel=channel.code, company=channel.company.code)
        rerun_quarantine(options, actor=actor, progress=lambda *_now: None, invoices=invoices[channel.pk])


@transaction.atomic
def _map_order(row: QuarantinedRow, actor: Actor) -> None:
    """Give the order's unknown lines their SKUs, if all are known by now."""
    lines = list(OrderLine.objects.filter(order_id=row.order_id, sku__isnull=True).order_by("pk"))
    codes = [line.channel_sku for line in lines]
    found = sku_ids(channel_id=row.channel_id, codes=codes)
    own = Sku.objects.filter(company_id=row.company_id)
    for code in codes:
        if code not in found and (sku := own.filter(code__iexact=code).first()):
            found[code] = sku.pk
    if any(code not in found for code in codes):
        return
    if lines:
        mapped = order_services.map_lines(
            {line.pk: found[line.channel_sku] for line in lines}, company_id=row.company_id, actor=actor
        )
        _release(mapped, row.company_id, actor)
    QuarantinedRow.objects.filter(pk=row.pk).update(status="resolved")


def _release(order_ids: Sequence[int], company_id: int, actor: Actor) -> None:
    """What was held for its unknown SKUs alone goes on; a job maps, but only a person lets an order go."""
    if actor.user_id is None:
        return
    holds = Hold.objects.filter(order_id__in=order_ids, kind=HoldKind.MAPPING, released_at__isnull=True).order_by(
        "order_id"
    )
    for hold_id in list(holds.values_list("pk", flat=True)):
        order_services.release_hold(hold_id, company_id=company_id, actor=actor, reason=_("Its SKUs are mapped."))
