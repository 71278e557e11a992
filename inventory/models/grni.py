"""Goods received, not invoiced: what arrived and what was billed, each open until the other clears it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.models import BillLine, Company, JournalEntry, Party, Side
from accounting.models.journal import CurrentXid
from backoffice.core.fields import AmountField, QuantityField, XidField
from inventory.models.catalogue import Sku
from inventory.models.moves import StockMove
from inventory.models.purchasing import PurchaseOrderLine


class GrniWriteOffStatus(models.TextChoices):
    REQUESTED = "requested", _("Waits for approval")
    POSTED = "posted", _("Posted")
    REFUSED = "refused", _("Refused")


class GrniWriteOff(models.Model):
    """Old rests of goods received, not invoiced, that nobody will bill or deliver any more."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    status = models.CharField(max_length=10, choices=GrniWriteOffStatus, default=GrniWriteOffStatus.REQUESTED)
    reason = models.CharField(max_length=300)
    value = AmountField(default=0, help_text=_("Of all its lines, in the base currency."))
    entry = models.OneToOneField(JournalEntry, null=True, blank=True, on_delete=models.PROTECT)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_by_label = models.CharField(max_length=150)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    decided_by_label = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("write-off of uninvoiced goods")
        verbose_name_plural = _("write-offs of uninvoiced goods")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=GrniWriteOffStatus.values), name="grniwriteoff_status_known"),
        ]

    @property
    def number(self) -> str:
        return f"GWO-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class GrniKind(models.TextChoices):
    RECEIPT = "receipt", _("Receipt")
    SUPPLIER_RETURN = "supplier_return", _("Return to supplier")
    BILL = "bill", _("Bill")
    CREDIT_NOTE = "credit_note", _("Supplier credit note")
    WRITE_OFF = "write_off", _("Write-off")
    REVERSAL = "reversal", _("Reversal")


class GrniItem(models.Model):
    """One fact on the account of goods received, not invoiced, open until facts of the other side use it up.

    A receipt and a supplier's credit note are credits, a bill and a return to the supplier are debits: what is open
    in all is the account's balance. quantity is in the SKU's unit, value in the base currency; used and used_value
    are totals of GrniMatch rows, kept by trigger: 0 <= used <= quantity, so nothing is billed twice.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    kind = models.CharField(max_length=16, choices=GrniKind)
    side = models.CharField(max_length=6, choices=Side)
    supplier = models.ForeignKey(
        Party, null=True, blank=True, on_delete=models.PROTECT, help_text=_("Empty: goods that nobody ordered.")
    )
    sku = models.ForeignKey(Sku, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    po_line = models.ForeignKey(PurchaseOrderLine, null=True, blank=True, on_delete=models.PROTECT)
    move = models.OneToOneField(StockMove, null=True, blank=True, on_delete=models.PROTECT, related_name="grni_item")
    bill_line = models.OneToOneField(
        BillLine, null=True, blank=True, on_delete=models.PROTECT, related_name="grni_item"
    )
    write_off = models.ForeignKey(
        GrniWriteOff, null=True, blank=True, on_delete=models.PROTECT, related_name="items", db_index=False
    )
    reverses = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversal")
    quantity = QuantityField()
    value = AmountField()
    used = QuantityField(db_default=0)
    used_value = AmountField(db_default=0)
    open_quantity = models.GeneratedField(
        expression=F("quantity") - F("used"), output_field=QuantityField(), db_persist=True
    )
    open_value = models.GeneratedField(
        expression=F("value") - F("used_value"), output_field=AmountField(), db_persist=True
    )
    date = models.DateField(help_text=_("Of its journal entry."))
    entry = models.ForeignKey(JournalEntry, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    xid = XidField(db_default=CurrentXid(), editable=False)

    class Meta:
        verbose_name = _("uninvoiced item")
        constraints = [
            models.CheckConstraint(condition=Q(side__in=Side.values), name="grniitem_side_known"),
            models.CheckConstraint(
                condition=Q(kind__in=["receipt", "credit_note"], side="credit")
                | Q(kind__in=["bill", "supplier_return"], side="debit")
                | Q(kind__in=["write_off", "reversal"]),
                name="grniitem_side_of_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["receipt", "supplier_return"], move__isnull=False, bill_line__isnull=True)
                | Q(kind__in=["bill", "credit_note"], move__isnull=True, bill_line__isnull=False)
                | Q(kind="write_off", move__isnull=True, bill_line__isnull=True, write_off__isnull=False)
                | Q(kind="reversal", move__isnull=True, bill_line__isnull=True, reverses__isnull=False),
                name="grniitem_has_its_fact",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, used__gte=0, used__lte=F("quantity")), name="grniitem_used_within_quantity"
            ),
            models.CheckConstraint(
                condition=Q(value__gte=0, used_value__gte=0, used_value__lte=F("value")),
                name="grniitem_used_within_value",
            ),
            models.CheckConstraint(
                condition=Q(used__lt=F("quantity")) | Q(used_value=F("value")), name="grniitem_last_use_takes_the_rest"
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "supplier", "date"], condition=Q(used__lt=F("quantity")), name="grniitem_still_open"
            ),
        ]

    @property
    def number(self) -> str:
        return f"GRNI-{self.pk}"

    def __str__(self) -> str:
        return gettext("%(kind)s of %(date)s") % {"kind": self.get_kind_display(), "date": self.date}


class GrniMatch(models.Model):
    """A debit item cleared by a credit item: a bill's line by a receipt, mostly. Negative takes it back. Insert-only.

    debit_value and credit_value are each side's own share; their difference is the price variance, posted under
    `entry` to what is left of the goods and to the cost of what is gone.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    debit = models.ForeignKey(GrniItem, on_delete=models.PROTECT, related_name="matches_as_debit")
    credit = models.ForeignKey(GrniItem, on_delete=models.PROTECT, related_name="matches_as_credit")
    quantity = QuantityField()
    debit_value = AmountField()
    credit_value = AmountField()
    date = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    xid = XidField(db_default=CurrentXid(), editable=False)
    actor_label = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("match of bill and receipt")
        verbose_name_plural = _("matches of bills and receipts")
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0, debit_value__gte=0, credit_value__gte=0)
                | Q(quantity__lt=0, debit_value__lte=0, credit_value__lte=0),
                name="grnimatch_values_have_its_sign",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.debit_id} / {self.credit_id}: {self.quantity}"


class GrniWriteOffLine(models.Model):
    """What a write-off is about: an item and how much of it was open when it was asked for."""

    write_off = models.ForeignKey(GrniWriteOff, on_delete=models.PROTECT, related_name="lines")
    item = models.ForeignKey(GrniItem, on_delete=models.PROTECT, related_name="+")
    quantity = QuantityField()
    value = AmountField()

    class Meta:
        verbose_name = _("line of a write-off")
        verbose_name_plural = _("lines of write-offs")
        constraints = [
            models.UniqueConstraint(fields=["write_off", "item"], name="grniwriteoffline_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0, value__gte=0), name="grniwriteoffline_sane"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.value}"


class BillTolerance(models.Model):
    """How far a bill may be above order and receipt without asking; the row without a supplier holds for all others.

    Of percent and amount the greater one counts. Without any row nothing is tolerated.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    supplier = models.ForeignKey(
        Party, null=True, blank=True, on_delete=models.PROTECT, help_text=_("Empty: all suppliers without tolerances.")
    )
    price_percent = models.DecimalField(
        max_digits=5, decimal_places=2, default=0, help_text=_("Of a line at the order's price.")
    )
    price_amount = AmountField(default=0, help_text=_("A line, in the bill's currency."))
    quantity_percent = models.DecimalField(
        max_digits=5, decimal_places=2, default=0, help_text=_("Of the quantity that was received.")
    )
    quantity_units = QuantityField(default=0, help_text=_("Units a line."))
    total_percent = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        default=0,
        help_text=_("Of the goods at the orders' prices; 0 with 0: not limited."),
    )
    total_amount = AmountField(default=0, help_text=_("All lines together; 0 with 0 percent: not limited."))

    class Meta:
        verbose_name = _("bill tolerance")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "supplier"], nulls_distinct=False, name="billtolerance_one_a_supplier"
            ),
            models.CheckConstraint(
                condition=Q(price_percent__gte=0, price_amount__gte=0, quantity_percent__gte=0, quantity_units__gte=0)
                & Q(total_percent__gte=0, total_amount__gte=0),
                name="billtolerance_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return str(self.supplier) if self.supplier_id else gettext("All suppliers")
