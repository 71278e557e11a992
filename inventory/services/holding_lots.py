"""A lot is blocked by one person, and its block is lifted by two."""

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.money import ZERO
from inventory.errors import HoldRefused, NotFound
from inventory.models import HoldCause, Lot, LotHold, StockQuant
from inventory.services.events import publish_stock_changed
from inventory.services.locking import lock_owned_levels
from inventory.services.lot_recalls import LotSetAside, set_free_aside

OBJECT = "inventory.lot"


@dataclass(frozen=True, slots=True)
class Held:
    """aside: what of the lot was set aside at once, and what stays where it is because it is claimed."""

    hold: LotHold
    aside: LotSetAside


@transaction.atomic(savepoint=False)
def hold_lot(
    lot_id: int, *, company_id: int, cause: str, reason: str, effective_at: datetime.datetime, actor: Actor
) -> Held:
    """Block a lot: what is free of it goes to quarantine, and nothing of it is claimed, picked or shipped any more.

    Units with serial numbers stay where they are. Raises NotFound, HoldRefused (no_reason, unknown_cause,
    already_held); nothing is written then. Statements: about 22, whatever the number of places.
    """
    _need(reason)
    if cause not in HoldCause.values:
        raise HoldRefused(_("Say why it is blocked: recall, quality, papers or other."), code="unknown_cause")
    lot = _locked(lot_id, company_id)
    if LotHold.objects.filter(lot=lot, lifted_at__isnull=True).exists():
        raise HoldRefused(_("Lot %(lot)s is blocked already.") % {"lot": lot}, code="already_held")
    hold = LotHold.objects.create(
        company_id=company_id, lot=lot, cause=cause, reason=reason.strip()[:300], made_by_label=actor.label
    )
    _log(hold, "blocked", "", cause, actor, reason)
    # Claims wait for the levels and see the block afterwards; those that were quicker are seen by what is free.
    levels = _levels(lot)
    lock_owned_levels(levels, company_id=company_id)
    publish_stock_changed({(sku, warehouse) for sku, warehouse, _owner in levels}, company_id=company_id)
    if lot.sku.serial_tracked:  # the block is enough: which units lie where is not known without scanning them
        return Held(hold, LotSetAside(ZERO, ZERO))
    aside = set_free_aside(
        lot.pk, sku_id=lot.sku_id, company_id=company_id, condition="quarantine", effective_at=effective_at,
        reason="lot_blocked", actor=actor,
    )  # fmt: skip
    return Held(hold, aside)


@transaction.atomic(savepoint=False)
def ask_to_lift(hold_id: int, *, company_id: int, reason: str, actor: Actor) -> LotHold:
    """One person says why the block may end. Raises NotFound, HoldRefused (no_reason, person_needed, lifted,
    already_asked); nothing is written then. Statements: 4."""
    _need(reason)
    hold = _open(hold_id, company_id)
    if hold.asked_by_id is not None:
        said = _("%(who)s has asked for it already: somebody else lifts it.") % {"who": hold.asked_by_label}
        raise HoldRefused(said, code="already_asked")
    hold.asked_by_id, hold.asked_by_label = _person(actor), actor.label
    hold.asked_reason = reason.strip()[:300]
    hold.save(update_fields=["asked_by", "asked_by_label", "asked_reason"])
    _log(hold, "lift_asked", "blocked", "asked", actor, reason)
    return hold


@transaction.atomic(savepoint=False)
def keep_hold(hold_id: int, *, company_id: int, reason: str, actor: Actor) -> LotHold:
    """The block stays: nobody asks to lift it any more. Raises NotFound, HoldRefused (no_reason, lifted, not_asked);
    nothing is written then. Statements: 4."""
    _need(reason)
    hold = _asked(hold_id, company_id)
    hold.asked_by_id, hold.asked_by_label, hold.asked_reason = None, "", ""
    hold.save(update_fields=["asked_by", "asked_by_label", "asked_reason"])
    _log(hold, "lift_refused", "asked", "blocked", actor, reason)
    return hold


@transaction.atomic(savepoint=False)
def lift_hold(hold_id: int, *, company_id: int, reason: str, actor: Actor) -> LotHold:
    """Another person ends the block. What lies in quarantine is put back on sale by hand, place by place.

    Raises NotFound, HoldRefused (no_reason, person_needed, lifted, not_asked, own_request: four eyes); nothing is
    written then. Statements: 7.
    """
    _need(reason)
    hold = _asked(hold_id, company_id)
    if hold.asked_by_id == _person(actor):
        raise HoldRefused(_("You asked for it: somebody else lifts the block."), code="own_request")
    hold.lifted_by_id, hold.lifted_by_label = actor.user_id, actor.label
    hold.lifted_reason, hold.lifted_at = reason.strip()[:300], Now()
    hold.save(update_fields=["lifted_by", "lifted_by_label", "lifted_reason", "lifted_at"])
    hold.refresh_from_db(fields=["lifted_at"])
    _log(hold, "lifted", "asked", "lifted", actor, reason)
    levels = _levels(hold.lot)
    publish_stock_changed({(sku, warehouse) for sku, warehouse, _owner in levels}, company_id=company_id)
    return hold


def _need(reason: str) -> None:
    if not reason.strip():
        raise HoldRefused(_("Say why."), code="no_reason", field="reason")


def _person(actor: Actor) -> int:
    if actor.user_id is None:
        raise HoldRefused(_("A person has to do this."), code="person_needed")
    return actor.user_id


def _locked(lot_id: int, company_id: int) -> Lot:
    lots = Lot.objects.select_related("sku").select_for_update(of=("self",), no_key=True)
    lot = lots.filter(company_id=company_id, pk=lot_id).first()
    if lot is None:
        raise NotFound(_("There is no such lot."), lot_id=lot_id)
    return lot


def _open(hold_id: int, company_id: int) -> LotHold:
    holds = LotHold.objects.select_for_update(of=("self",), no_key=True).select_related("lot")
    hold = holds.filter(company_id=company_id, pk=hold_id).first()
    if hold is None:
        raise NotFound(_("There is no such block."), hold_id=hold_id)
    if hold.lifted_at is not None:
        raise HoldRefused(_("The block of lot %(lot)s was lifted already.") % {"lot": hold.lot}, code="lifted")
    return hold


def _asked(hold_id: int, company_id: int) -> LotHold:
    hold = _open(hold_id, company_id)
    if hold.asked_by_id is None:
        raise HoldRefused(_("Nobody has asked to lift it."), code="not_asked")
    return hold


def _levels(lot: Lot) -> list[tuple[int, int, int | None]]:
    """(SKU, warehouse, owner) where the lot lies, in the house's order. Statements: 1."""
    rows = StockQuant.objects.filter(sku_id=lot.sku_id, lot=lot, quantity__gt=ZERO, location__warehouse__isnull=False)
    found = rows.values_list("sku_id", "location__warehouse_id", "owner_id").distinct()
    return sorted(found, key=lambda row: (row[0], row[1], row[2] or 0))


def _log(hold: LotHold, action: str, old: str, new: str, actor: Actor, reason: str) -> None:
    change = Change(OBJECT, hold.lot_id, action, "block", old, new, reason.strip()[:300], hold.company_id)
    record([change], actor=actor)
