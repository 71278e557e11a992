"""Soft reservations for a storefront's checkout: made, kept longer, released, given up when their time is over."""

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
from backoffice.core.db import database_now, prepared_cursor
from inventory.selectors import available, kit_parts
from inventory.services import Claim, DemandRequest, allocate, create_demands, lock_levels, reduce_demands
from orders.carts import CartLine, CartPart, plan_cart
from orders.errors import NotFound, ReservationRefused
from orders.models import Channel, Reservation, ReservationLine, ReservationStatus
from orders.selectors.setting import freshness, known_skus
from orders.selectors.sites import supply_of
from orders.services.changing import change_status
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


def lock_reservation(reference: str, *, channel_id: int | None) -> tuple[Reservation, bool]:
    """The reservation, locked, and whether its time is over by the database's clock. Statements: 2.

    Raises NotFound, also for one of another channel.
    """
    found = Reservation.objects.select_for_update(of=("self",), no_key=True).filter(reference=reference)
    reservation = (found if channel_id is None else found.filter(channel_id=channel_id)).first()
    if reservation is None:
        raise NotFound(_("There is no such reservation."), reference=reference[:40])
    over = reservation.status == ReservationStatus.EXPIRED or reservation.expires_at <= database_now()
    return reservation, over


def refuse_ended(reservation: Reservation) -> None:
    """Raises ReservationRefused if it was released or became an order."""
    if reservation.status == ReservationStatus.RELEASED:
        raise ReservationRefused(_("This reservation was released."), code="released")
    if reservation.status == ReservationStatus.ORDERED:
        raise ReservationRefused(
            _("This reservation became an order already."), code="ordered", order_id=reservation.order_id
        )


@transaction.atomic(savepoint=False)
def extend_reservation(reference: str, *, channel_id: int | None, seconds: int, actor: Actor) -> Reservation:
    """Keep a reservation for so many seconds from now; not longer in all than the settings allow.

    Raises NotFound, ReservationRefused (expired, released, ordered, bad_ttl, too_long), nothing changed.
    Statements: 5.
    """
    if not MIN_SECONDS <= seconds <= settings.RESERVATION_MAX_SECONDS:
        words = {"least": MIN_SECONDS, "most": settings.RESERVATION_MAX_SECONDS}
        raise ReservationRefused(
            _("A reservation lasts from %(least)s to %(most)s seconds.") % words, code="bad_ttl", **words
        )
    reservation, over = lock_reservation(reference, channel_id=channel_id)
    refuse_ended(reservation)
    if over:
        raise ReservationRefused(_("This reservation has expired: reserve the goods again."), code="expired")
    with prepared_cursor() as cursor:
        cursor.execute(
            "UPDATE orders_reservation SET expires_at = clock_timestamp() + %s::int * interval '1 second' WHERE id = %s"
            " AND clock_timestamp() + %s::int * interval '1 second' <= created_at + %s::int * interval '1 second'"
            " RETURNING expires_at",
            [seconds, reservation.pk, seconds, settings.RESERVATION_MAX_LIFE_SECONDS],
        )
        row = cursor.fetchone()
        if row is None:
            most = settings.RESERVATION_MAX_LIFE_SECONDS
            raise ReservationRefused(
                _("A reservation lasts %(most)s seconds at most, however often it is extended.") % {"most": most},
                code="too_long",
                most=most,
            )
        old, reservation.expires_at = reservation.expires_at, row[0]
        cursor.execute(
            "WITH held AS MATERIALIZED (SELECT d.id FROM inventory_demand d JOIN orders_reservationline l"
            " ON d.source_type = %s AND d.source_id = l.id WHERE l.reservation_id = %s ORDER BY d.id"
            " FOR NO KEY UPDATE OF d) UPDATE inventory_demand d SET expires_at = %s FROM held WHERE d.id = held.id",
            [SOURCE, reservation.pk, reservation.expires_at],
        )
    change = Change(
        "orders.reservation",
        reservation.pk,
        "extended",
        field="expires_at",
        old=old.isoformat(),
        new=reservation.expires_at.isoformat(),
        company_id=reservation.company_id,
    )
    record([change], actor=actor)
    return reservation


@transaction.atomic(savepoint=False)
def release_reservation(reference: str, *, channel_id: int | None, actor: Actor, reason: str = "") -> Reservation:
    """Give a reservation's goods back now; released again it is released still.

    Raises NotFound, ReservationRefused (ordered), nothing changed. Statements: 4 and those of reduce_demands.
    """
    reservation, _over = lock_reservation(reference, channel_id=channel_id)
    if reservation.status == ReservationStatus.RELEASED:
        return reservation
    refuse_ended(reservation)
    free_demands(reservation, actor=actor)
    move = (reservation.pk, reservation.status, ReservationStatus.RELEASED.value)
    change_status("orders.reservation", [move], company_id=reservation.company_id, actor=actor, reason=reason)
    reservation.status = ReservationStatus.RELEASED
    return reservation


def free_demands(reservation: Reservation, *, actor: Actor) -> None:
    """Want nothing any more for the lines that still hang on a locked reservation."""
    reductions = [
        (demand_id, quantity) for _line, _sku, demand_id, quantity in held_demands(reservation.pk) if quantity
    ]
    if reductions:
        reduce_demands(reductions, company_id=reservation.company_id, actor=actor)


def held_demands(reservation_id: int) -> list[tuple[int, int, int, Decimal]]:
    """(reservation line, SKU, demand, quantity wanted) of a locked reservation, all locked. Statements: 1."""
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT l.id, d.sku_id, d.id, d.quantity FROM orders_reservationline l JOIN inventory_demand d"
            " ON d.source_type = %s AND d.source_id = l.id WHERE l.reservation_id = %s ORDER BY d.id"
            " FOR NO KEY UPDATE OF d",
            [SOURCE, reservation_id],
        )
        return cursor.fetchall()


@transaction.atomic(savepoint=False)
def expire_reservations(*, actor: Actor, limit: int = 500) -> int:
    """Mark reservations whose time is over, by the database's clock; how many.

    Their goods are given back by inventory's own sweep of expired demands. Those that somebody works on are left
    for the next round. Statements: 2, 1 if there are none.
    """
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT id, company_id FROM orders_reservation WHERE status = 'open' AND expires_at <= clock_timestamp()"
            " ORDER BY expires_at, id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED",
            [limit],
        )
        due = cursor.fetchall()
    for company_id in sorted({company for _pk, company in due}):
        moves = [(pk, "open", "expired") for pk, company in due if company == company_id]
        change_status("orders.reservation", moves, company_id=company_id, actor=actor)
    return len(due)
