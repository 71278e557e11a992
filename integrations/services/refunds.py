"""Refunds that a channel gave: each taken over once, in a transaction of its own.

What had not left is cancelled; what had is credited, with goods expected back where the channel expects them. The money
goes out of the payments that the channel told of. What cannot be (more than was paid, more than was shipped) is kept
with its reason for a person, and tried again when the order comes again.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import DomainError
from integrations.connectors.changes import ChannelRefund
from integrations.models import Connection, ImportedRefund, RefundState
from orders import services as order_services
from orders.errors import ChangeRefused
from orders.models import Order, OrderCharge, OrderLine, OrderPayment, ReturnOrder, ReturnStatus
from orders.selectors.returnable import charges_left, returnable_lines
from orders.services import ChargeEdit, ChargeRefund, OrderEdit, ReturnInput

ZERO, SIXTH = Decimal(0), Decimal("0.000001")


def missing(connection_id: int, refunds: Sequence[ChannelRefund]) -> list[ChannelRefund]:
    """Those with money moved that were not taken over yet. Statements: 1, or 0."""
    settled = [refund for refund in refunds if refund.settled]
    if not settled:
        return []
    known = set(
        ImportedRefund.objects.filter(
            connection_id=connection_id,
            external_id__in=[refund.external_id for refund in settled],
            state=RefundState.APPLIED,
        ).values_list("external_id", flat=True)
    )
    return [refund for refund in settled if refund.external_id not in known]


def cancelled_by_refunds(connection_id: int, order_id: int) -> dict[str, Decimal]:
    """Units by the channel's line that refunds took away so far. Statements: 1."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    rows = ImportedRefund.objects.filter(connection_id=connection_id, order_id=order_id, state=RefundState.APPLIED)
    for cancelled in rows.values_list("cancelled", flat=True):
        for line, quantity in cancelled.items():
            found[line] += Decimal(quantity)
    return dict(found)


def take_refund(connection: Connection, order_id: int, refund: ChannelRefund, *, actor: Actor) -> ImportedRefund:
    """Carry a refund through, or say why not. Not inside a transaction."""
    try:
        with transaction.atomic():
            return _applied(connection, order_id, refund, actor)
    except DomainError as error:
        with transaction.atomic():
            return _record(
                connection, order_id, refund, state=RefundState.REFUSED, code=error.code[:60], detail=error.detail[:300]
            )


def _record(connection: Connection, order_id: int, refund: ChannelRefund, **values: object) -> ImportedRefund:
    currency = Order.objects.values_list("currency", flat=True).get(pk=order_id)
    fixed = {
        "company_id": connection.company_id, "order_id": order_id, "total": max(refund.total, ZERO), "currency": currency,
        "refunded_at": refund.refunded_at,
    }  # fmt: skip
    row, made = ImportedRefund.objects.get_or_create(
        connection=connection, external_id=refund.external_id[:120], defaults=fixed | values
    )
    if not made:
        for name, value in values.items():
            setattr(row, name, value)
        row.save(update_fields=list(values))
    return row


@dataclass(slots=True)
class _Split:
    """A refund's units by what becomes of them, by our line. kept: (quantity, net) credited without goods."""

    cancel: dict[int, Decimal] = field(default_factory=dict)
    kept: dict[int, tuple[Decimal, Decimal]] = field(default_factory=dict)
    back: dict[int, Decimal] = field(default_factory=dict)
    by_channel: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    goods: Decimal = ZERO  # of what was refunded for lines, tax included


def _applied(connection: Connection, order_id: int, refund: ChannelRefund, actor: Actor) -> ImportedRefund:
    order = Order.objects.get(pk=order_id)
    company_id, reason = connection.company_id, refund.reason or _("Refunded at the channel.")
    split = _split(order_id, refund)
    if split.cancel:
        order_services.cancel_order(
            order_id, company_id=company_id, actor=actor, reason=reason, lines=split.cancel, ask=True
        )
    shipping = _shipping(order, refund, split, reason, actor)
    rest = refund.total - split.goods - refund.shipping - refund.shipping_tax
    allowances = _allowances(order_id, rest, split) if rest > 0 else []
    lines = [
        ReturnInput(pk, quantity, (net / quantity).quantize(SIXTH, ROUND_HALF_UP))
        for pk, (quantity, net) in split.kept.items()
    ]
    note = None
    if lines or shipping or allowances:
        note = order_services.request_return(
            order_id, company_id=company_id, lines=[*lines, *allowances], reason=reason[:120], requested_at=refund.refunded_at,
            actor=actor, goods=False, charges=shipping, fee=False,
        )  # fmt: skip
        order_services.approve_returns([note], company_id=company_id, actor=actor, reason=reason)
    if split.back:
        expected = [ReturnInput(pk, quantity) for pk, quantity in split.back.items()]
        coming = order_services.request_return(
            order_id, company_id=company_id, lines=expected, reason=reason[:120], requested_at=refund.refunded_at,
            actor=actor, refund=False, charges=[], fee=False,
        )  # fmt: skip
        _approve(coming, company_id, actor, reason)
    row = _record(
        connection, order_id, refund, state=RefundState.APPLIED, code="", detail="", return_order_id=note,
        cancelled={line: f"{quantity:f}" for line, quantity in split.by_channel.items()},
    )  # fmt: skip
    if note is not None:
        order_services.resolve_returns([note], company_id=company_id, effective_at=refund.refunded_at, actor=actor)
    if refund.total and OrderPayment.objects.filter(order_id=order_id).exists():
        order_services.refund_order(
            order_id, amount=refund.total, company_id=company_id, source_key=f"channel-{refund.external_id}"[:100],
            effective_at=refund.refunded_at, actor=actor, reason=reason,
        )  # fmt: skip
    return row


def _approve(return_id: int, company_id: int, actor: Actor, reason: str) -> None:
    """A channel within whose limits it falls has approved it already."""
    if ReturnOrder.objects.filter(pk=return_id, status=ReturnStatus.REQUESTED, outside_window=False).exists():
        order_services.approve_returns([return_id], company_id=company_id, actor=actor, reason=reason)


def _split(order_id: int, refund: ChannelRefund) -> _Split:
    """Raises ChangeRefused for a line that the order does not have, or for more units than it has."""
    ours: dict[str, list[OrderLine]] = defaultdict(list)
    for line in OrderLine.objects.filter(order_id=order_id).exclude(external_id="").order_by("position"):
        ours[line.external_id].append(line)
    split = _Split()
    for given in refund.lines:
        split.goods += given.net + given.tax
        if given.back == "gone":
            continue
        left = given.quantity
        for row in ours.get(given.external_id, ()):
            unit_net = given.net / given.quantity if given.quantity else ZERO
            if given.back != "money" and (given.back in ("cancelled", "unknown") or not row.shipped):
                taken = min(left, row.open_quantity)
                if taken > 0:
                    split.cancel[row.pk] = taken
                    split.by_channel[given.external_id] += taken
                    left -= taken
            taken = min(left, row.shipped)
            if taken > 0:
                split.kept[row.pk] = (taken, unit_net * taken)
                if given.back == "returns":
                    split.back[row.pk] = taken
                left -= taken
        if left > 0 and given.back == "money":
            raise ChangeRefused(
                _("The channel gave money back for %(quantity)s of line %(line)s that neither left nor was cancelled.")
                % {"quantity": f"{left.normalize():f}", "line": given.external_id},
                field="refund",
            )
        if left > 0:
            raise ChangeRefused(
                _("The channel refunded %(quantity)s more of line %(line)s than the order has.")
                % {"quantity": f"{left.normalize():f}", "line": given.external_id},
                field="refund",
            )
    return split


def _shipping(order: Order, refund: ChannelRefund, split: _Split, reason: str, actor: Actor) -> list[ChargeRefund]:
    """What of billed charges is credited; a charge that is not billed yet is lowered instead."""
    if not refund.shipping:
        return []
    left = refund.shipping
    if order.prices_include_tax:
        left += refund.shipping_tax
    found = []
    net = refund.shipping
    for charge in charges_left(order.pk):
        amount = min(net, charge.net_left)
        if amount > 0 and charge.kind == "shipping":
            found.append(ChargeRefund(charge.charge_id, amount))
            net -= amount
    if (
        found
        or order.status == "cancelled"
        or Order.objects.values_list("status", flat=True).get(pk=order.pk) == "cancelled"
    ):
        return found
    charge_row = OrderCharge.objects.filter(order=order, kind="shipping", billed=False).order_by("position").first()
    if charge_row is None or charge_row.amount < left:
        raise ChangeRefused(_("The channel refunded more shipping than the order has."), field="refund")
    edit = OrderEdit(charges=[ChargeEdit(charge_row.pk, (charge_row.amount - left) or None)])
    order_services.change_order(
        order.pk,
        edit=edit,
        company_id=order.company_id,
        actor=actor,
        reason=reason,
        today=timezone.localdate(),
        may_price=True,
    )
    return []


def _allowances(order_id: int, amount: Decimal, split: _Split) -> list[ReturnInput]:
    """Money without goods lies on the shipped line with the most left. Raises ChangeRefused where nothing has shipped."""
    lines = [line for pk, line in returnable_lines([order_id]).items() if pk not in split.kept and line.net_left > 0]
    line = max(lines, key=lambda found: found.net_left, default=None)
    if line is None or line.net_left + line.tax_left < amount:
        raise ChangeRefused(
            _("The channel gave %(amount)s back for no goods: say here what it is for.") % {"amount": f"{amount:f}"},
            field="refund",
        )
    share = line.net_left / (line.net_left + line.tax_left)
    quantum = Decimal(1).scaleb(-line.exponent)
    net = (amount * share).quantize(quantum, ROUND_HALF_UP)
    return [ReturnInput(line.order_line_id, Decimal(1), net)]
