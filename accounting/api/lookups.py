"""Rows that a request names by their codes, with the refusal that says which field is wrong."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from accounting.models import Account, Party
from backoffice.core.errors import InvalidInput


def wrong(field: str, message: str, code: str = "unknown", row: int | None = None) -> InvalidInput:
    error: dict[str, Any] = {"field": field, "message": message, "code": code}
    if row is not None:
        error["row"] = row
    return InvalidInput(_("Some fields are wrong; nothing was saved."), errors=[error])


def account_ids_of(company_id: int, codes: Iterable[str], *, field: str = "lines.{}.account") -> list[int]:
    """The account of each code, in order. Raises InvalidInput. Statements: 1."""
    return _ids(Account.objects.filter(company_id=company_id), list(codes), field, _("There is no account “%(code)s”."))


def party_ids_of(company_id: int, codes: Iterable[str], *, field: str = "lines.{}.party") -> list[int | None]:
    """The party of each code, in order; None where the code is empty. Raises InvalidInput. Statements: 1."""
    parties = Party.objects.filter(company_id=company_id)
    return _ids(parties, list(codes), field, _("There is no party “%(code)s”."), empty=True)


def _ids(rows: Any, codes: list[str], field: str, message: str, *, empty: bool = False) -> list[Any]:
    known = dict(rows.filter(code__in=[code for code in codes if code]).values_list("code", "pk"))
    for index, code in enumerate(codes):
        if code not in known and not (empty and not code):
            raise wrong(field.format(index), message % {"code": code}, row=index + 1)
    return [known.get(code) for code in codes]
