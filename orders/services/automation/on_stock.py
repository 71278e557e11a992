"""What rules make of stock: orders to suppliers and transfers between warehouses."""

from collections.abc import Mapping
from decimal import Decimal

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.models import AlertKind, Proposal, ProposalStatus, StockAlert, StockLevel, StockQuant
from inventory.services import TransferDraft, TransferLineInput, create_transfers, order_proposals
from orders.models import OrderLine
from orders.services.automation.doing import ActionRefused, Doing, house_of

ZERO = Decimal(0)


def order_proposals_of(doing: Doing, *, bought: bool) -> str:
    """Proposals of the subject's goods become drafts of purchase orders, or of transfers."""
    open_ones = Proposal.objects.filter(
        company=doing.company_id, status=ProposalStatus.OPEN, source__isnull=bought, sku__in=_skus(doing)
    )
    ids = list(open_ones.order_by("pk").values_list("pk", flat=True))
    if not ids:
        raise ActionRefused(_("Nothing of these goods is proposed to be ordered now."))
    results = order_proposals(ids, company_id=doing.company_id, actor=doing.actor, ordered_at=timezone.now())
    made = sorted(
        {f"PO-{row.purchase_order_id:06d}" for row in results if row.purchase_order_id}
        | {f"TR-{row.transfer_id:06d}" for row in results if row.transfer_id}
    )
    refused = [row.detail for row in results if row.state == "refused"]
    if not made:
        raise ActionRefused(refused[0] if refused else _("Nothing could be ordered."))
    return ", ".join([*made, *refused])[:300]


def _skus(doing: Doing) -> list[int]:
    if doing.firing.order_id:
        lines = OrderLine.objects.filter(order=doing.firing.order_id, sku__isnull=False)
        return sorted(set(lines.values_list("sku_id", flat=True)))
    return list(StockAlert.objects.filter(pk=doing.firing.subject_id).values_list("sku_id", flat=True))


def move_goods(action: Mapping[str, str], doing: Doing) -> str:
    """A draft of a transfer of what is free of the alert's goods: of its lot where it has one. Statements: 10."""
    alert = StockAlert.objects.select_related("warehouse").get(pk=doing.firing.subject_id)
    house = house_of(action["warehouse"], doing)
    if alert.kind == AlertKind.LOW:
        raise ActionRefused(_("Stock is low there: nothing is taken away."))
    level = StockLevel.objects.filter(sku=alert.sku_id, warehouse=alert.warehouse_id, owner=None).first()
    free = level.available if level else ZERO
    if alert.lot_id:
        lies = StockQuant.objects.filter(
            sku=alert.sku_id, lot=alert.lot_id, location__warehouse=alert.warehouse_id, owner=None, quantity__gt=0
        )
        free = min(free, lies.aggregate(total=Sum("quantity"))["total"] or ZERO)
    if free <= 0:
        raise ActionRefused(_("Nothing of these goods is free there."))
    line = TransferLineInput(alert.sku_id, free, lot_id=alert.lot_id)
    draft = TransferDraft(alert.warehouse_id, house.pk, [line], note=doing.reason, source_key=f"rule:{doing.firing.pk}")
    [made] = create_transfers([draft], company_id=doing.company_id, actor=doing.actor)
    if made.state == "refused":
        raise ActionRefused(made.detail)
    return f"TR-{made.transfer_id:06d}"
