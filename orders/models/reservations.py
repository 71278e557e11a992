"""Goods held for a cart while its buyer checks out."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.fields import QuantityField
from backoffice.core.models import ApiKey
from inventory.models import Sku
from orders.models.channels import Channel
from orders.models.orders import Order


class ReservationStatus(models.TextChoices):
    OPEN = "open", _("Open")
    ORDERED = "ordered", _("Became an order")
    RELEASED = "released", _("Released")
    EXPIRED = "expired", _("Expired")


class Reservation(models.Model):
    """A soft reservation: its goods are claimed until it expires, by the database's clock.

    One that is still marked open but past its time counts as expired; the sweeper gives its goods back.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, db_index=False)
    api_key = models.ForeignKey(ApiKey, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    reference = models.CharField(max_length=40, unique=True)
    status = models.CharField(max_length=10, choices=ReservationStatus, default=ReservationStatus.OPEN)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    order = models.ForeignKey(Order, null=True, blank=True, on_delete=models.PROTECT, related_name="reservations")
    actor_label = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("reservation")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ReservationStatus.values), name="reservation_status_known"),
            models.CheckConstraint(
                condition=Q(status="ordered", order__isnull=False) | ~Q(status="ordered") & Q(order__isnull=True),
                name="reservation_ordered_has_order",
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at", "id"], condition=Q(status="open"), name="reservation_open_by_expiry"),
            models.Index(fields=["api_key", "created_at"], name="reservation_by_key_and_age"),
            models.Index(fields=["channel", "api_key"], condition=Q(status="open"), name="reservation_open_by_key"),
        ]

    def __str__(self) -> str:
        return self.reference


class ReservationLine(models.Model):
    """A quantity of a SKU (or of a kit) in a cart. Its demands name it as their source until it is ordered."""

    reservation = models.ForeignKey(Reservation, on_delete=models.PROTECT, related_name="lines", db_index=False)
    position = models.PositiveIntegerField()
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, db_index=False)
    quantity = QuantityField(help_text=_("What was reserved."))

    class Meta:
        verbose_name = _("reservation line")
        constraints = [
            models.UniqueConstraint(fields=["reservation", "position"], name="reservationline_position_unique"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="reservationline_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku_id}"


class ReservationLimit(models.Model):
    """What the carts of one storefront's key may hold at once, and how fast it may make them. Empty: no limit of its
    own; the house's settings hold for all keys.
    """

    api_key = models.OneToOneField(ApiKey, on_delete=models.PROTECT, related_name="+", verbose_name=_("API key"))
    max_open = models.PositiveIntegerField(
        _("open reservations"), null=True, blank=True, help_text=_("At most so many at once.")
    )
    max_per_sku = QuantityField(
        _("units per SKU"), null=True, blank=True, help_text=_("Held at most of one SKU in all its open reservations.")
    )
    max_per_minute = models.PositiveIntegerField(
        _("reservations a minute"), null=True, blank=True, help_text=_("Made at most within 60 seconds.")
    )

    class Meta:
        verbose_name = _("reservation limit")
        constraints = [
            models.CheckConstraint(
                condition=Q(max_per_sku__isnull=True) | Q(max_per_sku__gt=0), name="reservationlimit_units_positive"
            ),
        ]

    def __str__(self) -> str:
        return str(self.api_key)
