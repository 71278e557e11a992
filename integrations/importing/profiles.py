"""Column profiles: what the columns of a shop's file mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from backoffice.core.errors import DomainError
from integrations.importing.reading import Row, Table

DECIMAL_PLACES = 6  # of every amount and quantity column
LIMIT = Decimal(10) ** 15


class BadCell(DomainError):
    """A cell cannot be understood; context: field, row and value."""

    code = "bad_cell"
    status = 400


@dataclass(frozen=True, slots=True)
class Profile:
    """Which column holds which field, and how dates and numbers are written.

    columns: our field -> the file's column. optional: fields whose column may be missing.
    time_zone: of times without an offset.
    """

    code: str
    name: str
    columns: Mapping[str, str]
    optional: frozenset[str] = frozenset()
    delimiter: str = ","
    encoding: str = "utf-8"
    decimal_mark: str = "."
    time_format: str = ""  # empty: ISO 8601
    time_zone: str = "UTC"


class Columns:
    """A table read through a profile: cells by our own field names."""

    def __init__(self, profile: Profile, table: Table) -> None:
        self.profile = profile
        needed = [field for field in profile.columns if field not in profile.optional]
        table.positions([profile.columns[field] for field in needed])
        self._at = {f: table.columns.index(c) for f, c in profile.columns.items() if c in table.columns}

    def text(self, row: Row, field: str) -> str:
        """The cell without blanks around it; "" if the file has no such column."""
        return row.cells[self._at[field]].strip() if field in self._at else ""

    def required(self, row: Row, field: str) -> str:
        if value := self.text(row, field):
            return value
        raise self._bad(row, field, "", _("is empty"))

    def number(self, row: Row, field: str, default: Decimal | None = None) -> Decimal:
        """A decimal number, at most six places. An empty cell gives the default, or is refused without one."""
        written = self.text(row, field)
        if not written and default is not None:
            return default
        try:
            return parse_number(written, self.profile.decimal_mark)
        except ValueError as error:
            raise self._bad(row, field, written, str(error)) from error

    def time(self, row: Row, field: str) -> datetime:
        """An aware instant; a time without an offset is in the profile's zone."""
        written = self.required(row, field)
        try:
            return parse_time(written, self.profile.time_format, self.profile.time_zone)
        except ValueError as error:
            raise self._bad(row, field, written, _("is no time as this profile writes it")) from error

    def cells(self, row: Row) -> dict[str, str]:
        """All known fields of the row as text, for keeping."""
        return {field: row.cells[at] for field, at in self._at.items()}

    def _bad(self, row: Row, field: str, value: str, why: str) -> BadCell:
        column = self.profile.columns[field]
        return BadCell(
            _("Line %(line)s, column %(column)s: “%(value)s” %(why)s.")
            % {"line": row.number, "column": column, "value": value[:60], "why": why},
            row=row.number,
            field=field,
            column=column,
            value=value[:60],
        )


def parse_number(written: str, decimal_mark: str = ".") -> Decimal:
    """A plain decimal number: no exponent, no thousands marks but blanks. Raises ValueError with what is wrong."""
    plain = written.replace("\u00a0", "").replace(" ", "")
    if decimal_mark != ".":
        plain = plain.replace(".", "").replace(decimal_mark, ".")
    if not plain.lstrip("+-").replace(".", "", 1).isdecimal():
        raise ValueError(_("is no number"))
    try:
        value = Decimal(plain)
    except InvalidOperation as error:
        raise ValueError(_("is no number")) from error
    if -int(value.as_tuple().exponent) > DECIMAL_PLACES:  # type: ignore[arg-type]
        raise ValueError(_("has more than six decimal places"))
    if abs(value) >= LIMIT:
        raise ValueError(_("is too large"))
    return value


def parse_time(written: str, time_format: str, time_zone: str) -> datetime:
    moment = datetime.strptime(written, time_format) if time_format else datetime.fromisoformat(written)  # noqa: DTZ007
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(time_zone))


ORDER_LINE_FIELDS = (
    "order_id", "placed_at", "sku", "quantity", "unit_price", "currency", "line_id", "description", "discount", "tax",
    "tax_rate", "shipping", "customer_id", "customer_name", "email", "address1", "address2", "city", "postcode",
    "country", "paid", "payment_id",
)  # fmt: skip
ORDER_LINES = Profile(
    code="order-lines",
    name="One row for each order line",
    columns={field: field for field in ORDER_LINE_FIELDS},
    optional=frozenset(set(ORDER_LINE_FIELDS) - {"order_id", "placed_at", "sku", "quantity", "unit_price"}),
)
ORDER_LINES_SEMICOLON = Profile(
    code="order-lines-semicolon",
    name="The same with semicolons, decimal commas and days first",
    columns=ORDER_LINES.columns,
    optional=ORDER_LINES.optional,
    delimiter=";",
    decimal_mark=",",
    time_format="%d.%m.%Y %H:%M",
)
PROFILES: dict[str, Profile] = {profile.code: profile for profile in (ORDER_LINES, ORDER_LINES_SEMICOLON)}


def profile_called(code: str, profiles: Sequence[Profile] = ()) -> Profile:
    """The profile of that code. Raises DomainError naming those that there are."""
    known = PROFILES | {profile.code: profile for profile in profiles}
    if code not in known:
        raise DomainError(
            _("There is no column profile “%(code)s”; known are %(known)s.")
            % {"code": code, "known": ", ".join(sorted(known))},
            field="profile",
        )
    return known[code]
