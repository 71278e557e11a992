"""What the machinery remembers: limits, access tokens, refunds taken over, and counts of completeness."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.fields import AmountField, CurrencyCodeField
from integrations.models.connections import Connection
from orders.models import Order, ReturnOrder


class RateBucket(models.Model):
    """What of a channel's limit is used up, for all workers: a token bucket kept as the moment it is full again.

    In PostgreSQL, so that nothing is lost with the broker. failures: in a row; several open the circuit.
    """

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="buckets", db_index=False)
    operation = models.CharField(max_length=30)
    spent_until = models.DateTimeField()
    blocked_until = models.DateTimeField(null=True, blank=True, help_text=_("Nobody calls before then."))
    failures = models.PositiveIntegerField(default=0)
    taken_until = models.DateTimeField(
        null=True, blank=True, help_text=_("A call of which few run at once, until then.")
    )
    held_by = models.BigIntegerField(null=True, editable=False)

    class Meta:
        verbose_name = _("rate bucket")
        constraints = [models.UniqueConstraint(fields=["connection", "operation"], name="ratebucket_one_per_operation")]

    def __str__(self) -> str:
        return self.operation


class AccessToken(models.Model):
    """A login that lives a while, encrypted like the secrets it was made from. lease_until: one worker renews it."""

    connection = models.OneToOneField(Connection, on_delete=models.PROTECT, related_name="access_token")
    sealed = models.BinaryField(null=True, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    held_by = models.BigIntegerField(null=True, editable=False)

    class Meta:
        verbose_name = _("access token")

    def __str__(self) -> str:
        return str(self.connection_id)


class RefundState(models.TextChoices):
    APPLIED = "applied", _("Taken over")
    REFUSED = "refused", _("Needs a person")


class ImportedRefund(models.Model):
    """A refund that a channel gave, taken over once by its id; or why it could not be."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="refunds", db_index=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="channel_refunds")
    external_id = models.CharField(max_length=120)
    total = AmountField()
    currency = CurrencyCodeField()
    refunded_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=RefundState)
    code = models.CharField(max_length=60, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    return_order = models.ForeignKey(ReturnOrder, null=True, blank=True, on_delete=models.PROTECT)
    cancelled = models.JSONField(
        default=dict, blank=True, help_text=_("Units by the channel's line that were cancelled with it.")
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("channel refund")
        constraints = [
            models.UniqueConstraint(fields=["connection", "external_id"], name="importedrefund_once"),
            models.CheckConstraint(condition=Q(state__in=RefundState.values), name="importedrefund_state_known"),
            models.CheckConstraint(condition=Q(total__gte=0), name="importedrefund_not_negative"),
        ]

    def __str__(self) -> str:
        return self.external_id


class CompletenessCheck(models.Model):
    """A day's orders counted by id at the channel and here. missing: of those it named, we did not have so many."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="counts", db_index=False)
    day = models.DateField()
    there = models.PositiveIntegerField(help_text=_("Orders of the day at the channel."))
    missing = models.PositiveIntegerField(help_text=_("Of these unknown here when they were counted."))
    fetched = models.PositiveIntegerField(default=0, help_text=_("Of these fetched by their id."))
    missing_ids = models.JSONField(default=list, blank=True)
    checked_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("completeness count")
        constraints = [
            models.UniqueConstraint(fields=["connection", "day"], name="completenesscheck_one_per_day"),
            models.CheckConstraint(
                condition=Q(missing__lte=F("there")) & Q(fetched__lte=F("missing")), name="completenesscheck_adds_up"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.missing}/{self.there}"
