"""What suppliers announce before it arrives (ASN)."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.fields import QuantityField
from inventory.models.purchasing import PurchaseOrder, PurchaseOrderLine


class NoticeStatus(models.TextChoices):
    EXPECTED = "expected", _("Expected")
    RECEIVED = "received", _("Received")
    CANCELLED = "cancelled", _("Cancelled")


class AdvanceNotice(models.Model):
    """A supplier's notice of goods on their way for one purchase order; they count as coming on its date."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    purchase_order = models.ForeignKey(PurchaseOrder, on_delete=models.PROTECT, related_name="notices", db_index=False)
    reference = models.CharField(max_length=60, help_text=_("The supplier's number of the delivery."))
    status = models.CharField(max_length=9, choices=NoticeStatus, default=NoticeStatus.EXPECTED)
    expected_date = models.DateField(help_text=_("When it should arrive."))
    shipped_date = models.DateField(null=True, blank=True)
    carrier = models.CharField(max_length=60, blank=True)
    tracking_number = models.CharField(max_length=80, blank=True)
    note = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("advance shipping notice")
        constraints = [
            models.UniqueConstraint(fields=["purchase_order", "reference"], name="advancenotice_reference_once"),
            models.CheckConstraint(condition=Q(status__in=NoticeStatus.values), name="advancenotice_status_known"),
        ]
        indexes = [
            models.Index(fields=["expected_date"], condition=Q(status="expected"), name="advancenotice_expected"),
        ]

    @property
    def number(self) -> str:
        return f"ASN-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class AdvanceNoticeLine(models.Model):
    """Goods announced of one purchase order line, with their lot and the package they are in."""

    notice = models.ForeignKey(AdvanceNotice, on_delete=models.PROTECT, related_name="lines", db_index=False)
    position = models.PositiveIntegerField()
    po_line = models.ForeignKey(PurchaseOrderLine, on_delete=models.PROTECT, related_name="announced")
    quantity = QuantityField()
    lot_code = models.CharField(_("lot"), max_length=60, blank=True)
    expiry_date = models.DateField(null=True, blank=True)
    package = models.CharField(max_length=40, blank=True, help_text=_("The carton's or pallet's number (SSCC)."))

    class Meta:
        verbose_name = _("notice line")
        constraints = [
            models.UniqueConstraint(fields=["notice", "position"], name="noticeline_position_unique"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="noticeline_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.po_line_id}"
