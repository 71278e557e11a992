"""Charges of a placed order: shipping, fees and discounts that are not billed yet, changed, added, taken off."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from backoffice.core.errors import NotPermitted
from backoffice.core.money import round_money
from orders.changes import Delta, charge_tax
from orders.errors import ChangeRefused
from orders.inputs import charge_role
from orders.models import ChargeKind, Order, OrderCharge
from orders.taxing import ItemTax

ZERO, ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True, slots=True)
class ChargeEdit:
    """amount: the whole charge's from now on, before tax unless the order's prices include it; None takes it off."""

    charge_id: int
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ChargeAddition:
    """A new charge; a negative amount is a discount on the order. tax_rate None: by rule, or the channel's of the day."""

    kind: str
    amount: Decimal
    description: str = ""
    tax_rate: Decimal | None = None


@dataclass(slots=True)
class ChargePlan:
    """An edit's charges, resolved: new amounts by charge, those taken off, new ones."""

    amounts: dict[int, Decimal] = field(default_factory=dict)
    removed: list[int] = field(default_factory=list)
    added: list[ChargeAddition] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.amounts or self.removed or self.added)


def plan_charges(
    charges: Mapping[int, OrderCharge],
    edits: Sequence[ChargeEdit],
    added: Sequence[ChargeAddition],
    *,
    exponent: int,
    may_price: bool,
) -> ChargePlan:
    """What has to be done. Raises NotPermitted, ChangeRefused (billed already, no such charge, no amount)."""
    plan = ChargePlan()
    if len({item.charge_id for item in edits}) < len(edits):
        raise ChangeRefused(_("A charge is changed twice."), field="charges")
    for item in edits:
        charge = charges.get(item.charge_id)
        if charge is None:
            raise ChangeRefused(_("There is no charge %(id)s in this order.") % {"id": item.charge_id}, field="charges")
        if item.amount == charge.amount:
            continue
        if charge.billed:
            raise ChangeRefused(
                _("“%(charge)s” is billed already: give a credit instead.") % {"charge": _name(charge)},
                field="charges.amount",
                charge_id=charge.pk,
            )
        if item.amount is None:
            plan.removed.append(charge.pk)
        else:
            plan.amounts[charge.pk] = _money(item.amount, exponent)
    for new in added:
        if new.kind not in ChargeKind:
            raise ChangeRefused(_("“%(kind)s” is no kind of charge.") % {"kind": new.kind}, field="added_charges.kind")
        if not new.amount:
            raise ChangeRefused(_("A new charge needs an amount."), field="added_charges.amount")
        _money(new.amount, exponent)
        plan.added.append(new)
    if plan and not may_price:
        raise NotPermitted(_("You may not change the charges of orders."))
    return plan


def _money(amount: Decimal, exponent: int) -> Decimal:
    if not amount.is_finite() or abs(amount) >= 10**12 or amount != round_money(amount, exponent):
        raise ChangeRefused(
            _("A charge's amount has at most %(digits)s decimals in this currency.") % {"digits": exponent},
            field="charges.amount",
        )
    return amount


def _name(charge: OrderCharge) -> str:
    return charge.description or charge.code or str(ChargeKind(charge.kind).label)


Told = tuple[str, Decimal | str, Decimal | str]


@dataclass(slots=True)
class ChargeWork:
    """What an order's charges become, not written yet: what its totals rise by, (field, old, new) for its trail."""

    deltas: list[Delta] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    changed: list[OrderCharge] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    made: list[OrderCharge] = field(default_factory=list)


def change_charges(
    plan: ChargePlan, charges: Mapping[int, OrderCharge], order: Order, *, taxes: Sequence[ItemTax], exponent: int
) -> ChargeWork:
    """Change the charges of a locked order, in memory. taxes: of the new charges."""
    work = ChargeWork(removed=plan.removed)
    for pk, amount in plan.amounts.items():
        charge = charges[pk]
        tax = charge_tax(
            charge.amount,
            charge.tax,
            amount,
            rate=charge.tax_rate,
            inclusive=order.prices_include_tax,
            exponent=exponent,
        )
        work.deltas.append(Delta(charges=amount - charge.amount, tax=tax - charge.tax))
        work.told.append((_field(_name(charge)), charge.amount, amount))
        charge.amount, charge.tax, charge.quantity, charge.unit_price = amount, tax, ONE, amount
        work.changed.append(charge)
    for pk in plan.removed:
        charge = charges[pk]
        work.deltas.append(Delta(charges=-charge.amount, tax=-charge.tax))
        work.told.append((_field(_name(charge)), charge.amount, ""))
    position = max((charge.position for charge in charges.values()), default=0)
    for place, (new, tax_of_it) in enumerate(zip(plan.added, taxes, strict=True), start=position + 1):
        made = _new(new, order, place, tax_of_it, exponent)
        work.made.append(made)
        work.deltas.append(Delta(charges=new.amount, tax=made.tax))
        work.told.append((_field(_name(made)), "", new.amount))
    return work


def write_charges(works: Sequence[ChargeWork]) -> None:
    """Statements: at most 3, however many orders."""
    OrderCharge.objects.bulk_update(
        [charge for work in works for charge in work.changed], ["amount", "tax", "quantity", "unit_price"]
    )
    if removed := [pk for work in works for pk in work.removed]:
        OrderCharge.objects.filter(pk__in=removed, billed=False).delete()
    OrderCharge.objects.bulk_create([charge for work in works for charge in work.made])


def _new(new: ChargeAddition, order: Order, position: int, decided: ItemTax, exponent: int) -> OrderCharge:
    tax = charge_tax(ZERO, ZERO, new.amount, rate=decided.rate, inclusive=order.prices_include_tax, exponent=exponent)
    return OrderCharge(
        order=order,
        position=position,
        kind=new.kind,
        description=new.description[:300],
        unit_price=new.amount,
        amount=new.amount,
        tax=tax,
        tax_rate=decided.rate,
        tax_code_id=decided.tax_code_id,
        tax_rule=decided.rule,
        account_role=charge_role(new.kind),
    )


def _field(name: str) -> str:
    return _("charge: %(name)s") % {"name": name}
