"""One edit of an order on its way, in memory: what it writes, and what it tells of it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backoffice.core import outbox
from backoffice.core.actor import Actor
from backoffice.core.audit import Change
from backoffice.core.money import round_money
from inventory.models import Sku
from orders.changes import Delta, LineMoney, delta, edited, total_of
from orders.errors import ChangeRefused
from orders.models import Order, OrderCharge, OrderLine, OrderRevision
from orders.services.changing.charges import ChargePlan, ChargeWork, change_charges
from orders.services.changing.edits import LineAddition, OrderEdit, Plan
from orders.services.changing.rounding import DocumentRounding
from orders.services.changing.snapshots import plain, snapshot
from orders.services.changing.taxes import Asked
from orders.taxing import ItemTax, TaxItem

ZERO = Decimal(0)


class Edit:
    """A locked order, its lines and charges as they were, and what becomes of them."""

    def __init__(
        self,
        order: Order,
        lines: Mapping[int, OrderLine],
        charges: Mapping[int, OrderCharge],
        *,
        edit: OrderEdit,
        plan: Plan,
        billing: ChargePlan,
        exponent: int,
    ) -> None:
        self.order, self.lines, self.charges = order, lines, charges
        self.edit, self.plan, self.billing, self.exponent = edit, plan, billing, exponent
        self.before = snapshot(order, lines, charges)
        self.total_before = order.total
        self.rounding = DocumentRounding(order, lines, charges, exponent)
        self.deltas: list[Delta] = []
        self.changes: list[tuple[str, str, str]] = []
        self.address_before: int | None = None

    def tell(self, field: str, old: Any, new: Any) -> None:
        self.changes.append((field, plain(old), plain(new)))

    def take(self, deltas: Sequence[Delta], told: Sequence[tuple[str, Any, Any]] = ()) -> None:
        """What its totals rise by, and what its trail says of it."""
        self.deltas += deltas
        for field, old, new in told:
            self.tell(field, old, new)

    def asks(self, items: Sequence[TaxItem]) -> Asked:
        return Asked(self.order, items, self.exponent, self.edit.shipping_address)

    def changed_lines(self) -> list[tuple[int, LineMoney]]:
        """Quantities that rise, and prices; what falls is told here and cancelled later."""
        touched: list[tuple[int, LineMoney]] = []
        for line in self.lines.values():
            more = self.plan.higher.get(line.pk, ZERO)
            price = self.plan.prices.get(line.pk, line.unit_price)
            discount = self.plan.discounts.get(line.pk)
            if not more and price == line.unit_price and discount is None:
                continue
            before = LineMoney(line.quantity, line.unit_price, line.discount, line.tax, line.tax_rate)
            after = edited(
                before,
                quantity=line.quantity + more,
                unit_price=price,
                inclusive=self.order.prices_include_tax,
                exponent=self.exponent,
                discount=discount,
            )
            name = _("line %(position)s") % {"position": line.position}
            if more:
                kept = line.quantity - line.cancelled
                self.tell(f"{name}: {_('quantity')}", kept, kept + more)
            if price != line.unit_price:
                self.tell(f"{name}: {_('price')}", line.unit_price, price)
            if discount is not None:
                self.tell(f"{name}: {_('discount')}", line.discount, discount)
            self.deltas.append(delta(before, after))
            touched.append((line.pk, after))
        for line_id, quantity in self.plan.lower.items():
            line = self.lines[line_id]
            kept = line.quantity - line.cancelled
            self.tell(f"{_('line %(position)s') % {'position': line.position}}: {_('quantity')}", kept, kept - quantity)
        return touched

    def new_charges(self) -> Asked:
        return self.asks([TaxItem(new.amount, kind=new.kind, rate=new.tax_rate) for new in self.billing.added])

    def changed_charges(self, taxes: Sequence[ItemTax]) -> ChargeWork:
        work = change_charges(self.billing, self.charges, self.order, taxes=taxes, exponent=self.exponent)
        self.take(work.deltas, work.told)
        return work

    def new_goods(self) -> Asked:
        return self.asks([TaxItem(item.quantity, item.sku_id, rate=item.tax_rate) for item in self.plan.added])

    def unpriced(self) -> dict[int, Decimal]:
        """Quantities of new lines whose price is asked, by SKU."""
        found: dict[int, Decimal] = {}
        for item in self.plan.added:
            if item.unit_price is None:
                found[item.sku_id] = found.get(item.sku_id, ZERO) + item.quantity
        return found

    def added_lines(
        self, skus: Mapping[int, Sku], prices: Mapping[int, Decimal], taxes: Sequence[ItemTax]
    ) -> list[OrderLine]:
        """New lines, not saved. Raises ChangeRefused."""
        position = max((line.position for line in self.lines.values()), default=0)
        made = []
        for item, tax in zip(self.plan.added, taxes, strict=True):
            sku = skus.get(item.sku_id)
            if sku is None:
                raise ChangeRefused(_("There is no such SKU in this company."), field="added.sku")
            price = prices.get(item.sku_id) if item.unit_price is None else item.unit_price
            if price is None:
                raise ChangeRefused(
                    _("%(sku)s was not sold in this channel yet: type a price.") % {"sku": sku.code},
                    field="added.unit_price",
                )
            if sku.kit_id is not None and item.quantity % 1:
                raise ChangeRefused(_("A kit is sold whole: %(sku)s.") % {"sku": sku.code}, field="added.quantity")
            position += 1
            made.append(self._line(item, sku, price, position, tax))
        return made

    def _line(self, item: LineAddition, sku: Sku, price: Decimal, position: int, tax: ItemTax) -> OrderLine:
        blank = LineMoney(item.quantity, ZERO, item.discount, ZERO, tax.rate)
        money = edited(
            blank,
            quantity=item.quantity,
            unit_price=price,
            inclusive=self.order.prices_include_tax,
            exponent=self.exponent,
        )
        self.deltas.append(delta(None, money))
        self.tell(
            _("line %(position)s") % {"position": position},
            "",
            f"{plain(item.quantity)} × {sku.code} @ {plain(price)}",
        )
        return OrderLine(
            order=self.order,
            position=position,
            sku=sku,
            kit_id=sku.kit_id,
            external_id=item.external_id,
            channel_sku=item.channel_sku or sku.code,
            description=item.description,
            quantity=item.quantity,
            unit_price=price,
            discount=item.discount,
            tax=money.tax,
            tax_rate=tax.rate,
            tax_code_id=tax.tax_code_id,
            tax_rule=tax.rule,
            promise_date=self.order.promise_date,
        )

    def change_head(self, address_id: int | None) -> None:
        """Address, service, promise and note. address_id: of the new address, if there is one."""
        if address_id is not None:
            self.address_before = self.order.shipping_address_id
            self.tell(_("address"), self.address_before or "", address_id)
            self.order.shipping_address_id = address_id
        for name, words in (
            ("shipping_service", _("service")),
            ("promise_date", _("promised for")),
            ("note", _("note")),
        ):
            value = getattr(self.edit, name)
            if value is not None and value != getattr(self.order, name):
                told = name != "note"  # a note may name a person: the trail says that it changed, not how
                self.tell(words, getattr(self.order, name) if told else "", value if told else "…")
                setattr(self.order, name, value)

    def total_up(self) -> None:
        """The order's totals and version. Raises ChangeRefused where nothing was changed, or less than zero is left."""
        if not self.changes:
            raise ChangeRefused(_("Nothing was changed."), field="lines")
        order, change = self.order, total_of(self.deltas)
        order.goods_total += change.goods
        order.charges_total += change.charges
        order.discount_total += change.discount
        order.tax_total += change.tax
        order.total += round_money(change.total(inclusive=order.prices_include_tax), self.exponent)
        if order.total < 0:
            raise ChangeRefused(_("An order cannot total less than zero."), field="charges")
        if order.total != self.total_before:
            self.tell(_("total"), self.total_before, order.total)
        order.version += 1

    def revision(self, reason: str, actor: Actor) -> OrderRevision:
        return OrderRevision(
            order=self.order,
            version=self.order.version,
            reason=reason[:300],
            changes=[{"field": field, "old": old, "new": new} for field, old, new in self.changes],
            before=self.before,
            total_before=self.total_before,
            total_after=self.order.total,
            address_before_id=self.address_before,
            made_by=actor.label,
        )

    def trail(self, reason: str) -> list[Change]:
        order = self.order
        return [
            Change("orders.order", order.pk, "edited", field, old, new, reason, order.company_id)
            for field, old, new in self.changes
        ]

    def event(self) -> outbox.Event:
        order = self.order
        payload = {"order_id": order.pk, "channel_id": order.channel_id, "version": order.version}
        return outbox.Event("OrderChanged", f"order:{order.pk}", payload, order.company_id)
