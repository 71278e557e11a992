"""What a channel changed of an order that we have: carried through quantities, prices, charges and address.

The channel's lines are compared with ours by their external ids (or what is on them: line_matching.py); lines that were
added here are left alone. Units that were cancelled by a refund still count as ordered there, and not here.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from accounting.models import Currency
from backoffice.core.actor import Actor
from integrations.services.codes import own_sku_ids
from integrations.services.line_matching import Matched, match_lines
from orders import services as order_services
from orders.errors import ChangeRefused
from orders.inputs import AddressInput, LineInput, OrderInput
from orders.models import Order, OrderCharge, OrderLine, OrderStatus
from orders.services import ChargeAddition, ChargeEdit, LineAddition, LineEdit, OrderEdit

ZERO = Decimal(0)
PLACE = ("name", "organisation", "line1", "line2", "city", "region", "postcode", "country", "phone")
ENDED = (OrderStatus.SHIPPED, OrderStatus.COMPLETED, OrderStatus.CANCELLED)


def carry_change(order_id: int, given: OrderInput, *, cancelled: Mapping[str, Decimal], actor: Actor) -> bool:
    """Make our order what the channel shows; whether anything differed. In the caller's transaction.

    cancelled: units by the channel's line that refunds took away. Where the rebuilt total is not the channel's to the
    cent, the order is held with the difference. Raises what change_order raises, and ChangeRefused for a new line whose
    SKU nobody knows, or (LinesUnclear) where lines without ids cannot be told apart.
    """
    order = Order.objects.select_related("shipping_address").get(pk=order_id)
    matched = match_lines(order, given.lines)
    if matched.names:
        order_services.name_lines(
            order_id,
            names=matched.names,
            company_id=order.company_id,
            actor=actor,
            reason=_("The channel's ids of lines that came without."),
        )
    edit = _edit(order, given, matched, cancelled)
    if edit is None:
        return False
    order_services.change_order(
        order_id,
        edit=edit,
        company_id=order.company_id,
        actor=actor,
        reason=_("Changed at the channel."),
        today=timezone.localdate(),
        may_price=True,
    )
    _hold_if_off(order_id, given, cancelled, actor)
    return True


def _edit(order: Order, given: OrderInput, matched: Matched, cancelled: Mapping[str, Decimal]) -> OrderEdit | None:
    """None where nothing differs. Statements: 1, 1 more with new lines."""
    lines: list[LineEdit] = []
    new: list[tuple[LineInput, Decimal]] = []
    for line, rows in matched.pairs:
        wanted = max(line.quantity - cancelled.get(line.external_id, ZERO), ZERO)
        if rows:
            lines += _line_edits(rows, line, wanted, whole=line.external_id not in cancelled)
        elif wanted:
            new.append((line, wanted))
    lines += [LineEdit(row.pk, row.shipped) for row in matched.gone if row.open_quantity > 0]
    own = own_sku_ids(
        company_id=order.company_id, codes=[line.channel_sku for line, _wanted in new if line.sku_id is None]
    )
    added = [_addition(line, wanted, line.sku_id or own.get(line.channel_sku)) for line, wanted in new]
    charges, more = _charge_edits(order, given)
    address = given.shipping_address if _moved(order, given.shipping_address) else None
    service = given.shipping_service if given.shipping_service not in ("", order.shipping_service) else None
    edit = OrderEdit(lines, added, charges, more, address, service)
    return edit if any((lines, added, charges, more, address, service)) else None


def _line_edits(rows: Sequence[OrderLine], line: LineInput, wanted: Decimal, *, whole: bool) -> list[LineEdit]:
    """rows: ours for the channel's line; several where more was wanted after a part had shipped."""
    kept = {row.pk: row.quantity - row.cancelled for row in rows}
    change = wanted - sum(kept.values(), ZERO)
    first = rows[0]
    fresh = len(rows) == 1 and not first.shipped and whole
    price = line.unit_price if fresh and line.unit_price != first.unit_price else None
    discount = line.discount if fresh and (line.discount != first.discount or (change and line.discount)) else None
    if change > 0:
        return [LineEdit(first.pk, kept[first.pk] + change, price, discount=discount)]
    edits = []
    for row in reversed(rows):
        less = min(-change, kept[row.pk])
        if less > 0:
            edits.append(LineEdit(row.pk, kept[row.pk] - less, price, discount=discount))
            change += less
    if not edits and (price is not None or discount is not None):
        edits.append(LineEdit(first.pk, None, price, discount=discount))
    return edits


def _addition(line: LineInput, quantity: Decimal, sku_id: int | None) -> LineAddition:
    if sku_id is None:
        raise ChangeRefused(
            _("The channel added “%(sku)s”, which nobody knows here: map it, then try again.")
            % {"sku": line.channel_sku},
            field="added.sku",
        )
    return LineAddition(
        sku_id, quantity, line.unit_price, line.description, line.discount, line.tax_rate, line.external_id,
        line.channel_sku,
    )  # fmt: skip


def _charge_edits(order: Order, given: OrderInput) -> tuple[list[ChargeEdit], list[ChargeAddition]]:
    """Charges by their kind: the first of a kind takes the difference. Statements: 1."""
    ours: dict[str, list[OrderCharge]] = defaultdict(list)
    for row in OrderCharge.objects.filter(order=order).order_by("position"):
        ours[row.kind].append(row)
    theirs: dict[str, Decimal] = defaultdict(Decimal)
    rates: dict[str, Decimal] = {}
    for charge in given.charges:
        theirs[charge.kind] += charge.quantity * charge.unit_price
        rates.setdefault(charge.kind, charge.tax_rate)
    edits, more = [], []
    for kind in sorted({*ours, *theirs}):
        rows = ours.get(kind, [])
        difference = theirs.get(kind, ZERO) - sum((row.amount for row in rows), ZERO)
        if not difference:
            continue
        if rows:
            amount = rows[0].amount + difference
            edits.append(ChargeEdit(rows[0].pk, amount or None))
        else:
            more.append(ChargeAddition(kind, difference, tax_rate=rates.get(kind)))
    return edits, more


def _moved(order: Order, address: AddressInput | None) -> bool:
    """Whether the channel ships elsewhere now; an address that was erased here is not told anew."""
    if address is None:
        return False
    if order.shipping_address is None:
        return True
    if order.shipping_address.erased_at is not None:
        return False
    return any(getattr(order.shipping_address, name) != getattr(address, name) for name in PLACE)


def _hold_if_off(order_id: int, given: OrderInput, cancelled: Mapping[str, Decimal], actor: Actor) -> None:
    if given.total is None or cancelled:
        return
    order = Order.objects.get(pk=order_id)
    difference = given.total - owed(order)
    if difference and order.status not in ENDED:
        order_services.place_hold(
            order_id,
            company_id=order.company_id,
            kind="total",
            reason=_("The channel's total is %(theirs)s, ours is %(ours)s.")
            % {"theirs": f"{given.total:f}", "ours": f"{owed(order):f}"},
            actor=actor,
        )


def owed(order: Order) -> Decimal:
    """What the buyer owes for what was not cancelled, to the currency's exponent. Statements: 3."""
    total = ZERO
    for line in OrderLine.objects.filter(order=order):
        gross = line.quantity * line.unit_price - line.discount + (ZERO if order.prices_include_tax else line.tax)
        total += gross * (line.quantity - line.cancelled) / line.quantity
    for charge in OrderCharge.objects.filter(order=order):
        total += charge.amount + (ZERO if order.prices_include_tax else charge.tax)
    exponent: int = Currency.objects.values_list("exponent", flat=True).get(code=order.currency)
    return total.quantize(Decimal(1).scaleb(-exponent), ROUND_HALF_UP)
