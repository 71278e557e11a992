"""What was issued or spent before under the same key."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from accounting.errors import SourceKeyReused
from accounting.models import StoredValue, StoredValueUse
from accounting.services.stored_value.inputs import IssuedValue, IssueRequest, SpendRequest, Spent
from accounting.services.stored_value.rows import made_code


def known_values(keys: Sequence[str], company_id: int) -> dict[str, StoredValue]:
    return {row.source_key: row for row in StoredValue.objects.filter(company_id=company_id, source_key__in=keys)}


def known_uses(keys: Sequence[str], company_id: int) -> dict[str, StoredValueUse]:
    return {row.source_key: row for row in StoredValueUse.objects.filter(company_id=company_id, source_key__in=keys)}


def issued_before(request: IssueRequest, known: StoredValue, company_id: int) -> IssuedValue:
    if (known.kind, known.amount, known.currency) != (request.kind, request.amount, request.currency):
        raise _reused(request.source_key)
    code = made_code(known.kind, known.source_key, company_id)
    return IssuedValue(known.pk, code, known.entry_id, "already", known.date)


def spent_before(request: SpendRequest, known: StoredValueUse) -> Spent:
    if (known.stored_value_id, known.amount, known.kind) != (request.stored_value_id, request.amount, request.kind):
        raise _reused(request.source_key)
    item = known.entry.openitem_set.order_by("pk").values_list("pk", flat=True).first()
    return Spent(known.pk, known.entry_id, item, known.date, "already")


def _reused(source_key: str) -> SourceKeyReused:
    return SourceKeyReused(
        _("%(key)s was used before with other content.") % {"key": source_key}, source_key=source_key
    )
