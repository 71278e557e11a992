"""Walking a round: taking it, giving it back, choosing totes, picking for several orders with one scan."""

from typing import Any

from django.utils.translation import gettext as _

from backoffice.core.audit import Change, record
from orders.models import CancelRequest
from warehouse.errors import RoundRefused, ScanRefused
from warehouse.models import PickRound, PickTask
from warehouse.services.picking import PickResult
from warehouse.services.rounds import choose_tote, give_round_back, pick_together, take_round
from warehouse.services.scan.kinds.base import Kind, Scan, check_at, check_item, plain
from warehouse.services.scan.kinds.picking import SHORT_REASONS, lot_of, refusal_of

MOST = 200


def take(scan: Scan) -> dict[str, Any]:
    """body: round, over (take it over from another picker)."""
    found = _own(scan)
    try:
        take_round(found.pk, company_id=scan.company_id, actor=scan.actor, over=bool(scan.body.get("over")))
    except RoundRefused as refusal:
        raise ScanRefused(refusal.code, refusal.detail) from refusal
    return {"round": found.pk}


def give_back(scan: Scan) -> dict[str, Any]:
    """body: round. What is picked stays picked."""
    found = _own(scan)
    try:
        give_round_back(found.pk, company_id=scan.company_id, actor=scan.actor)
    except RoundRefused as refusal:
        raise ScanRefused(refusal.code, refusal.detail) from refusal
    return {"round": found.pk}


def tote(scan: Scan) -> dict[str, Any]:
    """body: round, list, tote (scanned)."""
    found = _own(scan)
    try:
        chosen = choose_tote(
            found.pk,
            pick_list_id=scan.key("list"),
            code=scan.text("tote"),
            company_id=scan.company_id,
            actor=scan.actor,
        )
    except RoundRefused as refusal:
        raise ScanRefused(refusal.code, refusal.detail, **refusal.context) from refusal
    return {"list": chosen.pick_list_id, "tote": chosen.location.code if chosen.location else ""}


def pick_many(scan: Scan) -> dict[str, Any]:
    """body: tasks (of one SKU, lot and bin), bin, code, quantity, lot, reason if short; tote where orders have their own."""
    tasks = _tasks(scan)
    first, quantity = tasks[0], scan.quantity()
    asked = CancelRequest.objects.filter(fulfilment_line__in=[task.fulfilment_line_id for task in tasks], status="open")
    if asked.exists():
        raise ScanRefused(
            "cancel_requested",
            _("One of these orders is being cancelled: leave them, or put what you took back into %(bin)s.")
            % {"bin": first.from_location.code},
        )
    check_at(scan.text("bin"), first.from_location.code)
    if quantity > 0:
        check_item(scan, first.sku)
        _check_tote(scan, tasks)
    wanted = sum(task.quantity for task in tasks)
    reason = scan.text("reason", empty=True)
    if quantity < wanted and reason not in SHORT_REASONS:
        raise ScanRefused("no_reason", _("Less than asked: say why."))
    results = pick_together(
        [task.pk for task in tasks],
        quantity=quantity,
        company_id=scan.company_id,
        effective_at=scan.effective_at,
        actor=scan.actor,
        device=scan.device,
        lot_id=lot_of(scan, first),
    )
    _check(tasks, results)
    return _said(scan, results, reason)


def _check(tasks: list[PickTask], results: list[PickResult]) -> None:
    """One that cannot be booked refuses all: what was taken is for all of them."""
    for task, result in zip(tasks, results, strict=True):
        if result.state in ("already", "refused"):
            raise refusal_of(task, result.code or "already")


def _said(scan: Scan, results: list[PickResult], reason: str) -> dict[str, Any]:
    short = [result for result in results if result.state == "short"]
    record(
        [
            Change(
                "warehouse.picktask", each.task_id, "short", new=plain(each.short), reason=reason,
                company_id=scan.company_id,
            )
            for each in short
        ],
        actor=scan.actor,
    )  # fmt: skip
    missing, again = (
        sum((getattr(each, name) for each in short), start=scan.quantity() * 0) for name in ("short", "again")
    )
    return {"tasks": [each.task_id for each in results], "short": plain(missing), "again": plain(again)}


def _own(scan: Scan) -> PickRound:
    found = PickRound.objects.filter(
        pk=scan.key("round"), company_id=scan.company_id, warehouse_id=scan.warehouse_id
    ).first()
    if found is None:
        raise ScanRefused("unknown_round", _("There is no such round in this warehouse: load the list again."))
    return found


def _tasks(scan: Scan) -> list[PickTask]:
    given = scan.body.get("tasks")
    if not isinstance(given, list) or not 0 < len(given) <= MOST or not all(isinstance(pk, int) for pk in given):
        raise ScanRefused("bad_field", _("“%(name)s” is missing or cannot be read: scan it again.") % {"name": "tasks"})
    rows = {
        task.pk: task
        for task in PickTask.objects.select_related("from_location", "to_location", "sku", "lot", "picked_by").filter(
            pk__in=given, pick_list__company_id=scan.company_id, pick_list__warehouse_id=scan.warehouse_id
        )
    }
    same = {(task.sku_id, task.lot_id, task.from_location_id) for task in rows.values()}
    if len(rows) < len(set(given)) or len(same) > 1:
        raise ScanRefused("unknown_task", _("This pick does not exist in this warehouse: load the list again."))
    return [rows[pk] for pk in dict.fromkeys(given)]


def _check_tote(scan: Scan, tasks: list[PickTask]) -> None:
    """On a cluster round each order's goods go into its own tote, and into no other."""
    if not any(task.round_id for task in tasks):
        return
    method = PickRound.objects.filter(pk=tasks[0].round_id).values_list("method", flat=True).first()
    if method != "cluster":
        return
    for task in tasks:
        if task.to_location.kind != "tote":
            raise ScanRefused("tote_needed", _("This order has no tote yet: scan an empty one for it first."))
        if scan.text("tote").upper() != task.to_location.code.upper():
            raise ScanRefused(
                "wrong_tote",
                _("Wrong tote: this goes into %(tote)s.") % {"tote": task.to_location.code},
                tote=task.to_location.code,
            )


KINDS = (
    Kind("take_round", "warehouse.change_pickround", take),
    Kind("give_back", "warehouse.change_pickround", give_back),
    Kind("tote", "warehouse.change_pickround", tote),
    Kind("pick_many", "warehouse.change_picktask", pick_many),
)
