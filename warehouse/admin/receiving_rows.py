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
        )

    @property
    def is_tracked(self) -> bool:
        return self.line.sku.lot_tracked or self.line.sku.serial_tracked


def posted_serials(request: HttpRequest, name: str) -> tuple[str, ...]:
    """Serial numbers as typed, one a line."""
    return tuple(code for text in request.POST.get(name, "").splitlines() if (code := text.strip()[:80]))


def given_lines(rows: Sequence[FormRow], request: HttpRequest, location_id: int) -> list[DeliveredLine]:
    """Those with a quantity. Raises InvalidInput naming the field of a quantity or date that is none."""
    lines: list[DeliveredLine] = []
    for row in rows:
        try:
            quantity = posted_quantity(request, f"line-{row.line.pk}", row.line.sku.code, Decimal(0))
        except InvalidInput as wrong:
            row.errors["quantity"] = wrong.detail
            raise
        if quantity == 0:
            continue
        row.given = len(lines)
        serials = posted_serials(request, f"serials-{row.line.pk}")
        tracked = row.line.sku.lot_tracked
        lines.append(
            DeliveredLine(
                row.line.pk,
                quantity,
                location_id,
                lot=row.lot if tracked else "",
                expiry_date=_date(row) if tracked and row.lot else None,
                serials=serials,
            )
        )
    return lines


def _date(row: FormRow) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(row.expiry) if row.expiry else None
    except ValueError:
        row.errors["expiry_date"] = gettext("“%(value)s” is not a date.") % {"value": row.expiry[:20]}
        raise InvalidInput(row.errors["expiry_date"], errors=[{"field": f"expiry-{row.line.pk}"}]) from None


def tell_rows(rows: Sequence[FormRow], refusal: DomainError) -> None:
    """Put what the service said of lines.0.lot and the like beside the fields."""
    placed = {row.given: row for row in rows if row.given is not None}
    for error in refusal.context.get("errors", []):
        head, _dot, rest = str(error.get("field", "")).partition(".")
        number, _dot, name = rest.partition(".")
        if head == "lines" and number.isdecimal() and int(number) in placed and name:
            placed[int(number)].errors.setdefault(name, error.get("message", ""))
