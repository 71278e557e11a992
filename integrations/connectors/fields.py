"""Reading fields of a received payload: a missing or senseless one is told by its path."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from integrations.errors import PayloadUnreadable
from integrations.importing.profiles import parse_number

MISSING = object()


class Fields:
    """An object of a payload. Every getter raises PayloadUnreadable with the field's path in context["field"]."""

    def __init__(self, values: Any, path: str = "") -> None:
        self.path = path
        if not isinstance(values, Mapping):
            raise self.bad("", _("is no object"))
        self.values = values

    def bad(self, name: str, why: str) -> PayloadUnreadable:
        path = ".".join(filter(None, [self.path, name]))
        return PayloadUnreadable(_("%(field)s %(why)s.") % {"field": path or "payload", "why": why}, field=path)

    def get(self, name: str, default: Any = MISSING) -> Any:
        value = self.values.get(name, default)
        if value is MISSING:
            raise self.bad(name, _("is missing"))
        return value

    def text(self, name: str, default: Any = MISSING, *, limit: int = 300) -> str:
        value = self.get(name, default)
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise self.bad(name, _("is no text"))
        if "\x00" in str(value) or len(str(value)) > limit:
            raise self.bad(name, _("is too long or holds a null character"))
        return str(value).strip()

    def required(self, name: str, *, limit: int = 120) -> str:
        value = self.text(name, limit=limit)
        if not value:
            raise self.bad(name, _("is empty"))
        return value

    def number(self, name: str, default: Any = MISSING) -> Decimal:
        value = self.get(name, default)
        if isinstance(value, Decimal):
            return value
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise self.bad(name, _("is no number"))
        try:
            return parse_number(str(value))
        except ValueError as error:
            raise self.bad(name, str(error)) from error

    def time(self, name: str) -> datetime:
        written = self.required(name)
        try:
            moment = datetime.fromisoformat(written)
        except ValueError as error:
            raise self.bad(name, _("is no time")) from error
        if moment.tzinfo is None:
            raise self.bad(name, _("has no time zone"))
        return moment.astimezone(UTC)

    def child(self, name: str) -> "Fields":
        return Fields(self.get(name), ".".join(filter(None, [self.path, name])))

    def children(self, name: str) -> Sequence["Fields"]:
        values = self.get(name)
        if not isinstance(values, list):
            raise self.bad(name, _("is no list"))
        path = ".".join(filter(None, [self.path, name]))
        return [Fields(value, f"{path}[{number}]") for number, value in enumerate(values)]
