"""Gift cards and store credit by their code, and what is left on them."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from accounting.codes import digest_of, read_code
from accounting.errors import UnknownCode
from accounting.models import StoredValue


def stored_value_by_code(company_id: int, text: str) -> StoredValue:
    """The gift card or store credit with this code, however it was typed. Statements: 1, 0 for a mistyped code.

    Raises UnknownCode.
    """
    code = read_code(text)
    found = StoredValue.objects.filter(company_id=company_id, code_digest=digest_of(code)).first() if code else None
    if found is None:
        raise UnknownCode(_("No gift card or store credit has this code; check each letter."))
    return found


def open_deposits(source_type: str, source_ids: Sequence[int]) -> list[StoredValue]:
    """Deposits with something left, of the documents they were taken for, oldest first. Statements: 1."""
    return list(
        StoredValue.objects.filter(
            kind="deposit", source_type=source_type, source_id__in=source_ids, open_amount__gt=0
        ).order_by("pk")
    )
