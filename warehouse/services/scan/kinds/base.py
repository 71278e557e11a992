"""What a kind of command is made of: one module each, registered in the package."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import DomainError
from inventory.models import Location, Sku
from inventory.selectors.scanning import Scanned
from inventory.selectors.scanning import scan as scan_codes
from warehouse.errors import ScanRefused
from warehouse.sscc import read_plate


@dataclass(frozen=True, slots=True)
class Scan:
    """A command under way: who, where, when by our clock, and what the screen sent (body)."""

    command_id: int
    client_id: UUID
    company_id: int
    warehouse_id: int
    device_id: int
    device: str
    actor: Actor
    effective_at: datetime
    body: Mapping[str, Any]
    reason: str = ""

    def text(self, name: str, *, empty: bool = False) -> str:
        value = self.body.get(name, "")
        if not isinstance(value, str | int) or (not str(value).strip() and not empty):
            raise _bad(name)
        return str(value).strip()[:100]

    def key(self, name: str) -> int:
        value = self.body.get(name)
        if isinstance(value, bool) or not str(value).isdecimal() or len(str(value)) > 18:
            raise _bad(name)
        return int(str(value))

    def quantity(self, name: str = "quantity") -> Decimal:
        return as_quantity(self.body.get(name), name)


@dataclass(frozen=True, slots=True)
class Kind:
    """apply books it in the caller's transaction and returns what the screen shows; it raises a DomainError."""

    name: str
    permission: str
    apply: Callable[[Scan], dict[str, Any]]


def as_quantity(value: Any, name: str) -> Decimal:
    """0 or more, as text: a number in JSON would be a float."""
    try:
        quantity = Decimal(value) if isinstance(value, str | int) and not isinstance(value, bool) else Decimal("NaN")
    except InvalidOperation:
        quantity = Decimal("NaN")
    if not quantity.is_finite() or not 0 <= quantity < 10**12 or quantity != round(quantity, 6):
        raise _bad(name)
    return quantity


def _bad(name: str) -> ScanRefused:
    return ScanRefused("bad_field", _("“%(name)s” is missing or cannot be read: scan it again.") % {"name": name})


def said_again(refusal: DomainError) -> ScanRefused:
    """What a service refused, with its own code, for the screen."""
    context = dict(refusal.context)
    return ScanRefused(str(context.pop("code", refusal.code)), refusal.detail, **context)


def place_of(scan: Scan, code: str, *kinds: str) -> Location:
    """The active place of the handheld's warehouse with this code, in any letter case. Raises ScanRefused."""
    rows = Location.objects.filter(company_id=scan.company_id, warehouse_id=scan.warehouse_id, is_active=True)
    found = rows.filter(code__iexact=code).order_by("pk").first()
    if found is None:
        raise ScanRefused(
            "unknown_bin", _("%(code)s is no bin of this warehouse: scan the label of the shelf.") % {"code": code}
        )
    if kinds and found.kind not in kinds:
        raise ScanRefused(
            "wrong_bin",
            _("%(code)s is not for this (%(kind)s): take another place.")
            % {"code": found.code, "kind": found.get_kind_display()},
        )
    return found


def refuse_blocked(place: Location) -> None:
    """Nobody puts goods into a blocked place. Raises ScanRefused."""
    if place.blocked_at is not None:
        raise ScanRefused(
            "blocked_bin",
            _("%(code)s is blocked (%(reason)s): take another bin.")
            % {"code": place.code, "reason": place.blocked_reason},
        )


def item_of(scan: Scan, code: str) -> Scanned:
    """The SKU, or pack of it, that a barcode or a typed code means. Raises ScanRefused."""
    return items_of(scan, [code])[0]


def items_of(scan: Scan, codes: Sequence[str]) -> list[Scanned]:
    """What each code means, in their order. Raises ScanRefused for the first that nobody knows. Statements: 1."""
    given = [code.strip() for code in codes]
    found = scan_codes(scan.company_id, given)
    for code in given:
        if code not in found:
            raise ScanRefused("unknown_item", _("Nobody knows the barcode %(code)s: put it aside.") % {"code": code})
    return [found[code] for code in given]


def check_at(given: str, wanted: str) -> None:
    """The scanned place, or plate of a handling unit, is the wanted one. Raises ScanRefused."""
    if read_plate(given).upper() != wanted.upper():
        raise ScanRefused(
            "wrong_bin", _("Wrong bin: you are at %(given)s, go to %(wanted)s.") % {"given": given, "wanted": wanted}
        )


def check_item(scan: Scan, sku: Sku) -> None:
    """The scanned article is of the wanted SKU. Raises ScanRefused."""
    found = item_of(scan, scan.text("code"))
    if found.sku_id != sku.pk:
        raise ScanRefused(
            "wrong_item",
            _("Wrong article: this is %(given)s. Put it back and take %(wanted)s.")
            % {"given": found.sku, "wanted": sku.code},
        )


def plain(quantity: Decimal) -> str:
    """Without trailing zeros: for scripts and for sentences."""
    text = f"{quantity:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
