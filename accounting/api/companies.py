"""Whose books a request is about."""

from typing import Any

from django.utils.translation import gettext as _

from accounting.models import Company
from backoffice.core.api.actions import own_rows
from backoffice.core.errors import InvalidInput


def company_of(request: Any, code: str | None) -> int:
    """The key's company; who sees several names one by its code. Raises InvalidInput. Statements: 1."""
    companies = own_rows(request, Company.objects.order_by("pk"), company="pk")
    if code:
        companies = companies.filter(code=code)
    found = list(companies.values_list("pk", flat=True)[:2])
    if len(found) == 1:
        return found[0]
    raise InvalidInput(
        _("Some fields are wrong; nothing was saved."),
        errors=[{"field": "company", "message": _("Name the company."), "code": "unknown_company"}],
    )
