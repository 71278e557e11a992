"""Where programs outside want to be told what happens here, and what became of each message."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.models import OutboxEvent
from orders.models import Channel


class EndpointStatus(models.TextChoices):
    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")
    DISABLED = "disabled", _("Disabled: it failed for days")
    REMOVED = "removed", _("Removed")


class DeliveryStatus(models.TextChoices):
    DUE = "due", _("Due")
    SENT = "sent", _("Sent")
    DEAD = "dead", _("Given up")


class WebhookEndpoint(models.Model):
    """An address that is told of events; its secrets are sealed with a key outside the database.

    channel: hears of this channel's orders only; empty: of all of the company. former_until: how long the secret
    before the present one signs too.
    """

    company = models.ForeignKey(Company, verbose_name=_("company"), on_delete=models.PROTECT)
    channel = models.ForeignKey(Channel, verbose_name=_("channel"), null=True, blank=True, on_delete=models.PROTECT)
    name = models.CharField(_("name"), max_length=100)
    url = models.CharField(_("address"), max_length=500)
    events = ArrayField(
        models.CharField(max_length=40), verbose_name=_("events"), default=list, blank=True, help_text=_("Empty: all.")
    )
    secrets = models.BinaryField(null=True, editable=False)
    former_until = models.DateTimeField(_("former secret valid until"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=EndpointStatus, default=EndpointStatus.ACTIVE)
    status_reason = models.CharField(_("why"), max_length=300, blank=True, default="")
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("last delivered at"), null=True, blank=True)
    created_at = models.DateTimeField(_("made at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=EndpointStatus.values), name="webhookendpoint_status_known"),
        ]

    def __str__(self) -> str:
        return self.name


class WebhookDelivery(models.Model):
    """One event for one endpoint, told until it is taken or given up; a replay makes it due again.

    key: what it is about; of one key a later message waits for an earlier. Empty: it waits for nobody.
    """

    endpoint = models.ForeignKey(
        WebhookEndpoint, verbose_name=_("endpoint"), on_delete=models.PROTECT, related_name="deliveries"
    )
    event = models.ForeignKey(OutboxEvent, verbose_name=_("event"), on_delete=models.PROTECT)
    type = models.CharField(_("type"), max_length=40)
    key = models.CharField(_("about"), max_length=200, blank=True, default="")
    status = models.CharField(
        _("status"), max_length=6, choices=DeliveryStatus, default=DeliveryStatus.DUE, db_default=DeliveryStatus.DUE
    )
    attempts = models.PositiveIntegerField(_("tries"), default=0, db_default=0)
    due_at = models.DateTimeField(_("due at"), db_default=Now())
    lease_until = models.DateTimeField(_("leased until"), null=True, blank=True)
    held_by = models.BigIntegerField(null=True, editable=False)
    http_status = models.PositiveSmallIntegerField(_("answer"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True, default="", db_default="")
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    created_at = models.DateTimeField(_("made at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "event"], name="webhookdelivery_once_per_endpoint"),
            models.CheckConstraint(condition=Q(status__in=DeliveryStatus.values), name="webhookdelivery_status_known"),
        ]
        indexes = [
            models.Index(fields=["endpoint", "due_at", "id"], condition=Q(status="due"), name="webhookdelivery_due"),
            models.Index(fields=["endpoint", "key", "id"], condition=Q(status="due"), name="webhookdelivery_in_order"),
            models.Index(fields=["endpoint", "-id"], name="webhookdelivery_log"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"


class WebhookAttempt(models.Model):
    """One try of a delivery and what was answered."""

    delivery = models.ForeignKey(
        WebhookDelivery, verbose_name=_("delivery"), on_delete=models.PROTECT, related_name="log"
    )
    number = models.PositiveIntegerField(_("number"))
    at = models.DateTimeField(_("at"), db_default=Now(), editable=False)
    duration_ms = models.PositiveIntegerField(_("milliseconds"))
    http_status = models.PositiveSmallIntegerField(_("answer"), null=True)
    error = models.CharField(_("error"), max_length=300, blank=True, default="")
    answer = models.TextField(_("answered"), blank=True, default="")

    class Meta:
        verbose_name = _("webhook attempt")
        verbose_name_plural = _("webhook attempts")
        indexes = [models.Index(fields=["delivery", "-id"], name="webhookattempt_log")]
