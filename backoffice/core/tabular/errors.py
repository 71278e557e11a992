"""What tables of others can refuse."""

from backoffice.core.errors import DomainError


class TableRefused(DomainError):
    """A file is no table that can be read, or an import is not in the state that this starts from.

    Nothing was read or written. context["code"] says why, e.g. encoding_unclear, formula, too_many_rows.
    """

    code = "table_refused"


class UnknownImport(DomainError):
    """There is no import of this name."""

    code = "unknown_import"
    status = 404
