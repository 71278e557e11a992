"""Column types of the house: money and quantities are numeric(24,6), never a float."""

from typing import Any

from django.db import models

MAX_DIGITS = 24
DECIMAL_PLACES = 6


class _Numeric(models.DecimalField):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_digits"] = MAX_DIGITS
        kwargs["decimal_places"] = DECIMAL_PLACES
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("max_digits", None)
        kwargs.pop("decimal_places", None)
        return name, path, args, kwargs


class AmountField(_Numeric):
    """An amount of money in the currency named beside it."""


class QuantityField(_Numeric):
    """A quantity in the SKU's base unit."""


class CurrencyCodeField(models.CharField):
    """An ISO 4217 code, or a commodity's code in imported ledgers: up to 10 characters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_length"] = 10
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("max_length", None)
        return name, path, args, kwargs


class XidField(models.Field):
    """The transaction that wrote the row (xid8), set by the database."""

    def db_type(self, connection: Any) -> str:
        return "xid8"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> int | None:
        return None if value is None else int(value)

    def get_prep_value(self, value: Any) -> Any:
        return value if value is None or hasattr(value, "resolve_expression") else str(value)


class CurrentXid(models.Func):
    """pg_current_xact_id(): the default of an XidField (`XidField(db_default=CurrentXid(), editable=False)`)."""

    function = "pg_current_xact_id"
    arity = 0

    def __init__(self) -> None:
        super().__init__(output_field=XidField())


class SystemIdentifier(models.Func):
    """The cluster's own identifier: the default beside an xid, which means nothing in another cluster."""

    template = "((pg_control_system()).system_identifier)"
    arity = 0

    def __init__(self) -> None:
        super().__init__(output_field=models.BigIntegerField())
