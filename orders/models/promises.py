"""When lines that wait were promised, when they are expected now, and how that came about."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.fields import QuantityField
from inventory.models import Sku
from orders.models.channels import Channel
from orders.models.orders import OrderLine


class ReleaseDate(models.Model):
    """From when on a channel gives a SKU to the warehouse, instead of the SKU's own release date: later or earlier."""

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="release_dates", db_index=False)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    release_date = models.DateField(
        help_text=_("Sold before that day as a pre-order: claimed, but not given to the warehouse.")
    )

    class Meta:
        verbose_name = _("release date of a channel")
        verbose_name_plural = _("release dates of channels")
        constraints = [models.UniqueConstraint(fields=["channel", "sku"], name="releasedate_one_a_channel")]

    def __str__(self) -> str:
        return f"{self.sku} {self.channel} {self.release_date}"


class LinePromise(models.Model):
    """The promise of one order line that had to wait: for goods, or for its release date.

    promised_date is what the customer was told: the earliest date that was ever given (or the channel's own,
    `stated`). expected_date is what can be kept by today's knowledge; empty: nothing known will bring it all.
    parts: [[date, quantity], …] of what it waits for. Open until all is claimed and released.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    order_line = models.OneToOneField(OrderLine, on_delete=models.PROTECT, related_name="promise")
    is_open = models.BooleanField(default=True)
    waiting = QuantityField(help_text=_("Not claimed yet."))
    promised_date = models.DateField(null=True, blank=True)
    stated = models.BooleanField(default=False, help_text=_("Given by the channel: it does not move."))
    expected_date = models.DateField(null=True, blank=True)
    parts = models.JSONField(default=list)
    release_date = models.DateField(null=True, blank=True, help_text=_("A pre-order that waits for this day."))
    counted_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("promise")
        constraints = [models.CheckConstraint(condition=Q(waiting__gte=0), name="linepromise_waiting_not_negative")]
        indexes = [
            models.Index(
                fields=["company", "promised_date", "id"], condition=Q(is_open=True), name="linepromise_still_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.waiting} of line {self.order_line_id}"


class PromiseReason(models.TextChoices):
    PLACED = "placed", _("Promised when ordered")
    INBOUND = "inbound", _("What suppliers will bring changed")
    COUNTED = "counted", _("Counted again")
    SERVED = "served", _("Goods were given to it")
    RELEASED = "released", _("Its release date has come")
    CANCELLED = "cancelled", _("No longer wanted")


class PromiseChange(models.Model):
    """One change of what a line can expect: who, when, from, to, why. Insert-only."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="promise_changes")
    old_date = models.DateField(null=True, blank=True)
    new_date = models.DateField(null=True, blank=True)
    waiting = QuantityField()
    reason = models.CharField(max_length=10, choices=PromiseReason)
    detail = models.CharField(max_length=200, blank=True, help_text=_("Such as the purchase order."))
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    actor_label = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("change of promise")
        verbose_name_plural = _("changes of promises")
        constraints = [
            models.CheckConstraint(condition=Q(reason__in=PromiseReason.values), name="promisechange_reason_known")
        ]

    def __str__(self) -> str:
        return f"{self.old_date} → {self.new_date}"
