"""Gift cards and store credit by their code, and what is left on them."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from accounting.codes import digest_of, read_code
from accounting.errors import UnknownCode
from accounting.models import StoredValue


def stored_value_by_code(company_id: int, text: str) -> StoredValue:
    """The gift card or store credit with this code, however it was typed. Statements: 1.

    Raises UnknownCode.
    """
    return stored_values_by_code(company_id, [text])[text]


def stored_values_by_code(company_id: int, texts: Sequence[str]) -> dict[str, StoredValue]:
    """The gift cards and store credits with these codes, by the texts as given. Statements: 1.

    Raises UnknownCode if one is nobody's.
    """
    digests = {text: digest_of(read_code(text)) for text in texts}
    rows = StoredValue.objects.filter(company_id=company_id, code_digest__in=digests.values())
    found = {row.code_digest: row for row in rows}
    for digest in digests.values():
        if digest not in found:
            raise UnknownCode(_("No gift card or store credit has this code; check each letter."))
    return {text: found[digest] for text, digest in digests.items()}
