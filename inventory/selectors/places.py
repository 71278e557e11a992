"""The places that services go to by kind."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from inventory.errors import NotFound
from inventory.models import Location, LocationKind

STANDARD_PLACES = (
    (LocationKind.DOCK, "RECEIVING"),
    (LocationKind.STAGING, "STAGING"),
    (LocationKind.QUARANTINE, "QUARANTINE"),
    (LocationKind.REFURBISH, "REFURBISH"),
    (LocationKind.DAMAGED, "DAMAGED"),
    (LocationKind.MISSING, "MISSING"),
)


def counterparts(company_id: int) -> Mapping[str, int]:
    """The location id of each counterpart kind (supplier, customer, adjustment, opening, production). Statements: 1."""
    return dict(
        Location.objects.filter(company_id=company_id, warehouse__isnull=True).order_by("-id").values_list("kind", "id")
    )


def counterpart(company_id: int, kind: str) -> int:
    """The location id of one counterpart. Statements: 1. Raises NotFound if the company has no warehouse yet."""
    found = counterparts(company_id)
    if kind not in found:
        raise NotFound(_("The company has no %(kind)s place yet; make a warehouse first.") % {"kind": kind}, kind=kind)
    return found[kind]


def standard_places(warehouse_id: int) -> Mapping[str, int]:
    """The location id of the dock, staging, quarantine, refurbishing, damaged and missing place of a warehouse, by kind. Statements: 1."""
    return dict(
        Location.objects.filter(warehouse_id=warehouse_id, code__in=[code for _kind, code in STANDARD_PLACES])
        .order_by("id")
        .values_list("kind", "id")
    )
