"""What one edit of an order writes: lines, charges, taxes, head, totals, and what it tells of it."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from accounting.models import Currency
from backoffice.core import outbox
from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.money import round_money
from inventory.models import Sku
from inventory.services import raise_demands
from orders.changes import Delta, LineMoney, delta, edited, total_of
from orders.errors import ChangeRefused
from orders.models import BlanketCall, Order, OrderCharge, OrderLine, OrderRevision
from orders.selectors.prices import prices_of
from orders.services.changing.charges import ChargePlan, write_charges
from orders.services.changing.edits import LineAddition, OrderEdit, Plan
from orders.services.changing.snapshots import plain
from orders.services.changing.taxes import EditTaxes
from orders.services.contacts import store_addresses
from orders.services.holding import demand_lines
from orders.taxing import ItemTax, TaxItem

ZERO = Decimal(0)


def _refuse_more_of_calls(higher: Mapping[int, Decimal]) -> None:
    """What was called off of a blanket order is raised by another call, which looks at what is left. Statements: 1, or 0."""
    if not higher:
        return
    called = BlanketCall.objects.filter(order_line_id__in=higher).select_related("blanket_line__blanket").first()
    if called is not None:
        raise ChangeRefused(
            _("This line was called off of %(number)s: call off more of it instead.")
            % {"number": called.blanket_line.blanket.number},
            field="quantity",
            line=called.order_line_id,
        )


class Edit:
    """One edit on its way: what it writes, and what it tells."""

    def __init__(
        self,
        order: Order,
        lines: Mapping[int, OrderLine],
        plan: Plan,
        edit: OrderEdit,
        reason: str,
        actor: Actor,
        today: date,
    ) -> None:
        self.order, self.lines, self.plan, self.edit = order, lines, plan, edit
        self.reason, self.actor, self.today = reason, actor, today
        self.exponent: int = Currency.objects.values_list("exponent", flat=True).get(code=order.currency)
        self.deltas: list[Delta] = []
        self.changes: list[tuple[str, str, str]] = []
        self.address_before: int | None = None
        self.taxing = EditTaxes(order, today, self.exponent, edit.shipping_address)

    def tell(self, field: str, old: Any, new: Any) -> None:
        self.changes.append((field, plain(old), plain(new)))

    def change_lines(self) -> None:
        """Quantities that rise, and prices. Statements: at most 5. Raises ChangeRefused."""
        _refuse_more_of_calls(self.plan.higher)
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
                self.tell(
                    f"{name}: {_('quantity')}", line.quantity - line.cancelled, line.quantity - line.cancelled + more
                )
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
        _update_lines(touched)
        raise_demands(
            [(self.lines[pk].demand_id or 0, more) for pk, more in self.plan.higher.items()],
            company_id=self.order.company_id,
        )

    def change_charges(self, plan: ChargePlan, charges: Mapping[int, OrderCharge]) -> None:
        """Statements: at most 8."""
        if not plan:
            return
        added = [TaxItem(new.amount, kind=new.kind, rate=new.tax_rate) for new in plan.added]
        taxes = self.taxing.of_added(added, goods=list(self.lines.values()))
        deltas, told = write_charges(plan, charges, self.order, taxes=taxes, exponent=self.exponent)
        self.deltas += deltas
        for field, old, new in told:
            self.tell(field, old, new)

    def add_lines(self) -> None:
        """New lines with their demands. Statements: at most 9. Raises ChangeRefused, TaxRuleMissing."""
        if not self.plan.added:
            return
        skus = Sku.objects.filter(company_id=self.order.company_id).in_bulk({item.sku_id for item in self.plan.added})
        unpriced: dict[int, Decimal] = {}
        for item in self.plan.added:
            if item.unit_price is None:
                unpriced[item.sku_id] = unpriced.get(item.sku_id, ZERO) + item.quantity
        prices = prices_of(
            unpriced,
            channel_id=self.order.channel_id,
            currency=self.order.currency,
            inclusive=self.order.prices_include_tax,
            contact_id=self.order.contact_id,
            on=self.today,
        )
        goods = [TaxItem(item.quantity, item.sku_id, rate=item.tax_rate) for item in self.plan.added]
        taxes = self.taxing.of_added(goods)
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
        saved = OrderLine.objects.bulk_create(made)
        demand_lines(saved, {self.order.pk: self.order}, self.order.company_id)
        OrderLine.objects.bulk_update([line for line in saved if line.demand_id], ["demand"])

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

    def tax_again(self) -> None:
        """Taxes that the rules decided follow the goods to another address. Statements: 0, or at most 10."""
        deltas, told = self.taxing.again()
        self.deltas += deltas
        for field, old, new in told:
            self.tell(field, old, new)

    def change_head(self, edit: OrderEdit) -> None:
        """Address, service, promise and note, on the row in memory. Statements: 0 or 2."""
        if edit.shipping_address is not None:
            self.address_before = self.order.shipping_address_id
            with connection.cursor() as cursor:
                cursor.execute("SELECT nextval(pg_get_serial_sequence('accounting_address', 'id'))")
                address_id = cursor.fetchone()[0]
            store_addresses([(address_id, edit.shipping_address)], company_id=self.order.company_id)
            self.tell(_("address"), self.address_before or "", address_id)
            self.order.shipping_address_id = address_id
        for name, words in (
            ("shipping_service", _("service")),
            ("promise_date", _("promised for")),
            ("note", _("note")),
        ):
            value = getattr(edit, name)
            if value is not None and value != getattr(self.order, name):
                told = name != "note"  # a note may name a person: the trail says that it changed, not how
                self.tell(words, getattr(self.order, name) if told else "", value if told else "…")
                setattr(self.order, name, value)

    def write(self, before: dict[str, Any]) -> None:
        """Totals, version, revision, audit trail, outbox. Statements: 4."""
        order, total_before = self.order, self.order.total
        change = total_of(self.deltas)
        order.goods_total += change.goods
        order.charges_total += change.charges
        order.discount_total += change.discount
        order.tax_total += change.tax
        order.total += round_money(change.total(inclusive=order.prices_include_tax), self.exponent)
        if order.total < 0:
            raise ChangeRefused(_("An order cannot total less than zero."), field="charges")
        if order.total != total_before:
            self.tell(_("total"), total_before, order.total)
        order.version += 1
        order.save(
            update_fields=[
                "goods_total", "charges_total", "discount_total", "tax_total", "total", "version",
                "shipping_address", "shipping_service", "promise_date", "note",
            ]
        )  # fmt: skip
        OrderRevision.objects.create(
            order=order,
            version=order.version,
            reason=self.reason[:300],
            changes=[{"field": field, "old": old, "new": new} for field, old, new in self.changes],
            before=before,
            total_before=total_before,
            total_after=order.total,
            address_before_id=self.address_before,
            made_by=self.actor.label,
        )
        record(
            [
                Change(
                    "orders.order",
                    order.pk,
                    "edited",
                    field=field,
                    old=old,
                    new=new,
                    reason=self.reason,
                    company_id=order.company_id,
                )
                for field, old, new in self.changes
            ],
            actor=self.actor,
        )
        payload = {"order_id": order.pk, "channel_id": order.channel_id, "version": order.version}
        outbox.publish([outbox.Event("OrderChanged", f"order:{order.pk}", payload, order.company_id)])


def _update_lines(touched: Sequence[tuple[int, LineMoney]]) -> None:
    if not touched:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE orders_orderline l SET quantity = n.quantity, unit_price = n.price, discount = n.discount, tax = n.tax"
            " FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[])"
            " AS n(id, quantity, price, discount, tax) WHERE l.id = n.id",
            [
                [pk for pk, _money in touched],
                [money.quantity for _pk, money in touched],
                [money.unit_price for _pk, money in touched],
                [money.discount for _pk, money in touched],
                [money.tax for _pk, money in touched],
            ],
        )
