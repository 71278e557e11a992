"""The rows of the form that books a delivery in: what was typed, and what is wrong with it."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.core.admin.pages import posted_quantity
from backoffice.core.errors import DomainError, InvalidInput
from inventory.models import PurchaseOrderLine
from warehouse.services import DeliveredLine


@dataclass(slots=True)
class FormRow:
    """An order line with its inputs as they stand in the form; errors by field."""

    line: PurchaseOrderLine
    quantity: str
    lot: str
    expiry: str
    serials: str
    damaged: str = ""
    damaged_serials: str = ""
    note: str = ""
    given: int | None = None  # its place among the lines that are booked
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, line: PurchaseOrderLine, posted: Mapping[str, str], expected: Decimal) -> "FormRow":
        days = line.sku.shelf_life_days
        proposed = str(timezone.localdate() + datetime.timedelta(days=days)) if days else ""
        return cls(
            line,
            posted.get(f"line-{line.pk}", f"{expected.normalize():f}"),
            posted.get(f"lot-{line.pk}", "").strip()[:60],
            posted.get(f"expiry-{line.pk}", proposed),
            posted.get(f"serials-{line.pk}", ""),
            posted.get(f"damaged-{line.pk}", ""),
            posted.get(f"damaged-serials-{line.pk}", ""),
            posted.get(f"note-{line.pk}", "").strip()[:500],
        )

    @property
    def is_tracked(self) -> bool:
        return self.line.sku.lot_tracked or self.line.sku.serial_tracked


def posted_serials(request: HttpRequest, name: str) -> tuple[str, ...]:
    """Serial numbers as typed, one a line."""
    return tuple(code for text in request.POST.get(name, "").splitlines() if (code := text.strip()[:80]))


def given_lines(rows: Sequence[FormRow], request: HttpRequest, location_id: int) -> list[DeliveredLine]:
    """Those with a quantity; damaged ones are lines of their own, first. Raises InvalidInput naming the field of a
    quantity or date that is none."""
    lines: list[DeliveredLine] = []
    for row in rows:
        damaged = _quantity(row, request, "damaged")
        if damaged:
            lines.append(
                _line(row, damaged, location_id, posted_serials(request, f"damaged-serials-{row.line.pk}"), True)
            )
    for row in rows:
        quantity = _quantity(row, request, "line")
        if quantity:
            row.given = len(lines)
            lines.append(_line(row, quantity, location_id, posted_serials(request, f"serials-{row.line.pk}"), False))
    return lines


def _quantity(row: FormRow, request: HttpRequest, field: str) -> Decimal:
    try:
        return posted_quantity(request, f"{field}-{row.line.pk}", row.line.sku.code, Decimal(0))
    except InvalidInput as wrong:
        row.errors["damaged" if field == "damaged" else "quantity"] = wrong.detail
        raise


def _line(row: FormRow, quantity: Decimal, location_id: int, serials: tuple[str, ...], damaged: bool) -> DeliveredLine:
    tracked = row.line.sku.lot_tracked
    return DeliveredLine(
        row.line.pk,
        quantity,
        location_id,
        lot=row.lot if tracked else "",
        expiry_date=_date(row) if tracked and row.lot else None,
        serials=serials,
        condition="damaged" if damaged else "",
        note=row.note if damaged else "",
    )


def _date(row: FormRow) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(row.expiry) if row.expiry else None
    except ValueError:
        row.errors["expiry_date"] = gettext("“%(value)s” is not a date.") % {"value": row.expiry[:20]}
        raise InvalidInput(row.errors["expiry_date"], errors=[{"field": f"expiry-{row.line.pk}"}]) from None


def tell_rows(rows: Sequence[FormRow], refusal: DomainError) -> None:
    """Put what the service said of lines.0.lot and the like beside the fields."""
    placed = {row.given: row for row in rows if row.given is not None}
    damaged = [row for row in rows if row.damaged.strip() not in ("", "0")]
    placed |= dict(enumerate(damaged))  # their lines come first
    for error in refusal.context.get("errors", []):
        head, _dot, rest = str(error.get("field", "")).partition(".")
        number, _dot, name = rest.partition(".")
        if head == "lines" and number.isdecimal() and int(number) in placed and name:
            placed[int(number)].errors.setdefault(name, error.get("message", ""))
