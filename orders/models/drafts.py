"""What staff write before it is an order: drafts, and quotes that hold until a day."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Address, Company, TaxCode, TaxRule
from backoffice.core.fields import AmountField, CurrencyCodeField, QuantityField
from inventory.models import Sku
from orders.models.channels import Channel, Contact
from orders.models.orders import ChargeKind, Order


class DraftStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    QUOTED = "quoted", _("Quoted")
    PLACED = "placed", _("Placed")
    CANCELLED = "cancelled", _("Cancelled")


class DraftOrder(models.Model):
    """An order that staff prepare. Quoted, it is an offer that holds until valid_until; placed, it is an order.

    Prices, tax and address may change until it is placed; a change of a quoted one withdraws the quote.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, db_index=False)
    external_id = models.CharField(max_length=110, help_text=_("Given by the caller, or made up: the order's later."))
    status = models.CharField(max_length=10, choices=DraftStatus, default=DraftStatus.DRAFT)
    valid_until = models.DateField(null=True, blank=True, help_text=_("The last day on which the quote holds."))
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    shipping_address = models.ForeignKey(
        Address, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    currency = CurrencyCodeField()
    prices_include_tax = models.BooleanField(default=False)
    goods_total = AmountField(default=0)
    charges_total = AmountField(default=0)
    discount_total = AmountField(default=0)
    tax_total = AmountField(default=0)
    total = AmountField(default=0)
    external_number = models.CharField(max_length=120, blank=True, help_text=_("The buyer's own reference."))
    promise_date = models.DateField(null=True, blank=True)
    shipping_service = models.CharField(max_length=60, blank=True)
    note = models.TextField(blank=True)
    order = models.OneToOneField(Order, null=True, blank=True, on_delete=models.PROTECT, related_name="draft")
    made_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    version = models.PositiveIntegerField(default=1, help_text=_("Raised by every change: two editors cannot meet."))

    class Meta:
        verbose_name = _("draft order")
        verbose_name_plural = _("quotes and drafts")
        constraints = [
            models.UniqueConstraint(fields=["channel", "external_id"], name="draftorder_external_id_unique"),
            models.CheckConstraint(condition=Q(status__in=DraftStatus.values), name="draftorder_status_known"),
            models.CheckConstraint(
                condition=~Q(status="quoted") | Q(valid_until__isnull=False), name="draftorder_quote_holds_until"
            ),
            models.CheckConstraint(
                condition=Q(status="placed", order__isnull=False) | (~Q(status="placed") & Q(order__isnull=True)),
                name="draftorder_placed_is_an_order",
            ),
        ]
        indexes = [models.Index(fields=["status", "-id"], name="draftorder_by_status")]

    @property
    def number(self) -> str:
        return f"DR-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class DraftLine(models.Model):
    """Goods of a draft. tax_rate: typed by hand; empty: by the tax rules, or the channel's tax code, on the day.

    tax_code, tax_rule and applied_rate: what was decided when it was saved.
    """

    draft = models.ForeignKey(DraftOrder, on_delete=models.PROTECT, related_name="lines", db_index=False)
    position = models.PositiveIntegerField()
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT)
    description = models.CharField(max_length=300, blank=True)
    quantity = QuantityField()
    unit_price = AmountField()
    discount = AmountField(default=0, help_text=_("On the whole line, positive."))
    tax_rate = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    applied_rate = models.DecimalField(max_digits=9, decimal_places=6, default=0, db_default=0)
    tax_code = models.ForeignKey(TaxCode, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    tax_rule = models.ForeignKey(
        TaxRule, null=True, blank=True, on_delete=models.PROTECT, db_index=False, help_text=_("That said so.")
    )
    tax = AmountField(default=0, help_text=_("On the whole line."))

    class Meta:
        verbose_name = _("draft line")
        constraints = [
            models.UniqueConstraint(fields=["draft", "position"], name="draftline_position_unique"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, unit_price__gte=0, discount__gte=0), name="draftline_amounts_sane"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity.normalize():f} × {self.sku_id}"


class DraftCharge(models.Model):
    """What is billed besides the goods of a draft."""

    draft = models.ForeignKey(DraftOrder, on_delete=models.PROTECT, related_name="charges", db_index=False)
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=ChargeKind)
    description = models.CharField(max_length=300, blank=True)
    amount = AmountField()
    tax_rate = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    applied_rate = models.DecimalField(max_digits=9, decimal_places=6, default=0, db_default=0)
    tax_code = models.ForeignKey(TaxCode, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    tax_rule = models.ForeignKey(
        TaxRule, null=True, blank=True, on_delete=models.PROTECT, db_index=False, help_text=_("That said so.")
    )
    tax = AmountField(default=0)

    class Meta:
        verbose_name = _("draft charge")
        constraints = [
            models.UniqueConstraint(fields=["draft", "position"], name="draftcharge_position_unique"),
            models.CheckConstraint(condition=Q(kind__in=ChargeKind.values), name="draftcharge_kind_known"),
        ]

    def __str__(self) -> str:
        return self.description or self.get_kind_display()
