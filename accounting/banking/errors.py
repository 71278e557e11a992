"""What a bank file can be refused for."""

from typing import Any

from django.utils.translation import gettext as _

from backoffice.core.errors import DomainError


class BankFileRefused(DomainError):
    """A bank file cannot be read or taken. code says why; context: line (from 1) and field, where there is one."""

    code = "bank_file_refused"

    def __init__(self, detail: str, *, code: str, **context: Any) -> None:
        super().__init__(detail, **{key: value for key, value in context.items() if value not in (None, "")})
        self.code = code


def refuse(code: str, detail: str, *, line: int | None = None, field: str = "", **context: Any) -> BankFileRefused:
    """The refusal, its sentence begun with the line."""
    if line is not None:
        detail = _("Line %(line)s: %(detail)s") % {"line": line, "detail": detail}
    return BankFileRefused(detail, code=code, line=line, field=field, **context)
