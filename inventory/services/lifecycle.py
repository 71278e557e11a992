"""A SKU's life: its fields; draft, active, phasing out, discontinued, and what each forbids."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.states import check_transition
from inventory.errors import NotFound
from inventory.models import Sku, SkuStatus
from inventory.services.events import publish_release_dates_moved
from inventory.services.rows import change_row
from inventory.states import SKU


@transaction.atomic(savepoint=False)
def change_sku(sku: Sku, *, values: Mapping[str, Any], company_id: int, actor: Actor, reason: str = "") -> Sku:
    """Set fields of a SKU that the caller has locked, as change_row does.

    Another release date is told to whoever has promised it (topic ReleaseDateMoved). Statements: 3 at most.
    """
    before = sku.release_date
    change_row(sku, values=values, company_id=company_id, actor=actor, reason=reason)
    if sku.release_date != before:
        publish_release_dates_moved([sku.pk], company_id=company_id)
    return sku


@transaction.atomic(savepoint=False)
def change_sku_status(
    sku_ids: Sequence[int], *, status: str, company_id: int, actor: Actor, reason: str = ""
) -> list[int]:
    """Move SKUs to a status; those that have it already stay as they are. The ids that were changed.

    Raises NotFound, IllegalTransition; nothing is written. Statements: 3.
    """
    locked = Sku.objects.select_for_update(of=("self",), no_key=True).filter(company_id=company_id, pk__in=sku_ids)
    skus = list(locked.order_by("pk"))
    if len(skus) < len(set(sku_ids)):
        raise NotFound(_("There is no such SKU."), sku_id=min(set(sku_ids) - {sku.pk for sku in skus}))
    moved = [sku for sku in skus if sku.status != status]
    for sku in moved:
        check_transition(SKU, "SKU", sku.status, status)
    changes = [
        audit.Change("inventory.sku", sku.pk, "status", "status", sku.status, status, reason, company_id)
        for sku in moved
    ]
    Sku.objects.filter(pk__in=[sku.pk for sku in moved]).update(status=SkuStatus(status))
    audit.record(changes, actor=actor)
    return [sku.pk for sku in moved]
