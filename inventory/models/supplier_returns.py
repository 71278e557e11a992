"""Goods that go back to a supplier."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company, Party
from accounting.models.journal import JournalEntry
from backoffice.core.fields import AmountField, CurrencyCodeField, QuantityField
from inventory.models.catalogue import Lot, Sku
from inventory.models.claims import Demand
from inventory.models.places import Warehouse
from inventory.models.purchasing import PurchaseOrderLine


class SupplierReturnStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    APPROVED = "approved", _("Approved")
    SHIPPED = "shipped", _("Shipped")
    CREDITED = "credited", _("Credited")
    CLOSED = "closed", _("Closed")
    CANCELLED = "cancelled", _("Cancelled")


class SupplierReturn(models.Model):
    """A return to a supplier: claimed when it is approved, gone when it is shipped, done when it is credited.

    expected: what the supplier owes for it, in the base currency at the purchase prices; it stands as a debit in
    goods received not invoiced (entry) until their credit note clears it.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    supplier = models.ForeignKey(Party, on_delete=models.PROTECT)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, db_index=False)
    status = models.CharField(max_length=9, choices=SupplierReturnStatus, default=SupplierReturnStatus.DRAFT)
    currency = CurrencyCodeField()
    reference = models.CharField(max_length=60, blank=True, help_text=_("The supplier's number of the return."))
    reason = models.CharField(max_length=300)
    carrier = models.CharField(max_length=60, blank=True)
    tracking_number = models.CharField(max_length=80, blank=True)
    credit_reference = models.CharField(max_length=60, blank=True, help_text=_("The supplier's credit note."))
    expected = AmountField(default=0)
    entry = models.ForeignKey(
        JournalEntry, null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    shipped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("supplier return")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=SupplierReturnStatus.values), name="supplierreturn_status_known"
            ),
            models.CheckConstraint(condition=Q(expected__gte=0), name="supplierreturn_expected_not_negative"),
        ]

    @property
    def number(self) -> str:
        return f"SR-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class SupplierReturnLine(models.Model):
    """Goods to go back; unit_price is what they were bought at, in the return's currency."""

    supplier_return = models.ForeignKey(SupplierReturn, on_delete=models.PROTECT, related_name="lines", db_index=False)
    position = models.PositiveIntegerField()
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, db_index=False)
    lot = models.ForeignKey(Lot, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    po_line = models.ForeignKey(
        PurchaseOrderLine, null=True, blank=True, on_delete=models.PROTECT, related_name="supplier_returns"
    )
    quantity = QuantityField()
    shipped = QuantityField(default=0)
    unit_price = AmountField()
    demand = models.OneToOneField(Demand, null=True, blank=True, editable=False, on_delete=models.PROTECT)

    class Meta:
        verbose_name = _("supplier return line")
        constraints = [
            models.UniqueConstraint(fields=["supplier_return", "position"], name="supplierreturnline_position_unique"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, shipped__gte=0, shipped__lte=F("quantity"), unit_price__gte=0),
                name="supplierreturnline_quantities_sane",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku_id}"
