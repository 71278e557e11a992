"""Soft reservations for a storefront's checkout: goods held for a cart."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import prepared_cursor
from inventory.selectors import available, kit_parts
from inventory.services import Claim, DemandRequest, allocate, create_demands, lock_levels
from orders.carts import CartLine, CartPart, plan_cart
from orders.errors import NotFound, ReservationRefused
from orders.models import Channel, Reservation, ReservationLine
from orders.selectors.setting import freshness, known_skus
from orders.selectors.sites import supply_of
from orders.services.reserving_limits import check_limits

ZERO = Decimal(0)
ONE = Decimal(1)
MAX_LINES = 200
MIN_SECONDS = 10
SOURCE = "orders.reservationline"


@dataclass(frozen=True, slots=True)
class CartInput:
    """A quantity > 0 of a SKU or kit, by its code in whatever letter case."""

    sku: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Reserved:
    """A line of a new reservation. reserved: what is held, less than wanted only where a part was allowed."""

    sku: str
    wanted: Decimal
    reserved: Decimal


@dataclass(frozen=True, slots=True)
class ReservationMade:
    """A new reservation; lines in the order asked for."""

    reservation_id: int
    reference: str
    expires_at: datetime
    lines: list[Reserved]


@transaction.atomic(savepoint=False)
def reserve(
    lines: Sequence[CartInput],
    *,
    channel_id: int,
    seconds: int,
    actor: Actor,
    api_key_id: int | None = None,
    partial: bool = False,
) -> ReservationMade:
    """Hold goods for a cart for so many seconds, by the database's clock.

    All or nothing, unless `partial`: then what there is. Kits are held as their components.

    Raises ReservationRefused, naming every line, nothing written: out_of_stock, unknown_sku, bad_line,
    too_many_lines, too_large, bad_ttl, too_many_open, too_many_units, too_fast (of the key),
    clients_goods (the channel ships a client's); NotFound for the channel.
    Statements: at most 15, whatever the number of lines; 1 more where the channel wants its goods to keep.
    """
    channel = Channel.objects.filter(pk=channel_id, is_active=True).first()
    if channel is None:
        raise NotFound(_("There is no such channel."), channel_id=channel_id)
    if channel.goods_owner_id is not None:
        raise ReservationRefused(
            _("This channel ships a client's goods: its carts hold nothing."), code="clients_goods"
        )
    _check(lines, seconds)
    skus, cart = _cart(lines, channel.company_id)
    wanted: dict[int, Decimal] = {}
    for sku, line in zip(skus, lines, strict=True):
        wanted[sku] = wanted.get(sku, ZERO) + line.quantity
    codes = {sku: line.sku for sku, line in zip(skus, lines, strict=True)}
    check_limits(wanted, codes, channel_id=channel_id, api_key_id=api_key_id)
    warehouses, _is_ruled = supply_of(channel.company_id)
    places = (channel.warehouse_id,) if channel.warehouse_id else warehouses
    until = freshness([channel.pk])[channel.pk][1] if channel.min_remaining_days is not None else None
    parts = _plan(cart, places, channel.company_id, until)
    held = [sum((part.quantity for part in parts if part.line == place), ZERO) for place in range(len(lines))]
    _refuse_missing(lines, held, partial=partial)
    reservation = _insert(channel, seconds, api_key_id, actor)
    kept = [place for place, quantity in enumerate(held) if quantity > 0]
    rows = ReservationLine.objects.bulk_create(
        ReservationLine(reservation=reservation, position=place + 1, sku_id=skus[place], quantity=held[place])
        for place in kept
    )
    line_ids = dict(zip(kept, (row.pk for row in rows), strict=True))
    _claim(reservation, cart, held, parts, line_ids, channel, actor, until)
    change = Change(
        "orders.reservation", reservation.pk, "made", field="status", new="open", company_id=channel.company_id
    )
    record([change], actor=actor)
    answer = [Reserved(line.sku, line.quantity, quantity) for line, quantity in zip(lines, held, strict=True)]
    return ReservationMade(reservation.pk, reservation.reference, reservation.expires_at, answer)


def _check(lines: Sequence[CartInput], seconds: int) -> None:
    if not MIN_SECONDS <= seconds <= settings.RESERVATION_MAX_SECONDS:
        words = {"least": MIN_SECONDS, "most": settings.RESERVATION_MAX_SECONDS}
        raise ReservationRefused(
            _("A reservation lasts from %(least)s to %(most)s seconds.") % words, code="bad_ttl", **words
        )
    if not 1 <= len(lines) <= MAX_LINES:
        raise ReservationRefused(
            _("A reservation has from 1 to %(most)s lines.") % {"most": MAX_LINES},
            code="too_many_lines",
            most=MAX_LINES,
        )
    most = settings.RESERVATION_MAX_QUANTITY
    for row, line in enumerate(lines):
        if line.quantity <= 0 or line.quantity > most:
            raise ReservationRefused(
                _("Line %(row)s: the quantity is above zero and at most %(most)s.") % {"row": row + 1, "most": most},
                code="bad_line" if line.quantity <= 0 else "too_large",
                row=row,
            )


def _cart(lines: Sequence[CartInput], company_id: int) -> tuple[list[int], list[CartLine]]:
    known = known_skus(company_id, codes=[line.sku for line in lines], ids=())
    for row, line in enumerate(lines):
        if line.sku not in known.by_code:
            raise ReservationRefused(
                _("Line %(row)s: there is no SKU “%(code)s”.") % {"row": row + 1, "code": line.sku[:60]},
                code="unknown_sku",
                row=row,
                sku=line.sku[:60],
            )
        if known.by_code[line.sku] in known.unsold:
            raise ReservationRefused(
                _("Line %(row)s: %(code)s is not for sale.") % {"row": row + 1, "code": line.sku[:60]},
                code="sku_not_for_sale",
                row=row,
                sku=line.sku[:60],
            )
    kits = kit_parts(known.kits.values()) if known.kits else {}
    skus = [known.by_code[line.sku] for line in lines]
    return skus, [
        CartLine(line.quantity, kits[known.kits[sku]].parts, True)
        if sku in known.kits
        else CartLine(line.quantity, {sku: ONE})
        for line, sku in zip(lines, skus, strict=True)
    ]


def _plan(cart: Sequence[CartLine], warehouses: Sequence[int], company_id: int, until: date | None) -> list[CartPart]:
    """Under the locks of every level that may be used, so what is planned can be claimed."""
    skus = sorted({sku for line in cart for sku in line.parts})
    lock_levels([(sku, warehouse) for sku in skus for warehouse in sorted(warehouses)], company_id=company_id)
    return plan_cart(cart, warehouses=warehouses, available=available(company_id, skus, until=until))


def _refuse_missing(lines: Sequence[CartInput], held: Sequence[Decimal], *, partial: bool) -> None:
    missing = [
        {"row": row, "sku": line.sku, "wanted": _plain(line.quantity), "available": _plain(quantity)}
        for row, (line, quantity) in enumerate(zip(lines, held, strict=True))
        if quantity < line.quantity
    ]
    if missing and (not partial or not any(held)):
        raise ReservationRefused(
            _("%(sku)s: only %(available)s of %(wanted)s are available.") % missing[0],
            code="out_of_stock",
            lines=missing,
        )


def _plain(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"


def _insert(channel: Channel, seconds: int, api_key_id: int | None, actor: Actor) -> Reservation:
    reservation = Reservation(reference=secrets.token_urlsafe(18), channel=channel, company_id=channel.company_id)
    with prepared_cursor() as cursor:
        cursor.execute(
            "INSERT INTO orders_reservation (company_id, channel_id, api_key_id, reference, status, expires_at,"
            " actor_label) VALUES (%s, %s, %s::bigint, %s, 'open', clock_timestamp() + %s::int * interval '1 second', %s)"
            " RETURNING id, expires_at",
            [channel.company_id, channel.pk, api_key_id, reservation.reference, seconds, actor.label],
        )
        reservation.pk, reservation.expires_at = cursor.fetchone()
    return reservation


def _claim(
    reservation: Reservation,
    cart: Sequence[CartLine],
    held: Sequence[Decimal],
    parts: Sequence[CartPart],
    line_ids: dict[int, int],
    channel: Channel,
    actor: Actor,
    until: date | None,
) -> None:
    wanted = [(place, sku, per) for place in line_ids for sku, per in cart[place].parts.items()]
    made = create_demands(
        [
            DemandRequest(
                sku_id=sku,
                quantity=held[place] * per,
                kind="cart",
                source_type=SOURCE,
                source_id=line_ids[place],
                wanted_at=reservation.expires_at,
                priority=channel.priority,
                warehouse_id=channel.warehouse_id,
                expires_at=reservation.expires_at,
                kit_ratio=per if cart[place].is_kit else None,
                min_expiry_date=until,
            )
            for place, sku, per in wanted
        ],
        company_id=channel.company_id,
    )
    demands = {(place, sku): demand for (place, sku, _per), demand in zip(wanted, made, strict=True)}
    claims = [
        Claim(demands[part.line, sku], sku, part.warehouse_id, part.quantity * per)
        for part in parts
        for sku, per in cart[part.line].parts.items()
    ]
    if any(result.code for result in allocate(claims, company_id=channel.company_id, actor=actor)):
        raise AssertionError("what was planned under the levels' locks is there")
