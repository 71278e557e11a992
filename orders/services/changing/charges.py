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


def write_charges(
    plan: ChargePlan, charges: Mapping[int, OrderCharge], order: Order, *, taxes: Sequence[ItemTax], exponent: int
) -> tuple[list[Delta], list[Told]]:
    """Change the charges of a locked order; what its totals rise by, and (field, old, new) for its trail.

    taxes: of the new charges. Statements: at most 3.
    """
    deltas: list[Delta] = []
    told: list[Told] = []
    changed = []
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
        deltas.append(Delta(charges=amount - charge.amount, tax=tax - charge.tax))
        told.append((_field(_name(charge)), charge.amount, amount))
        charge.amount, charge.tax, charge.quantity, charge.unit_price = amount, tax, ONE, amount
        changed.append(charge)
    if changed:
        OrderCharge.objects.bulk_update(changed, ["amount", "tax", "quantity", "unit_price"])
    for pk in plan.removed:
        charge = charges[pk]
        deltas.append(Delta(charges=-charge.amount, tax=-charge.tax))
        told.append((_field(_name(charge)), charge.amount, ""))
    if plan.removed:
        OrderCharge.objects.filter(pk__in=plan.removed, billed=False).delete()
    position = max((charge.position for charge in charges.values()), default=0)
    made = []
    for place, (new, tax_of_it) in enumerate(zip(plan.added, taxes, strict=True), start=position + 1):
        made.append(_new(new, order, place, tax_of_it, exponent))
        deltas.append(Delta(charges=new.amount, tax=made[-1].tax))
        told.append((_field(_name(made[-1])), "", new.amount))
    if made:
        OrderCharge.objects.bulk_create(made)
    return deltas, told


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
