"""Goods of other owners: their terms, and goods that come in for them and go back to them."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from inventory.errors import NotFound, OwnerRefused
from inventory.models import ConsignmentTerm, Location, OwnerKind, Sku, StockOwner
from inventory.selectors.places import counterpart
from inventory.services.moves import post_moves
from inventory.services.receiving import ReceiptLine, Received, receive
from inventory.services.requests import MoveRequest, MoveResult

SOURCE = "inventory.stockowner"


@dataclass(frozen=True, slots=True)
class OwnersGoods:
    """Goods of an owner in one place."""

    sku_id: int
    quantity: Decimal
    location_id: int
    lot_id: int | None = None
    serials: tuple[str, ...] = ()


@transaction.atomic(savepoint=False)
def set_consignment_term(
    owner_id: int, *, sku_id: int, unit_price: Decimal, is_active: bool = True, company_id: int, actor: Actor
) -> ConsignmentTerm:
    """What we owe a consignor for a unit that is sold from now on; what was sold keeps its price.

    Raises NotFound, OwnerRefused (not_a_consignor, negative_price, unknown_sku). Statements: 5.
    """
    owner = locked_owner(owner_id, company_id)
    if owner.kind != OwnerKind.CONSIGNMENT:
        raise OwnerRefused(_("We do not sell the goods of %(owner)s.") % {"owner": owner}, code="not_a_consignor")
    if unit_price < 0:
        raise OwnerRefused(_("The price must not be below zero."), code="negative_price", field="unit_price")
    if not Sku.objects.filter(company_id=company_id, pk=sku_id).exists():
        raise OwnerRefused(_("There is no such SKU."), code="unknown_sku", field="sku")
    term = ConsignmentTerm.objects.filter(owner=owner, sku_id=sku_id).first()
    old = "" if term is None else f"{term.unit_price.normalize():f}"
    term = term or ConsignmentTerm(company_id=company_id, owner=owner, sku_id=sku_id)
    term.unit_price, term.is_active = unit_price, is_active
    term.save()
    new = f"{unit_price.normalize():f}" if is_active else ""
    record([Change(SOURCE, owner.pk, "changed", f"term {term.sku.code}", old, new, "", company_id)], actor=actor)
    return term


@transaction.atomic(savepoint=False)
def receive_for_owner(
    lines: Sequence[OwnersGoods],
    *,
    owner_id: int,
    company_id: int,
    effective_at: datetime.datetime,
    actor: Actor,
    source_key: str,
) -> Received:
    """Take goods in that stay the owner's: they have no value in our books. The same source_key again changes nothing.

    Raises NotFound, OwnerRefused (no_lines, quantity_not_positive, wrong_place, inactive), StockRefused; nothing is
    written then. Statements: about 20.
    """
    owner = locked_owner(owner_id, company_id)
    _check(lines, company_id)
    if not owner.is_active:
        raise OwnerRefused(_("%(owner)s is not active: nothing is taken in.") % {"owner": owner}, code="inactive")
    return receive(
        [
            ReceiptLine(
                sku_id=line.sku_id,
                quantity=line.quantity,
                location_id=line.location_id,
                lot_id=line.lot_id,
                owner_id=owner.party_id,
                serials=line.serials,
            )
            for line in lines
        ],
        company_id=company_id,
        effective_at=effective_at,
        source_type=SOURCE,
        source_id=owner.pk,
        source_key=source_key,
        actor=actor,
    )


@transaction.atomic(savepoint=False)
def return_to_owner(
    lines: Sequence[OwnersGoods],
    *,
    owner_id: int,
    company_id: int,
    effective_at: datetime.datetime,
    actor: Actor,
    source_key: str,
) -> list[MoveResult]:
    """Goods go back to their owner. The same source_key again changes nothing.

    Raises NotFound, OwnerRefused (no_lines, quantity_not_positive, wrong_place) and StockRefused (not_enough_stock,
    reserved); nothing is written then. Statements: about 12.
    """
    owner = locked_owner(owner_id, company_id)
    _check(lines, company_id)
    outside = counterpart(company_id, "supplier")
    return post_moves(
        [
            MoveRequest(
                sku_id=line.sku_id,
                quantity=line.quantity,
                from_location_id=line.location_id,
                to_location_id=outside,
                effective_at=effective_at,
                source_type=SOURCE,
                source_id=owner.pk,
                lot_id=line.lot_id,
                owner_id=owner.party_id,
                reason="owner_return",
                source_key=f"{source_key}:{row}",
                serials=line.serials,
            )
            for row, line in enumerate(lines, 1)
        ],
        company_id=company_id,
        actor=actor,
    )


def locked_owner(owner_id: int, company_id: int) -> StockOwner:
    """Raises NotFound. Statements: 1."""
    locked = StockOwner.objects.select_for_update(of=("self",), no_key=True)
    owner = locked.filter(company_id=company_id, pk=owner_id).first()
    if owner is None:
        raise NotFound(_("There is no such owner."), owner_id=owner_id)
    return owner


def _check(lines: Sequence[OwnersGoods], company_id: int) -> None:
    if not lines:
        raise OwnerRefused(_("Give a quantity of at least one SKU."), code="no_lines")
    for row, line in enumerate(lines, 1):
        if line.quantity <= 0:
            detail = _("Row %(row)s: the quantity must be above zero.") % {"row": row}
            raise OwnerRefused(detail, code="quantity_not_positive", row=row)
    wanted = {line.location_id for line in lines}
    found = Location.objects.filter(company_id=company_id, pk__in=wanted, warehouse__isnull=False, is_active=True)
    if found.count() != len(wanted):
        raise OwnerRefused(_("Choose an active place of a warehouse."), code="wrong_place")
