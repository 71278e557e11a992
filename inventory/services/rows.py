"""Plain rows of the catalogue: made and changed one at a time, each change in the audit trail."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidInput

M = TypeVar("M", bound=models.Model)
# Which field is at fault when the database refuses a row that looked right a moment ago.
_CONSTRAINTS = {
    "category_not_below_itself": ("parent", "cyclic"),
    "category_parent_of_company": ("parent", "unknown"),
    "category_code_unique": ("code", "unique"),
    "brand_code_unique": ("code", "unique"),
    "product_code_unique": ("code", "unique"),
    "sku_code_unique": ("code", "unique"),
    "pack_code_unique": ("code", "unique"),
    "pack_each_is_one": ("quantity", "invalid"),
    "pack_quantity_positive": ("quantity", "min_value"),
    "barcode_code_unique": ("code", "unique"),
    "barcode_gtin_unique": ("code", "unique"),
    "barcode_gtin_check_digit": ("code", "check_digit"),
    "zone_code_unique": ("code", "unique"),
    "bintype_code_unique": ("code", "unique"),
    "storageclass_code_unique": ("code", "unique"),
    "location_code_unique": ("code", "unique"),
    "substitute_is_another": ("substitute", "itself"),
    "substitute_once": ("substitute", "unique"),
}


@transaction.atomic
def create_row(row: M, *, company_id: int, actor: Actor) -> M:
    """Write a new row of the catalogue. Raises InvalidInput naming the field that the database refuses.

    Statements: 2.
    """
    _save(row)
    audit.record([audit.Change(_label(row), row.pk, "created", new=str(row)[:200], company_id=company_id)], actor=actor)
    return row


@transaction.atomic
def change_row(row: M, *, values: Mapping[str, Any], company_id: int, actor: Actor, reason: str = "") -> M:
    """Set fields of a row that the caller has locked; the same values change nothing.

    Raises InvalidInput naming the field that the database refuses; nothing is written. Statements: 2, or 0.
    """
    before = {name: getattr(row, row._meta.get_field(name).attname) for name in values}  # type: ignore[union-attr]
    shown = {name: _words(getattr(row, name)) for name in values}
    for name, value in values.items():
        setattr(row, name, value)
    changed = [name for name, old in before.items() if getattr(row, row._meta.get_field(name).attname) != old]  # type: ignore[union-attr]
    if not changed:
        return row
    _save(row, update_fields=changed)
    audit.record(
        [
            audit.Change(
                _label(row), row.pk, "changed", name, shown[name], _words(getattr(row, name)), reason, company_id
            )
            for name in changed
        ],
        actor=actor,
    )
    return row


@transaction.atomic
def delete_row(row: models.Model, *, company_id: int, actor: Actor, reason: str = "") -> None:
    """Take a row out that nothing refers to. Raises InvalidInput if something does. Statements: 2."""
    pk, name = row.pk, str(row)[:200]
    try:
        row.delete()
    except (models.ProtectedError, IntegrityError) as error:
        message = _("Something still refers to %(name)s.") % {"name": name}
        raise InvalidInput(message, errors=[{"field": "", "message": message, "code": "in_use"}]) from error
    audit.record(
        [audit.Change(_label(row), pk, "deleted", old=name, reason=reason, company_id=company_id)], actor=actor
    )


def _save(row: models.Model, **options: Any) -> None:
    try:
        with transaction.atomic():
            row.save(**options)
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
        field, code = _CONSTRAINTS.get(name) or (_unique_field(row, name), "unique")
        if not field:
            raise
        raise InvalidInput(
            _("Some fields are wrong; nothing was saved."),
            errors=[{"field": field, "message": _sentence(code), "code": code}],
        ) from error


def _unique_field(row: models.Model, name: str) -> str:
    """Of a rule that a row is the only one of its kind: the field that tells it from its neighbours, the last named."""
    rules = (rule for rule in row._meta.constraints if isinstance(rule, models.UniqueConstraint))
    return next((rule.fields[-1] for rule in rules if rule.name == name and rule.fields), "")


def _sentence(code: str) -> str:
    return {
        "cyclic": _("A category cannot stand below itself."),
        "unknown": _("There is no such row in this company."),
        "unique": _("This is there already."),
        "check_digit": _("The check digit is wrong: look at the code again."),
        "itself": _("A SKU cannot stand in for itself."),
        "min_value": _("Give a quantity above zero."),
    }.get(code, _("This cannot be so."))


def _label(row: models.Model) -> str:
    return row._meta.label_lower


def _words(value: Any) -> str:
    return "" if value is None else str(value)[:300]
