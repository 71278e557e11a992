"""What an editor asks of a placed order, and the checks before anything is written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from backoffice.core.errors import NotPermitted
from orders.errors import ChangeRefused, NotReady
from orders.inputs import AddressInput
from orders.models import CancelRequest, Order, OrderLine, OrderStatus
from orders.services.changing.charges import ChargeAddition, ChargeEdit
from orders.services.changing.parcels import Parcels

ZERO = Decimal(0)
EDITABLE = (OrderStatus.PLACED, OrderStatus.RELEASED, OrderStatus.PARTLY_SHIPPED)


@dataclass(frozen=True, slots=True)
class LineEdit:
    """quantity: what the buyer is to get of the line in all, what has shipped included; 0 removes it.

    swap_to: another SKU for all that has not shipped; the price stays unless one is given. discount: on the whole line.
    """

    line_id: int
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    swap_to: int | None = None
    discount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LineAddition:
    """A new line. unit_price None: what the SKU costs this buyer. tax_rate None: the channel's of the day.

    external_id, channel_sku: as the channel calls it, where the channel added it.
    """

    sku_id: int
    quantity: Decimal
    unit_price: Decimal | None = None
    description: str = ""
    discount: Decimal = ZERO
    tax_rate: Decimal | None = None
    external_id: str = ""
    channel_sku: str = ""


@dataclass(frozen=True, slots=True)
class OrderEdit:
    """An edit of one order; what is None or empty stays as it is."""

    lines: Sequence[LineEdit] = ()
    added: Sequence[LineAddition] = ()
    charges: Sequence[ChargeEdit] = ()
    added_charges: Sequence[ChargeAddition] = ()
    shipping_address: AddressInput | None = None
    shipping_service: str | None = None
    promise_date: date | None = None
    note: str | None = None

    @property
    def readdresses(self) -> bool:
        """It changes what stands on the parcel."""
        return self.shipping_address is not None or self.shipping_service is not None


@dataclass(slots=True)
class Plan:
    """An edit, resolved against the locked order: quantities that fall by line, that rise, new lines, prices."""

    lower: dict[int, Decimal] = field(default_factory=dict)
    higher: dict[int, Decimal] = field(default_factory=dict)
    prices: dict[int, Decimal] = field(default_factory=dict)
    discounts: dict[int, Decimal] = field(default_factory=dict)
    added: list[LineAddition] = field(default_factory=list)
    swapped: set[int] = field(default_factory=set)


def plan_edit(
    order: Order, lines: Mapping[int, OrderLine], edit: OrderEdit, parcels: Parcels, *, may_price: bool
) -> Plan:
    """What has to be done. Raises NotReady, NotPermitted, ChangeRefused (naming field, line and remedy)."""
    if order.status not in EDITABLE:
        raise NotReady(
            _("An order that is %(status)s cannot be changed.") % {"status": order.get_status_display()},
            order_id=order.pk,
            status=order.status,
        )
    plan = Plan()
    if len({item.line_id for item in edit.lines}) < len(edit.lines):
        raise _refusal("lines", _("A line is changed twice."))
    for item in edit.lines:
        line = lines.get(item.line_id)
        if line is None:
            raise _refusal("lines", _("There is no line %(id)s in this order.") % {"id": item.line_id})
        _plan_line(plan, line, item, may_price=may_price)
    for addition in edit.added:
        if addition.quantity <= 0:
            raise _refusal("added.quantity", _("The quantity of a new line must be above zero."))
        if addition.unit_price is not None and not may_price:
            raise NotPermitted(_("You may not set prices; leave the price empty to take the usual one."))
        plan.added.append(addition)
    if edit.readdresses:
        parcels.check(order)
    return plan


def _plan_line(plan: Plan, line: OrderLine, item: LineEdit, *, may_price: bool) -> None:
    kept = line.quantity - line.cancelled
    wanted = kept if item.quantity is None else item.quantity
    if wanted < line.shipped:
        raise _refusal(
            "quantity",
            _("Line %(line)s: %(shipped)s have shipped already; take goods back with a return instead.")
            % {"line": line.position, "shipped": f"{line.shipped.normalize():f}"},
            line,
        )
    if item.unit_price is not None and item.unit_price != line.unit_price and item.swap_to is None:
        _check_price(line, item.unit_price, item.discount, may_price=may_price)
        plan.prices[line.pk] = item.unit_price
    if item.discount is not None and item.discount != line.discount:
        _check_discount(line, item, may_price=may_price)
        plan.discounts[line.pk] = item.discount
    if item.swap_to is not None and item.swap_to != line.sku_id:
        _plan_swap(plan, line, item, wanted, may_price=may_price)
    elif wanted < kept:
        plan.lower[line.pk] = kept - wanted
    elif wanted > kept and (line.shipped or line.demand_id is None):
        if line.sku_id is None:
            raise _refusal("quantity", _("Line %(line)s has no SKU yet; map it first.") % {"line": line.position}, line)
        plan.added.append(_more_of(line, wanted - kept))
    elif wanted > kept:
        plan.higher[line.pk] = wanted - kept


def _plan_swap(plan: Plan, line: OrderLine, item: LineEdit, wanted: Decimal, *, may_price: bool) -> None:
    if wanted == line.shipped or line.open_quantity <= 0:
        raise _refusal("swap_to", _("Nothing of line %(line)s is left to be swapped.") % {"line": line.position}, line)
    if item.unit_price is not None and not may_price:
        raise NotPermitted(_("You may not set prices; leave the price empty to take the usual one."))
    plan.lower[line.pk] = line.open_quantity
    plan.swapped.add(line.pk)
    share = (wanted - line.shipped) / line.quantity
    plan.added.append(
        LineAddition(
            item.swap_to or 0,
            wanted - line.shipped,
            line.unit_price if item.unit_price is None else item.unit_price,
            discount=(line.discount * share).quantize(Decimal("0.01")),
            tax_rate=line.tax_rate,
        )
    )


def _more_of(line: OrderLine, quantity: Decimal) -> LineAddition:
    """More of a line that has shipped in part is a line of its own: what was billed stays as it was billed."""
    return LineAddition(
        line.sku_id or 0,
        quantity,
        line.unit_price,
        description=line.description,
        tax_rate=line.tax_rate,
        external_id=line.external_id,
        channel_sku=line.channel_sku,
    )


def _check_discount(line: OrderLine, item: LineEdit, *, may_price: bool) -> None:
    price = line.unit_price if item.unit_price is None else item.unit_price
    if not may_price:
        raise NotPermitted(_("You may not change discounts of orders."))
    if item.swap_to is not None:
        raise _refusal(
            "discount", _("Line %(line)s is swapped: its discount goes along.") % {"line": line.position}, line
        )
    if line.shipped:
        raise _refusal(
            "discount",
            _("Line %(line)s has shipped and is billed; give a credit instead of a discount.")
            % {"line": line.position},
            line,
        )
    if item.discount is None or item.discount < 0 or item.discount > price * (line.quantity - line.cancelled):
        raise _refusal(
            "discount", _("Line %(line)s: the discount is more than the line's price.") % {"line": line.position}, line
        )


def _check_price(line: OrderLine, price: Decimal, discount: Decimal | None, *, may_price: bool) -> None:
    if not may_price:
        raise NotPermitted(_("You may not change prices of orders."))
    if line.shipped:
        raise _refusal(
            "unit_price",
            _("Line %(line)s has shipped and is billed; give a credit instead of another price.")
            % {"line": line.position},
            line,
        )
    if price < 0 or (price * line.quantity < line.discount and discount is None):
        raise _refusal(
            "unit_price", _("Line %(line)s: the price is below its discount.") % {"line": line.position}, line
        )


def check_swaps(requests: Iterable[CancelRequest], plan: Plan) -> None:
    """A swap waits for nobody: what is being picked is refused, for both articles might leave."""
    for request in requests:
        if request.order_line_id in plan.swapped:
            raise ChangeRefused(
                _("Fulfilment FO-%(id)06d is being picked: the article cannot be swapped any more.")
                % {"id": request.fulfilment_id},
                field="swap_to",
                line_id=request.order_line_id,
                fulfilment_id=request.fulfilment_id,
                code="being_picked",
            )


def _refusal(name: str, detail: str, line: OrderLine | None = None) -> ChangeRefused:
    more = {"line_id": line.pk, "position": line.position} if line is not None else {}
    return ChangeRefused(detail, field=name, **more)
