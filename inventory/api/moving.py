"""What the API of transfers and of adjustments shares: amounts, and the SKUs and places that a request names."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from backoffice.core.api.fields import Quantity
from backoffice.core.errors import InvalidInput
from inventory.models import Location, Lot, StockMove, StockOwner, Warehouse
from inventory.selectors import skus_by_code

MAX_LINES = 500


class MoveOut(serializers.ModelSerializer[StockMove]):
    """value is signed, in the company's currency; 0 inside the company."""

    sku = serializers.CharField(source="sku.code")
    from_place = serializers.CharField(source="from_location.code")
    to_place = serializers.CharField(source="to_location.code")

    class Meta:
        model = StockMove
        fields = [
            "id",
            "sku",
            "lot_id",
            "quantity",
            "from_place",
            "to_place",
            "value",
            "entry",
            "reason",
            "effective_at",
        ]


def wrong(field: str, message: str, code: str) -> InvalidInput:
    """One field that is wrong; nothing is written."""
    error = {"field": field, "message": message, "code": code}
    return InvalidInput(_("Some fields are wrong; nothing was saved."), errors=[error])


def warehouse_id(company_id: int, code: str, field: str = "warehouse") -> int:
    """The warehouse of a code. Raises InvalidInput naming the field. Statements: 1."""
    found = Warehouse.objects.filter(company_id=company_id, code=code, is_transit=False).values_list("pk", flat=True)
    if not found:
        raise wrong(field, _("There is no such warehouse."), "unknown_warehouse")
    return found[0]


def owner_party_id(company_id: int, code: str, field: str = "owner") -> int:
    """The party of a stock owner, by its code. Raises InvalidInput naming the field. Statements: 1."""
    owners = StockOwner.objects.filter(company_id=company_id, party__code=code).values_list("party_id", flat=True)
    if not owners:
        raise wrong(field, _("There is no such owner."), "unknown_owner")
    return owners[0]


def sku_ids(company_id: int, rows: Sequence[dict[str, Any]]) -> list[int]:
    """The SKU of each row, by its code. Raises InvalidInput naming the row. Statements: 1."""
    known = skus_by_code(company_id, [row["sku"] for row in rows])
    for number, row in enumerate(rows):
        if row["sku"] not in known:
            raise wrong(f"lines.{number}.sku", _("There is no SKU “%(code)s”.") % {"code": row["sku"]}, "unknown_sku")
    return [known[row["sku"]] for row in rows]


def lot_ids(skus: Iterable[int], rows: Sequence[dict[str, Any]]) -> list[int | None]:
    """The lot of each row that names one. Raises InvalidInput naming the row. Statements: 1, or 0."""
    named = {row["lot"] for row in rows if row.get("lot")}
    found = Lot.objects.filter(code__in=named).values_list("pk", "sku_id", "code") if named else ()
    known = {(sku, code): pk for pk, sku, code in found}
    lots = []
    for number, (sku, row) in enumerate(zip(skus, rows, strict=True)):
        lot = known.get((sku, row.get("lot")))
        if row.get("lot") and lot is None:
            raise wrong(
                f"lines.{number}.lot", _("There is no lot “%(code)s” of it.") % {"code": row["lot"]}, "unknown_lot"
            )
        lots.append(lot)
    return lots


def place_ids(warehouse_ids: Sequence[int], rows: Sequence[dict[str, Any]], *, needed: bool = True) -> list[int | None]:
    """The place of each row, by its code in the warehouse. Raises InvalidInput naming the row. Statements: 1."""
    codes = {row["location"] for row in rows if row.get("location")}
    found = Location.objects.filter(warehouse_id__in=set(warehouse_ids), code__in=codes, is_active=True)
    known = {(warehouse, code): pk for pk, warehouse, code in found.values_list("pk", "warehouse_id", "code")}
    places = []
    for number, (warehouse, row) in enumerate(zip(warehouse_ids, rows, strict=True)):
        place = known.get((warehouse, row.get("location", "")))
        if place is None and (needed or row.get("location")):
            message = _("There is no place “%(code)s”.") % {"code": row.get("location", "")}
            raise wrong(f"lines.{number}.location", message, "unknown_location")
        places.append(place)
    return places


def positive() -> Quantity:
    return Quantity(min_value=Decimal("0.000001"))


def serial_numbers() -> serializers.ListField:
    """The numbers of the units that go, of a SKU that is tracked by serial number."""
    return serializers.ListField(
        child=serializers.CharField(max_length=80),
        required=False,
        default=list,
        max_length=1000,
        help_text="Of SKUs with serial numbers: one for each unit.",
    )
