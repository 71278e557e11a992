"""The reasons for which stock is usually put right."""

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from accounting.models import AccountRole
from inventory.models import AdjustmentDirection, AdjustmentReason

_LOSS, _GAIN, _BOTH = AdjustmentDirection.LOSS, AdjustmentDirection.GAIN, AdjustmentDirection.BOTH
# (code, name, direction, role of the other side, counts as shrinkage)
USUAL = (
    ("damaged", _("Damaged"), _LOSS, "", True),
    ("theft", _("Stolen"), _LOSS, "", True),
    ("lost", _("Lost"), _LOSS, "", True),
    ("found", _("Found"), _GAIN, "", True),
    ("miscount", _("Counted or booked wrongly"), _BOTH, "", True),
    ("count", _("Counted"), _BOTH, "", True),
    ("expired", _("Expired"), _LOSS, "", False),
    ("sample", _("Sample"), _LOSS, AccountRole.SAMPLES, False),
    ("own_use", _("Used by ourselves"), _LOSS, AccountRole.PETTY_EXPENSES, False),
    ("donation", _("Given to charity"), _LOSS, AccountRole.CHARITY, False),
)


def ensure_adjustment_reasons(company_id: int) -> None:
    """Make the usual reasons, in the language at work, for a company that has none at all. Statements: 1 or 2."""
    if AdjustmentReason.objects.filter(company_id=company_id).exists():
        return
    AdjustmentReason.objects.bulk_create(
        AdjustmentReason(
            company_id=company_id,
            code=code,
            name=gettext(name),
            direction=direction,
            offset_role=role,
            is_shrinkage=shrinkage,
            position=10 * number,
        )
        for number, (code, name, direction, role, shrinkage) in enumerate(USUAL, start=1)
    )


def ensure_reason(code: str, *, company_id: int) -> AdjustmentReason:
    """One of the usual reasons, made where a company is older than it or did away with it. Statements: 1 or 2."""
    [(name, direction, role, shrinkage)] = [row[1:] for row in USUAL if row[0] == code]
    reason, _made = AdjustmentReason.objects.get_or_create(
        company_id=company_id,
        code=code,
        defaults={"name": gettext(name), "direction": direction, "offset_role": role, "is_shrinkage": shrinkage},
    )
    return reason
