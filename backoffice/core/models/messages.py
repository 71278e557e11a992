"""Outbox and inbox: what leaves the building and what comes in."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from backoffice.core.fields import CurrentXid, SystemIdentifier, XidField


class OutboxEvent(models.Model):
    """Something that happened here and concerns others; append-only, written in the same transaction.

    Readers go by (xid, id) below the oldest running transaction, never by id alone: ids become visible
    out of order. system_identifier: the cluster whose xid this is; xids do not survive a dump.
    """

    topic = models.CharField(_("topic"), max_length=80)
    key = models.CharField(_("key"), max_length=200)
    payload = models.JSONField(_("payload"), default=dict)
    company_id = models.BigIntegerField(_("company"), null=True, blank=True)
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)
    xid = XidField(db_default=CurrentXid(), editable=False)
    system_identifier = models.BigIntegerField(db_default=SystemIdentifier(), editable=False)

    class Meta:
        verbose_name = _("outbox event")
        verbose_name_plural = _("outbox")
        indexes = [models.Index(fields=["xid", "id"], name="outboxevent_xid")]

    def __str__(self) -> str:
        return f"{self.topic} {self.key}"


class OutboxCursor(models.Model):
    """How far one consumer has read. system_identifier names the cluster to which xid belongs."""

    consumer = models.CharField(_("consumer"), max_length=80, unique=True)
    system_identifier = models.BigIntegerField()
    xid = XidField()
    event_id = models.BigIntegerField(default=0)
    updated_at = models.DateTimeField(_("updated at"), db_default=Now())

    class Meta:
        verbose_name = _("outbox reader")
        verbose_name_plural = _("outbox readers")

    def __str__(self) -> str:
        return self.consumer


class InboxMessage(models.Model):
    """The header of something received, stored before anything is done with it; append-only.

    account: who sent it, e.g. "connection:5". version: "" or the sender's version of the object; a new
    version is a new message.
    """

    account = models.CharField(_("account"), max_length=80)
    topic = models.CharField(_("topic"), max_length=80)
    external_id = models.CharField(_("external id"), max_length=200)
    version = models.CharField(_("version"), max_length=80, blank=True, default="")
    body_sha256 = models.BinaryField(max_length=32)
    received_at = models.DateTimeField(_("received at"), db_default=Now(), editable=False)
    xid = XidField(db_default=CurrentXid(), editable=False)

    class Meta:
        verbose_name = _("inbox message")
        verbose_name_plural = _("inbox")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "topic", "external_id", "version"],
                name="inboxmessage_received_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.topic} {self.external_id}"


class PayloadBody(models.Model):
    """What was received, byte for byte. The erase role may blank it; its hash stays with the header."""

    message = models.OneToOneField(InboxMessage, primary_key=True, on_delete=models.PROTECT, related_name="payload")
    body = models.BinaryField()
    content_type = models.CharField(_("content type"), max_length=100, blank=True, default="")
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True)

    class Meta:
        permissions = [("erase_person", "Can see all that is held of a person, and erase it")]
        verbose_name = _("payload")
        verbose_name_plural = _("payloads")


class InboxWork(models.Model):
    """What became of a message. attempts is raised before the work starts: a poison message ends as dead."""

    class Status(models.TextChoices):
        RECEIVED = "received", _("received")
        PROCESSING = "processing", _("processing")
        PROCESSED = "processed", _("processed")
        IGNORED = "ignored", _("ignored")
        FAILED = "failed", _("failed, will be tried again")
        DEAD = "dead", _("given up")

    message = models.OneToOneField(InboxMessage, primary_key=True, on_delete=models.PROTECT, related_name="work")
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.RECEIVED)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    error_code = models.CharField(_("error code"), max_length=80, blank=True, default="")
    error = models.TextField(_("error"), blank=True, default="")
    result_type = models.CharField(_("result type"), max_length=80, blank=True, default="")
    result_id = models.BigIntegerField(_("result"), null=True, blank=True)
    due_at = models.DateTimeField(_("due at"), db_default=Now())
    lease_until = models.DateTimeField(_("leased until"), null=True, blank=True)
    held_by = models.BigIntegerField(null=True, editable=False)  # a Holder, which may be gone
    updated_at = models.DateTimeField(_("updated at"), db_default=Now())

    class Meta:
        verbose_name = _("inbox work")
        verbose_name_plural = _("inbox work")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "received",
                        "processing",
                        "processed",
                        "ignored",
                        "failed",
                        "dead",
                    ]
                ),
                name="inboxwork_status_known",
            ),
            models.CheckConstraint(
                condition=~Q(status="processing") | Q(lease_until__isnull=False),
                name="inboxwork_processing_has_lease",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "message"],
                condition=Q(status__in=["received", "processing", "failed"]),
                name="inboxwork_due",
            ),
        ]
