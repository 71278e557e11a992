"""Goods that come back, and money that goes back."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company, Invoice, TaxCode
from backoffice.core.fields import AmountField, CurrencyCodeField, QuantityField
from inventory.models import Location, Sku, StockMove, Warehouse
from orders.models.channels import Channel, Contact
from orders.models.orders import Order, OrderCharge, OrderLine
from orders.models.return_rules import Grade, ReturnReason


class ReturnStatus(models.TextChoices):
    REQUESTED = "requested", _("Requested")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    IN_TRANSIT = "in_transit", _("In transit")
    RECEIVED = "received", _("Received")
    INSPECTED = "inspected", _("Inspected")
    RESOLVED = "resolved", _("Resolved")
    CLOSED = "closed", _("Closed")
    CANCELLED = "cancelled", _("Cancelled")


class Disposition(models.TextChoices):
    RESTOCK = "restock", _("Restock")
    QUARANTINE = "quarantine", _("Quarantine")
    REFURBISH = "refurbish", _("Refurbish")
    SCRAP = "scrap", _("Scrap")
    INSPECT = "inspect", _("To be inspected")
    SPLIT = "split", _("Several things")
    NO_GOODS = "no_goods", _("No goods came back")


class ReturnOrder(models.Model):
    """A return (RMA). A credit from a channel without a known order has no order.

    goods_expected False: money goes back and the customer keeps the goods. refunds False: goods come back and no
    money goes. With an exchange order both are one document: what the new goods cost less what is credited.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT)
    order = models.ForeignKey(Order, null=True, blank=True, on_delete=models.PROTECT, related_name="returns")
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.PROTECT)
    warehouse = models.ForeignKey(Warehouse, null=True, blank=True, on_delete=models.PROTECT)
    external_id = models.CharField(max_length=120, null=True, blank=True)
    content_hash = models.CharField(max_length=32, blank=True)
    status = models.CharField(max_length=12, choices=ReturnStatus, default=ReturnStatus.REQUESTED)
    reason = models.CharField(max_length=120, blank=True)
    return_reason = models.ForeignKey(
        ReturnReason, null=True, blank=True, on_delete=models.PROTECT, help_text=_("Of the company's list.")
    )
    goods_expected = models.BooleanField(default=True, db_default=True)
    refunds = models.BooleanField(default=True, db_default=True)
    outside_window = models.BooleanField(
        default=False, db_default=False, help_text=_("Asked for too late: only a named user approves it.")
    )
    carrier = models.CharField(max_length=60, blank=True, db_default="", help_text=_("Of the parcel that comes back."))
    tracking_number = models.CharField(max_length=120, blank=True, db_default="")
    exchange_order = models.OneToOneField(
        Order,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="exchange_of",
        help_text=_("What the customer gets instead."),
    )
    currency = CurrencyCodeField()
    requested_at = models.DateTimeField()
    credit_note = models.OneToOneField(Invoice, null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        verbose_name = _("return")
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "external_id"],
                condition=Q(external_id__isnull=False),
                name="returnorder_external_id_unique",
            ),
            models.CheckConstraint(
                condition=Q(status__in=ReturnStatus.values),
                name="returnorder_status_known",
            ),
            models.CheckConstraint(
                condition=Q(goods_expected=True) | Q(refunds=True), name="returnorder_goods_or_money"
            ),
        ]

    @property
    def number(self) -> str:
        return f"RMA-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class ReturnLine(models.Model):
    """Goods expected back (or already back) and what is refunded for them; other lines have no SKU.

    charge: a charge of the order that is refunded too. is_fee: what is kept (negative). Both fall with the value
    of the goods that come, unless in_full. unexpected: goods that nobody asked to come back.
    """

    return_order = models.ForeignKey(ReturnOrder, on_delete=models.PROTECT, related_name="lines", db_index=False)
    position = models.PositiveIntegerField()
    order_line = models.ForeignKey(
        OrderLine,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="return_lines",
    )
    sku = models.ForeignKey(Sku, null=True, blank=True, on_delete=models.PROTECT)
    code = models.CharField(max_length=120)
    description = models.CharField(max_length=300, blank=True)
    quantity = QuantityField()
    unit_price = AmountField(help_text=_("Refunded for one, before tax, unrounded."))
    net = AmountField(help_text=_("Refunded for the line before tax."))
    tax = AmountField(default=0)
    account_role = models.CharField(max_length=24, help_text=_("Where the refund is posted."))
    received = QuantityField(default=0)
    disposition = models.CharField(max_length=12, choices=Disposition, blank=True)
    issue_move = models.ForeignKey(
        StockMove,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("How it left."),
    )
    charge = models.ForeignKey(
        OrderCharge, null=True, blank=True, on_delete=models.PROTECT, related_name="return_lines"
    )
    tax_code = models.ForeignKey(TaxCode, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    is_fee = models.BooleanField(default=False, db_default=False)
    in_full = models.BooleanField(default=False, db_default=False)
    unexpected = models.BooleanField(default=False, db_default=False)

    class Meta:
        verbose_name = _("return line")
        constraints = [
            models.CheckConstraint(
                condition=Q(is_fee=False) | Q(sku__isnull=True, net__lte=0, tax__lte=0), name="returnline_fee_lowers"
            ),
            models.UniqueConstraint(fields=["return_order", "position"], name="returnline_position_unique"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, received__gte=0) & Q(received__lte=F("quantity")),
                name="returnline_received_within_quantity",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.code}"


class ReturnedGoods(models.Model):
    """A quantity of a return line that came in, and what became of it. Insert-only.

    A line may be split over many: three came, two go on the shelf and one is scrapped. A second decision on goods
    that waited (to be inspected, in quarantine, being refurbished) is a row of its own below the first (parent).
    """

    return_line = models.ForeignKey(ReturnLine, on_delete=models.PROTECT, related_name="goods")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    quantity = QuantityField()
    grade = models.CharField(max_length=1, choices=Grade, blank=True)
    disposition = models.CharField(max_length=12, choices=Disposition)
    location = models.ForeignKey(
        Location, null=True, blank=True, on_delete=models.PROTECT, db_index=False, help_text=_("Where it was put.")
    )
    move = models.ForeignKey(StockMove, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    write_down = AmountField(default=0, help_text=_("Cost taken off so far, in the company's currency."))
    note = models.CharField(max_length=300, blank=True)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    actor_label = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("returned goods")
        verbose_name_plural = _("returned goods")
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0, write_down__gte=0), name="returnedgoods_quantities_sane"
            ),
            models.CheckConstraint(condition=Q(grade__in=["", *Grade.values]), name="returnedgoods_grade_known"),
            models.CheckConstraint(
                condition=Q(disposition__in=["restock", "quarantine", "refurbish", "scrap", "inspect"]),
                name="returnedgoods_disposition_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.get_disposition_display()}"
