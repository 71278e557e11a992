"""What was shipped and never received: found after all, lost, or claimed from the carrier."""

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.models import AccountRole, Party, Subledger
from accounting.selectors import Books, books_of
from accounting.services.entries import Entry, Line
from accounting.services.open_items import Item, post_items
from backoffice.core.actor import Actor
from backoffice.core.approving import check_approvers
from backoffice.core.models import AuditEvent
from backoffice.core.money import ZERO, round_money
from inventory.errors import TransferRefused
from inventory.models import SettlementKind, Transfer, TransferLine, TransferSettlement
from inventory.selectors.places import counterpart
from inventory.selectors.stock import unit_costs
from inventory.selectors.transfers import transit_place
from inventory.services.arrivals import lock_lacking, serve_lacking
from inventory.services.moves import post_moves
from inventory.services.requests import MoveRequest, MoveResult
from inventory.services.transfers.common import (
    LINE,
    OBJECT,
    Held,
    hold_transfer,
    note,
    plain,
    positive,
    publish_incoming,
    set_status,
    status_of,
)
from inventory.services.transfers.receiving import places_of, take_from_transit
from inventory.services.transfers.units import units_of

FOUND = {SettlementKind.FOUND_SOURCE.value: "source_id", SettlementKind.FOUND_TARGET.value: "target_id"}
GONE = (SettlementKind.LOSS.value, SettlementKind.CLAIM.value)


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of a line's missing goods. location_id: where they were found; claim_on_id: the carrier's party.
    serials: the units' numbers, of SKUs that have them; empty: all of the line that are in transit."""

    line_id: int
    quantity: Decimal
    kind: str
    location_id: int | None = None
    claim_on_id: int | None = None
    lot_id: int | None = None
    serials: tuple[str, ...] = ()


@transaction.atomic(savepoint=False)
def settle_transfer(
    transfer_id: int,
    *,
    settlements: Sequence[Settlement],
    company_id: int,
    effective_at: datetime.datetime,
    actor: Actor,
    reason: str,
) -> Transfer:
    """Close a difference: found goods go back into a place of the source or target warehouse and serve who waits;
    lost goods are written off at cost against stock write-offs; claimed ones too, and their cost is owed by the
    carrier from then on (an open item that a payment settles). The transfer is closed when nothing is in transit.

    Four eyes (action write_off): above the free value nobody who shipped or received the transfer writes off.

    Raises NotFound, TransferRefused (no_reason, no_lines, unknown_line, bad_quantity, over_receipt, wrong_place,
    claim_on_nobody, serials_needed, unknown_serial), ApprovalRefused, StockRefused; nothing is written. Statements: about 25.
    """
    if not reason.strip():
        raise TransferRefused(_("Say why: the reason is kept with the change."), code="no_reason")
    held = hold_transfer(transfer_id, company_id=company_id)
    _check(held, settlements)
    books = books_of(company_id)
    _approve(held, settlements, books, actor)
    claimants = _claimants(settlements, company_id)
    places = _found_places(held, settlements)
    wanted = [(one.line_id, one.quantity, one.lot_id) for one in settlements]
    taken = take_from_transit(held, wanted)
    units = units_of(held, taken, [one.serials for one in settlements])
    found = [one for one in settlements if one.kind in FOUND]
    goods = [
        (held.line(one.line_id).sku_id, one.quantity, held.line(one.line_id).owner_id, one.location_id or 0)
        for one in found
    ]
    waiting = lock_lacking(goods, places=places, company_id=company_id)
    transit, outside = transit_place(company_id), counterpart(company_id, "adjustment")
    first = TransferSettlement.objects.filter(line__transfer=held.transfer).count()
    moves = post_moves(
        [
            MoveRequest(
                sku_id=line.sku_id,
                quantity=quantity,
                from_location_id=transit,
                to_location_id=settlements[index].location_id or outside,
                effective_at=effective_at,
                source_type=LINE,
                source_id=line.pk,
                lot_id=lot_id,
                owner_id=line.owner_id,
                reason=f"transfer_{settlements[index].kind}",
                entry_key=f"transfer:{held.transfer.pk}:settled:{first}",
                entry_source=(OBJECT, held.transfer.pk),
                serials=serials,
            )
            for (index, line, quantity, lot_id), serials in zip(taken, units, strict=True)
        ],
        company_id=company_id,
        actor=actor,
        books=books,
    )
    items = _claim(held, settlements, taken, moves, books, effective_at, actor, first)
    TransferSettlement.objects.bulk_create(
        TransferSettlement(
            company_id=company_id,
            line=line,
            kind=settlements[index].kind,
            quantity=quantity,
            value=-move.value,
            move_id=move.move_id,
            claim_on=claimants.get(settlements[index].claim_on_id or 0),
            open_item_id=items.get(settlements[index].claim_on_id or 0),
            note=reason[:300],
            actor_label=actor.label,
        )
        for (index, line, quantity, _lot), move in zip(taken, moves, strict=True)
    )
    for one in settlements:
        held.line(one.line_id).settled += one.quantity
    TransferLine.objects.bulk_update(held.lines, ["settled"])
    said = ", ".join(
        f"{plain(one.quantity)} × {held.line(one.line_id).sku.code}: {SettlementKind(one.kind).label}"
        for one in settlements
    )
    note(held.transfer, "settled", actor=actor, new=said[:300], reason=reason)
    set_status(held.transfer, status_of(held.lines), actor=actor, reason=reason)
    publish_incoming(held.transfer, held.lines, what="settled")
    serve_lacking(waiting, company_id=company_id, actor=actor)
    return held.transfer


def _check(held: Held, settlements: Sequence[Settlement]) -> None:
    if not settlements:
        raise TransferRefused(_("Give a quantity for at least one line."), code="no_lines")
    asked: defaultdict[int, Decimal] = defaultdict(Decimal)
    for one in settlements:
        line = held.line(one.line_id)
        if one.kind not in SettlementKind.values:
            raise ValueError(f"{one.kind!r} is no kind of settlement")
        if one.kind in FOUND and one.location_id is None or one.kind in GONE and one.location_id is not None:
            raise TransferRefused(
                _("%(sku)s: name the place where the goods were found, and only then.") % {"sku": line.sku.code},
                code="wrong_place",
                row=line.position,
            )
        asked[line.pk] += positive(one.quantity, line)
        if asked[line.pk] > line.in_transit:
            raise TransferRefused(
                _("%(sku)s: only %(there)s are in transit.") % {"sku": line.sku.code, "there": plain(line.in_transit)},
                code="over_receipt",
                row=line.position,
                sku=line.sku.code,
                wanted=plain(asked[line.pk]),
                there=plain(line.in_transit),
            )


def _approve(held: Held, settlements: Sequence[Settlement], books: Books, actor: Actor) -> None:
    """Whoever shipped or received the transfer counts as the author of a write-off. Statements: 2 to 4."""
    gone = [one for one in settlements if one.kind in GONE and held.line(one.line_id).owner_id is None]
    if not gone:
        return
    costs = unit_costs(held.transfer.company_id, sorted({held.line(one.line_id).sku_id for one in gone}))
    exponent = books.exponents[books.base_currency]
    value = sum((one.quantity * costs.get(held.line(one.line_id).sku_id, ZERO) for one in gone), ZERO)
    hands = AuditEvent.objects.filter(
        object_type=OBJECT, object_id=held.transfer.pk, action__in=["shipped", "received"], actor__isnull=False
    )
    authors = set(hands.values_list("actor_id", flat=True))
    own = actor.user_id if actor.user_id in authors else None
    check_approvers(
        "write_off", [(own, round_money(value, exponent))], actor=actor, company_id=held.transfer.company_id
    )


def _claimants(settlements: Sequence[Settlement], company_id: int) -> dict[int, Party]:
    wanted = {one.claim_on_id for one in settlements if one.kind == SettlementKind.CLAIM}
    if None in wanted or any(one.claim_on_id for one in settlements if one.kind != SettlementKind.CLAIM):
        raise TransferRefused(_("Name the carrier for what is claimed, and only for that."), code="claim_on_nobody")
    found = {party.pk: party for party in Party.objects.filter(company_id=company_id, pk__in=wanted)}
    if wanted - found.keys():
        raise TransferRefused(_("Choose a carrier among the parties of this company."), code="claim_on_nobody")
    return found


def _found_places(held: Held, settlements: Sequence[Settlement]) -> dict:
    places: dict = {}
    for kind, side in FOUND.items():
        wanted = {one.location_id for one in settlements if one.kind == kind and one.location_id is not None}
        if wanted:
            places |= places_of(held, wanted, getattr(held.transfer, side))
    return places


def _claim(
    held: Held,
    settlements: Sequence[Settlement],
    taken: Sequence[tuple[int, TransferLine, Decimal, int | None]],
    moves: Sequence[MoveResult],
    books: Books,
    effective_at: datetime.datetime,
    actor: Actor,
    first: int,
) -> Mapping[int, int]:
    """What carriers owe from now on: receivable against the write-off. The open item's id by party."""
    owed: defaultdict[int, Decimal] = defaultdict(Decimal)
    for (index, *_rest), move in zip(taken, moves, strict=True):
        claim_on = settlements[index].claim_on_id
        if claim_on is not None:
            owed[claim_on] -= move.value
    owed = defaultdict(Decimal, {party: value for party, value in owed.items() if value})
    currency, receivable = books.base_currency, books.account(AccountRole.RECEIVABLE)
    postings = [
        (
            Entry(
                date=None,
                effective_at=effective_at,
                subledger=Subledger.RECEIVABLE,
                source_type=OBJECT,
                source_id=held.transfer.pk,
                source_key=f"transfer:{held.transfer.pk}:claim:{first}:{party}",
                lines=[
                    Line(account_id=receivable, amount=value, currency=currency, party_id=party),
                    Line(account_id=books.account(AccountRole.INVENTORY_LOSS), amount=-value, currency=currency),
                ],
            ),
            Item("claim", party, receivable, "debit", currency, value, value),
        )
        for party, value in sorted(owed.items())
    ]
    posted = post_items(postings, company_id=books.company_id, actor=actor)
    return {item.party_id: done.open_item_id for (_entry, item), done in zip(postings, posted, strict=True)}
