"""Soft reservations that stand: locked, kept longer, released, given up when their time is over."""

from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import database_now, prepared_cursor
from inventory.services import reduce_demands
from orders.errors import NotFound, ReservationRefused
from orders.models import Reservation, ReservationStatus
from orders.services.changing import change_status
from orders.services.reserving import MIN_SECONDS, SOURCE


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
