"""Goods that go from one warehouse of ours to another, through what is in transit."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company, OpenItem, Party
from backoffice.core.fields import AmountField, QuantityField
from inventory.models.catalogue import Lot, Sku
from inventory.models.claims import Demand
from inventory.models.moves import StockMove
from inventory.models.places import Warehouse


class TransferStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    APPROVED = "approved", _("Approved")
    ALLOCATED = "allocated", _("Allocated")
    PARTLY_SHIPPED = "partly_shipped", _("Partly shipped")
    SHIPPED = "shipped", _("Shipped")
    PARTLY_RECEIVED = "partly_received", _("Partly received")
    RECEIVED = "received", _("Received")
    CLOSED = "closed", _("Closed")
    CANCELLED = "cancelled", _("Cancelled")


class Transfer(models.Model):
    """An order to bring goods from one warehouse to another. Its status is computed from its lines once goods move.

    source_key: of whoever asks for it once, such as a proposal.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    source = models.ForeignKey(
        Warehouse, on_delete=models.PROTECT, related_name="transfers_out", verbose_name=_("from")
    )
    target = models.ForeignKey(Warehouse, on_delete=models.PROTECT, related_name="transfers_in", verbose_name=_("to"))
    status = models.CharField(max_length=16, choices=TransferStatus, default=TransferStatus.DRAFT)
    priority = models.PositiveSmallIntegerField(default=100, help_text=_("Lower comes first."))
    expected_date = models.DateField(
        null=True, blank=True, help_text=_("When it arrives; from then on its goods may be promised there.")
    )
    carrier = models.CharField(max_length=60, blank=True)
    tracking_number = models.CharField(max_length=80, blank=True)
    note = models.CharField(max_length=500, blank=True)
    source_key = models.CharField(max_length=120, null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_label = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    shipped_at = models.DateTimeField(null=True, blank=True, help_text=_("When the first goods left."))

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=TransferStatus.values), name="transfer_status_known"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="transfer_between_two_warehouses"),
            models.UniqueConstraint(
                fields=["company", "source_key"],
                condition=Q(source_key__isnull=False),
                name="transfer_source_key_unique",
            ),
        ]

    @property
    def number(self) -> str:
        return f"TR-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class TransferLine(models.Model):
    """Goods to be moved; quantities are raised by the services under the transfer's lock.

    shipped - received - settled is in transit. settled: a difference that was closed as found, lost or claimed.
    """

    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT)
    lot = models.ForeignKey(Lot, null=True, blank=True, on_delete=models.PROTECT, help_text=_("Empty: any lot."))
    owner = models.ForeignKey(
        Party, null=True, blank=True, on_delete=models.PROTECT, help_text=_("Empty: our own goods.")
    )
    quantity = QuantityField()
    cancelled = QuantityField(default=0)
    shipped = QuantityField(default=0)
    received = QuantityField(default=0)
    settled = QuantityField(default=0)
    demand = models.ForeignKey(Demand, null=True, blank=True, on_delete=models.PROTECT, db_index=False)

    class Meta:
        verbose_name = _("transfer line")
        verbose_name_plural = _("transfer lines")
        constraints = [
            models.UniqueConstraint(fields=["transfer", "position"], name="transferline_position_unique"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, cancelled__gte=0, shipped__gte=0, received__gte=0, settled__gte=0),
                name="transferline_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("shipped") + F("cancelled")), name="transferline_shipped_within_quantity"
            ),
            models.CheckConstraint(
                condition=Q(shipped__gte=F("received") + F("settled")), name="transferline_received_within_shipped"
            ),
        ]
        indexes = [
            models.Index(
                fields=["sku"],
                condition=Q(shipped__gt=F("received") + F("settled")),
                name="transferline_in_transit",
            )
        ]

    @property
    def to_ship(self) -> Decimal:
        return self.quantity - self.cancelled - self.shipped

    @property
    def in_transit(self) -> Decimal:
        return self.shipped - self.received - self.settled

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku_id}"


class SettlementKind(models.TextChoices):
    FOUND_SOURCE = "found_source", _("Found where it came from")
    FOUND_TARGET = "found_target", _("Found where it went to")
    LOSS = "loss", _("Lost")
    CLAIM = "claim", _("Claimed from the carrier")


class TransferSettlement(models.Model):
    """What became of goods that were shipped and not received. Insert-only."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    line = models.ForeignKey(TransferLine, on_delete=models.PROTECT, related_name="settlements")
    kind = models.CharField(max_length=16, choices=SettlementKind)
    quantity = QuantityField()
    value = AmountField(default=0, help_text=_("What it cost, in the company's currency."))
    move = models.ForeignKey(StockMove, on_delete=models.PROTECT, db_index=False)
    claim_on = models.ForeignKey(
        Party, null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    open_item = models.ForeignKey(OpenItem, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    note = models.CharField(max_length=300, blank=True)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    actor_label = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("transfer settlement")
        verbose_name_plural = _("transfer settlements")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=SettlementKind.values), name="transfersettlement_kind_known"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, value__gte=0), name="transfersettlement_quantity_positive"
            ),
            models.CheckConstraint(
                condition=Q(kind="claim", claim_on__isnull=False) | ~Q(kind="claim") & Q(claim_on__isnull=True),
                name="transfersettlement_claim_names_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.kind}"
