"""Channel accounts, where each sync stands, and what each run did."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.fields import AmountField, QuantityField
from backoffice.core.models import InboxMessage
from inventory.models import Sku
from orders.models import Channel, Order, Shipment


class ConnectionStatus(models.TextChoices):
    DRAFT = "draft", _("Being set up")
    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")
    NEEDS_AUTH = "needs_auth", _("Needs authorisation")


class Connection(models.Model):
    """A login at a channel. Its secrets are encrypted with a key outside the database."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    channel = models.OneToOneField(Channel, on_delete=models.PROTECT, related_name="connection")
    connector = models.CharField(max_length=30)
    settings = models.JSONField(default=dict, blank=True)
    secrets = models.BinaryField(null=True, blank=True, editable=False)
    status = models.CharField(max_length=12, choices=ConnectionStatus, default=ConnectionStatus.ACTIVE)
    status_reason = models.CharField(max_length=300, blank=True)
    buffer = QuantityField(default=0, help_text=_("Units never shown to this channel."))
    share_percent = models.PositiveSmallIntegerField(
        default=100, db_default=100, help_text=_("Of what is available beyond the buffer, this share is shown.")
    )
    cap = QuantityField(null=True, blank=True, help_text=_("Never more than this is shown. Empty: no limit."))
    floor = QuantityField(
        default=0,
        db_default=0,
        help_text=_("Fewer than this are shown as none, so that the last units sell elsewhere."),
    )
    push_prices = models.BooleanField(default=False, db_default=False, help_text=_("Our prices are sent there."))
    push_products = models.BooleanField(
        default=False, db_default=False, help_text=_("Our product data is sent there, new listings included.")
    )
    kept_fields = models.JSONField(
        default=list, blank=True, help_text=_("What of a listing the channel owns: it is never sent.")
    )
    keep_personal_days = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text=_("Buyers' data of ended orders is erased after so many days; the books stay. Empty: kept."),
    )
    notice = models.CharField(
        max_length=300, blank=True, db_default="", help_text=_("What the channel says of its API.")
    )
    webhook_secret = models.BinaryField(null=True, blank=True, editable=False)
    starts_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Orders placed before it are left to the channel. Empty: all are taken.")
    )
    live_at = models.DateTimeField(null=True, blank=True, help_text=_("When its setup ended."))
    setup = models.JSONField(default=dict, blank=True, help_text=_("What its setup has found so far."))
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("connection")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=ConnectionStatus.values),
                name="connection_status_known",
            ),
            models.CheckConstraint(condition=Q(share_percent__lte=100), name="connection_share_within_whole"),
            models.CheckConstraint(
                condition=Q(buffer__gte=0, floor__gte=0) & (Q(cap__isnull=True) | Q(cap__gte=0)),
                name="connection_limits_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.connector}: {self.channel}"


class Cursor(models.Model):
    """How far one stream of a connection was read; moved after the last page is committed."""

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="cursors")
    stream = models.CharField(max_length=30)
    value = models.CharField(max_length=300, blank=True)
    updated_at = models.DateTimeField(auto_now=True)
    due_at = models.DateTimeField(db_default=Now(), help_text=_("When it is read next."))
    lease_until = models.DateTimeField(null=True, blank=True, help_text=_("Read by one worker until then."))
    held_by = models.BigIntegerField(null=True, editable=False)
    failures = models.PositiveIntegerField(default=0, help_text=_("Reads that failed, in a row."))
    walk = models.JSONField(null=True, blank=True, help_text=_("Where an interrupted read goes on."))

    class Meta:
        verbose_name = _("cursor")
        constraints = [models.UniqueConstraint(fields=["connection", "stream"], name="cursor_one_per_stream")]
        indexes = [models.Index(fields=["due_at"], name="cursor_due")]

    def __str__(self) -> str:
        return f"{self.stream}: {self.value}"


class SyncRun(models.Model):
    """One run of one job of a connection (or of one file), with its progress."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    connection = models.ForeignKey(Connection, null=True, blank=True, on_delete=models.PROTECT, related_name="runs")
    job = models.CharField(
        max_length=30,
        help_text=_("pull_orders, push_stock, push_tracking, import_file"),
    )
    status = models.CharField(max_length=10, default="running", help_text=_("running, done, failed, stopped, waiting"))
    total = models.PositiveIntegerField(null=True, blank=True)
    done = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    message = models.TextField(blank=True)
    stop_requested = models.BooleanField(default=False, help_text=_("Stop after the present batch."))
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("sync run")
        indexes = [models.Index(fields=["connection", "job", "-started_at"], name="syncrun_latest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["running", "done", "failed", "stopped", "waiting"]),
                name="syncrun_status_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.job} {self.started_at:%Y-%m-%d %H:%M}"


class Listing(models.Model):
    """A SKU as one channel shows it, with the stock figure pushed last."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="listings")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="listings")
    external_id = models.CharField(max_length=120, blank=True, help_text=_("Empty: not made there yet."))
    external_sku = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    pushed_quantity = QuantityField(null=True, blank=True)
    pushed_at = models.DateTimeField(null=True, blank=True)
    is_dirty = models.BooleanField(default=True, help_text=_("Stock changed since the last push."))
    dirty_since = models.DateTimeField(null=True, blank=True)
    version = models.PositiveBigIntegerField(
        default=1,
        help_text=_("Raised by every change of stock: a push that began before is stale."),
    )
    due_at = models.DateTimeField(db_default=Now(), help_text=_("Not pushed before then."))
    lease_until = models.DateTimeField(null=True, blank=True)
    held_by = models.BigIntegerField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, help_text=_("Tries since the last push that arrived."))
    push_error = models.CharField(max_length=300, blank=True)
    share_percent = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("Instead of the connection's. Empty: the connection's.")
    )
    cap = QuantityField(null=True, blank=True, help_text=_("Instead of the connection's. Empty: the connection's."))
    pushed_price = AmountField(null=True, blank=True)
    price_pushed_at = models.DateTimeField(null=True, blank=True)
    price_error = models.CharField(max_length=300, blank=True, db_default="")
    product_hash = models.CharField(max_length=32, blank=True, db_default="", help_text=_("Of the data sent last."))
    product_error = models.CharField(max_length=300, blank=True, db_default="")

    class Meta:
        verbose_name = _("listing")
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "external_id"],
                condition=~Q(external_id=""),
                name="listing_external_id_unique",
            ),
            models.UniqueConstraint(
                fields=["connection", "external_sku"],
                name="listing_external_sku_unique",
            ),
            models.CheckConstraint(
                condition=Q(share_percent__isnull=True) | Q(share_percent__lte=100), name="listing_share_within_whole"
            ),
            models.CheckConstraint(condition=Q(cap__isnull=True) | Q(cap__gte=0), name="listing_cap_not_negative"),
        ]
        indexes = [
            models.Index(
                fields=["connection", "due_at", "id"],
                condition=Q(is_dirty=True),
                name="listing_to_push",
            ),
        ]

    def __str__(self) -> str:
        return self.external_sku


class TrackingPush(models.Model):
    """A shipment that a channel must be told of; idempotent by its key at the other end."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT)
    shipment = models.OneToOneField(Shipment, on_delete=models.PROTECT)
    key = models.CharField(max_length=64, help_text=_("The same on every try."))
    status = models.CharField(max_length=10, default="due", help_text=_("due, sent, dead"))
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True, blank=True)
    held_by = models.BigIntegerField(null=True, editable=False)
    error = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    external_id = models.CharField(max_length=120, blank=True, help_text=_("The channel's name of the fulfilment."))

    class Meta:
        verbose_name = _("tracking push")
        verbose_name_plural = _("tracking pushes")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["due", "sent", "dead"]),
                name="trackingpush_status_known",
            )
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(status="due"), name="trackingpush_due")]

    def __str__(self) -> str:
        return f"{self.shipment_id}: {self.status}"


class QuarantinedRow(models.Model):
    """A line or order that made no sense as received; kept with its reason, re-run after mapping."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT)
    run = models.ForeignKey(SyncRun, null=True, blank=True, on_delete=models.PROTECT)
    source = models.CharField(max_length=200, help_text=_("File or message."))
    row_number = models.PositiveIntegerField(null=True, blank=True)
    external_id = models.CharField(max_length=120, blank=True)
    row_key = models.CharField(max_length=64, help_text=_("Hash of what identifies it: kept once."))
    message = models.ForeignKey(
        InboxMessage,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        help_text=_("Where it came with; empty: a row of a file."),
    )
    raw = models.JSONField()
    code = models.CharField(max_length=40)
    reason = models.CharField(max_length=300)
    value = AmountField(default=0)
    status = models.CharField(max_length=10, default="open", help_text=_("open, resolved, dropped"))
    order = models.ForeignKey(Order, null=True, blank=True, on_delete=models.PROTECT)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("quarantined row")
        constraints = [models.UniqueConstraint(fields=["channel", "row_key"], name="quarantinedrow_kept_once")]
        indexes = [models.Index(fields=["channel", "status"], name="quarantinedrow_open")]

    def __str__(self) -> str:
        return f"{self.source}:{self.row_number} {self.code}"


class CodeMapping(models.Model):
    """What a channel's code means: a SKU under another name, a charge, a journal posting, or a stock write-off."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT)
    pattern = models.CharField(max_length=120, help_text=_("A code, or a prefix ending with *."))
    meaning = models.CharField(max_length=12, help_text=_("sku, charge, journal, discount, adjustment"))
    sku = models.ForeignKey(Sku, null=True, blank=True, on_delete=models.PROTECT)
    charge_kind = models.CharField(max_length=10, blank=True)
    account_role = models.CharField(max_length=24, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("code mapping")
        constraints = [models.UniqueConstraint(fields=["channel", "pattern"], name="codemapping_pattern_unique")]

    def __str__(self) -> str:
        return f"{self.pattern} → {self.meaning}"
