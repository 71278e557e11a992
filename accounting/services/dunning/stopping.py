"""Customers and items that are not reminded."""

import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.errors import DunningRefused, NotFound
from accounting.models import DunningStop, OpenItem, Party, StopKind
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.db import database_now

OBJECT = "accounting.dunningstop"


@transaction.atomic(savepoint=False)
def stop_dunning(
    *,
    company_id: int,
    party_id: int,
    reason: str,
    actor: Actor,
    open_item_id: int | None = None,
    kind: str = StopKind.STOP,
    until: datetime.date | None = None,
) -> DunningStop:
    """Remind a customer, or of one item, no more. Raises NotFound, DunningRefused (no_reason, stopped_before)."""
    if not reason.strip():
        raise DunningRefused(_("Say why: the reason is kept with the change."), code="no_reason", field="reason")
    if not Party.objects.filter(pk=party_id, company_id=company_id).exists():
        raise NotFound(_("There is no such customer."), party_id=party_id)
    items = OpenItem.objects.filter(pk=open_item_id, company_id=company_id, party_id=party_id)
    if open_item_id is not None and not items.exists():
        raise NotFound(_("There is no open item %(id)s in this company.") % {"id": open_item_id}, item_id=open_item_id)
    made, fresh = DunningStop.objects.get_or_create(
        party_id=party_id,
        open_item_id=open_item_id,
        ended_at=None,
        defaults={"company_id": company_id, "kind": kind, "reason": reason.strip()[:300], "until": until,
                  "created_label": actor.label},
    )  # fmt: skip
    if not fresh:
        raise DunningRefused(_("It is stopped already: %(why)s") % {"why": made.reason}, code="stopped_before")
    audit.record([audit.Change(OBJECT, made.pk, "stopped", "", "", kind, made.reason, company_id)], actor=actor)
    return made


@transaction.atomic(savepoint=False)
def end_stop(stop_id: int, *, company_id: int, actor: Actor) -> DunningStop:
    """Remind again. Raises NotFound, DunningRefused (ended_before)."""
    rows = DunningStop.objects.select_for_update(of=("self",), no_key=True)
    found = rows.filter(pk=stop_id, company_id=company_id).first()
    if found is None:
        raise NotFound(_("There is no such stop."), stop_id=stop_id)
    if found.ended_at is not None:
        raise DunningRefused(_("It was ended before."), code="ended_before")
    found.ended_at, found.ended_label = database_now(), actor.label
    found.save(update_fields=["ended_at", "ended_label"])
    audit.record([audit.Change(OBJECT, found.pk, "ended", company_id=company_id)], actor=actor)
    return found
