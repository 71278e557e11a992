"""Builders for carts."""

import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from inventory.models import Demand
from orders.models import Channel, Reservation, ReservationLine
from orders.services import CartInput, ReservationMade, reserve
from tests.factories.books import ACTOR


def cart(channel: Channel, *lines: tuple[str, str], seconds: int = 600, **values: Any) -> ReservationMade:
    """A reservation of (SKU, quantity)."""
    inputs = [CartInput(sku, Decimal(quantity)) for sku, quantity in lines or [("MUG", "1")]]
    return reserve(inputs, channel_id=channel.pk, seconds=seconds, actor=ACTOR, **values)


def let_expire(made: ReservationMade) -> None:
    """Its time has been over for a second."""
    past = timezone.now() - datetime.timedelta(seconds=1)
    lines = ReservationLine.objects.filter(reservation_id=made.reservation_id).values("pk")
    Reservation.objects.filter(pk=made.reservation_id).update(expires_at=past)
    Demand.objects.filter(source_type="orders.reservationline", source_id__in=lines).update(expires_at=past)
