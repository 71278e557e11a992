"""Reorder rules: how one SKU is kept in stock, in one warehouse or in all."""

from dataclasses import asdict, dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.errors import InvalidInput
from inventory.errors import NotFound
from inventory.models import ReorderRule, Sku, Warehouse

OBJECT = "inventory.reorderrule"


@dataclass(frozen=True, slots=True)
class RuleInput:
    """What is None is the company's, or computed from the demand; see ReorderRule."""

    reorder_point: Decimal | None = None
    order_up_to: Decimal | None = None
    safety_days: int | None = None
    cover_days: int | None = None
    source_id: int | None = None
    is_active: bool = True


def check_rule(rule: RuleInput, *, company_id: int, warehouse_id: int | None) -> None:
    """Raises InvalidInput naming every field that makes no sense. Statements: 1."""
    errors = {}
    point, up_to = rule.reorder_point, rule.order_up_to
    if point is not None and point < 0:
        errors["reorder_point"] = _("not below zero")
    if up_to is not None and up_to <= (point or 0):
        errors["order_up_to"] = _("above the reorder point")
    if rule.source_id is not None and rule.source_id == warehouse_id:
        errors["source"] = _("another warehouse than the one that is supplied")
    wanted = {pk for pk in (warehouse_id, rule.source_id) if pk is not None}
    there = Warehouse.objects.filter(company_id=company_id, is_transit=False, pk__in=wanted)
    missing = wanted - set(there.values_list("pk", flat=True))
    if rule.source_id in missing:
        errors["source"] = _("no warehouse of this company")
    if warehouse_id in missing:
        errors["warehouse"] = _("no warehouse of this company")
    if errors:
        said = "; ".join(f"{field}: {message}" for field, message in errors.items())
        raise InvalidInput(said, errors=[{"field": field, "message": text} for field, text in errors.items()])


@transaction.atomic(savepoint=False)
def set_reorder_rule(
    rule: RuleInput, *, sku_id: int, warehouse_id: int | None, company_id: int, actor: Actor
) -> ReorderRule:
    """Make or replace the rule of a SKU in a warehouse, or in all that have none (None).

    Raises NotFound for a SKU of another company, InvalidInput for a kit (its components are planned) and for what
    makes no sense; nothing written. Statements: 6.
    """
    sku = Sku.objects.filter(company_id=company_id, pk=sku_id).first()
    if sku is None:
        raise NotFound(_("There is no such SKU."), sku_id=sku_id)
    if sku.kit_id is not None:
        raise InvalidInput(
            _("%(sku)s is a kit: set rules for its components.") % {"sku": sku.code}, errors=[{"field": "sku"}]
        )
    check_rule(rule, company_id=company_id, warehouse_id=warehouse_id)
    found, made = ReorderRule.objects.update_or_create(
        sku=sku, warehouse_id=warehouse_id, defaults={**asdict(rule), "company_id": company_id}
    )
    new = " ".join(f"{name}={value}" for name, value in asdict(rule).items() if value is not None)
    change = Change(OBJECT, found.pk, "created" if made else "changed", new=new, company_id=company_id)
    record([change], actor=actor)
    return found


@transaction.atomic(savepoint=False)
def remove_reorder_rule(rule_id: int, *, company_id: int, actor: Actor) -> None:
    """Raises NotFound. Statements: 3."""
    deleted, _by_model = ReorderRule.objects.filter(company_id=company_id, pk=rule_id).delete()
    if not deleted:
        raise NotFound(_("There is no such rule."), rule_id=rule_id)
    record([Change(OBJECT, rule_id, "deleted", company_id=company_id)], actor=actor)
