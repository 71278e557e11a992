"""Orders as the channel sent them: kept to the cent, never recomputed."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Address, Company, TaxCode, TaxRule
from backoffice.core.fields import AmountField, CurrencyCodeField, QuantityField
from inventory.models import Demand, Kit, Sku, Warehouse
from orders.models.channels import Channel, Contact


class OrderStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PLACED = "placed", _("Placed")
    RELEASED = "released", _("Released")
    PARTLY_SHIPPED = "partly_shipped", _("Partly shipped")
    SHIPPED = "shipped", _("Shipped")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")


class TaxedBy(models.TextChoices):
    """Who said which taxes an order bears."""

    CHANNEL = "channel", _("As the channel charged them")
    RULES = "rules", _("By the tax rules")
    CODE = "code", _("By the channel's tax code")


class Order(models.Model):
    """A promise to a customer. One row for each (channel, external id)."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, db_index=False)
    external_id = models.CharField(max_length=120)
    external_number = models.CharField(max_length=120, blank=True, help_text=_("As the buyer sees it."))
    content_hash = models.CharField(
        max_length=32,
        help_text=_("Of what was sent: the same id with other content is told."),
    )
    status = models.CharField(max_length=16, choices=OrderStatus, default=OrderStatus.PLACED)
    placed_at = models.DateTimeField(help_text=_("When the buyer placed it."))
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    contact = models.ForeignKey(
        Contact,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
        help_text=_("Empty: a guest."),
    )
    shipping_address = models.ForeignKey(
        Address, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    billing_address = models.ForeignKey(
        Address, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    currency = CurrencyCodeField()
    prices_include_tax = models.BooleanField(default=False)
    taxed_by = models.CharField(
        max_length=7,
        choices=TaxedBy,
        default=TaxedBy.CHANNEL,
        db_default="channel",
        help_text=_("A channel's taxes are kept to the cent."),
    )
    goods_total = AmountField(help_text=_("Lines at their prices, before discounts, as sent."))
    charges_total = AmountField(default=0)
    discount_total = AmountField(default=0, help_text=_("Positive."))
    tax_total = AmountField(default=0)
    total = AmountField(help_text=_("What the channel says the buyer owes."))
    priority = models.PositiveSmallIntegerField(default=100)
    promise_date = models.DateField(null=True, blank=True)
    ship_complete = models.BooleanField(default=False)
    pinned_warehouse = models.ForeignKey(Warehouse, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    shipping_service = models.CharField(max_length=60, blank=True)
    note = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1, help_text=_("Raised by every change: two editors cannot meet."))

    class Meta:
        verbose_name = _("order")
        constraints = [
            models.UniqueConstraint(fields=["channel", "external_id"], name="order_external_id_unique"),
            models.CheckConstraint(condition=Q(status__in=OrderStatus.values), name="order_status_known"),
            models.CheckConstraint(condition=Q(taxed_by__in=TaxedBy.values), name="order_taxed_by_known"),
        ]
        indexes = [
            models.Index(fields=["-placed_at", "-id"], name="order_newest_first"),
            models.Index(fields=["channel", "-placed_at"], name="order_by_channel"),
            models.Index(fields=["status", "-placed_at", "-id"], name="order_by_status"),
            models.Index(fields=["external_id"], name="order_by_external_id"),
            models.Index(fields=["contact", "-placed_at"], name="order_by_contact"),
            models.Index(fields=["external_number"], condition=~Q(external_number=""), name="order_by_external_number"),
            models.Index(
                fields=["-placed_at", "-id"],
                condition=Q(status__in=["placed", "released", "partly_shipped"]),
                name="order_open_newest",
            ),
            models.Index(
                fields=["promise_date", "id"],
                condition=Q(status__in=["placed", "released", "partly_shipped"]),
                name="order_open_by_promise",
            ),
        ]

    @property
    def is_keyed_here(self) -> bool:
        """Entered by staff or at a till: its external id was made by us, and says nothing to anybody."""
        return self.external_id.startswith(("draft-", "till:"))

    @property
    def their_number(self) -> str:
        """What the buyer or the channel calls it; empty where they have no name for it."""
        return self.external_number or ("" if self.is_keyed_here else self.external_id)

    @property
    def number(self) -> str:
        return f"SO-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    """Goods ordered. open = quantity - cancelled - shipped; the claim hangs on its demand.

    A kit's line has no demand of its own: its components have. Its quantities count kits; one is shipped when all
    of its components have left.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines", db_index=False)
    position = models.PositiveIntegerField()
    external_id = models.CharField(max_length=120, blank=True)
    sku = models.ForeignKey(
        Sku,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
        help_text=_("Empty: not yet mapped; the order is held."),
    )
    channel_sku = models.CharField(max_length=120)
    description = models.CharField(max_length=300, blank=True)
    quantity = QuantityField()
    unit_price = AmountField()
    discount = AmountField(default=0, help_text=_("On the whole line, positive."))
    tax = AmountField(default=0, help_text=_("On the whole line."))
    tax_code = models.ForeignKey(TaxCode, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    tax_rule = models.ForeignKey(
        TaxRule, null=True, blank=True, on_delete=models.PROTECT, db_index=False, help_text=_("That said so.")
    )
    tax_rate = models.DecimalField(max_digits=9, decimal_places=6, default=0)
    tax_collector = models.CharField(max_length=11, default="seller", help_text=_("seller or marketplace"))
    cancelled = QuantityField(default=0)
    shipped = QuantityField(default=0)
    returned = QuantityField(default=0)
    demand = models.OneToOneField(Demand, null=True, blank=True, on_delete=models.PROTECT)
    kit = models.ForeignKey(
        Kit,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
        help_text=_("What the kit was made of when it was ordered; empty: no kit."),
    )
    promise_date = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("order line")
        permissions = [("change_price", _("Can change the price of goods that were ordered"))]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="orderline_position_unique"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, cancelled__gte=0, shipped__gte=0, returned__gte=0)
                & Q(quantity__gte=F("cancelled") + F("shipped"))
                & Q(returned__lte=F("shipped")),
                name="orderline_quantities_sane",
            ),
            models.CheckConstraint(
                condition=Q(tax_collector__in=["seller", "marketplace"]),
                name="orderline_tax_collector_known",
            ),
        ]
        indexes = [models.Index(fields=["sku", "-id"], name="orderline_newest_of_sku")]

    @property
    def open_quantity(self) -> Decimal:
        return self.quantity - self.cancelled - self.shipped

    def __str__(self) -> str:
        return f"{self.quantity.normalize():f} × {self.channel_sku}"


class ChargeKind(models.TextChoices):
    SHIPPING = "shipping", _("Shipping")
    GIFT_WRAP = "gift_wrap", _("Gift wrap")
    HANDLING = "handling", _("Handling")
    FEE = "fee", _("Fee")
    MANUAL = "manual", _("Manual")
    OTHER = "other", _("Other")


class OrderCharge(models.Model):
    """What is billed besides goods. account_role says where it is posted; billed with the first shipment."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="charges", db_index=False)
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=ChargeKind)
    code = models.CharField(max_length=60, blank=True)
    description = models.CharField(max_length=300, blank=True)
    quantity = QuantityField(default=1)
    unit_price = AmountField()
    amount = AmountField(help_text=_("Before tax unless the order's prices include it; negative lowers the bill."))
    tax = AmountField(default=0)
    tax_code = models.ForeignKey(TaxCode, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    tax_rule = models.ForeignKey(
        TaxRule, null=True, blank=True, on_delete=models.PROTECT, db_index=False, help_text=_("That said so.")
    )
    tax_rate = models.DecimalField(max_digits=9, decimal_places=6, default=0)
    account_role = models.CharField(max_length=24)
    billed = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("charge")
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="ordercharge_position_unique"),
            models.CheckConstraint(condition=Q(kind__in=ChargeKind.values), name="ordercharge_kind_known"),
        ]

    def __str__(self) -> str:
        return self.description or self.code


class OrderDiscount(models.Model):
    """Why a price was lowered; the amounts themselves stand on the lines."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="discounts")
    line = models.ForeignKey(OrderLine, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    code = models.CharField(max_length=60, blank=True)
    description = models.CharField(max_length=200, blank=True)
    amount = AmountField()
    funded_by = models.CharField(max_length=11, default="seller", help_text=_("seller or marketplace"))

    class Meta:
        verbose_name = _("discount")

    def __str__(self) -> str:
        return self.code


class OrderTax(models.Model):
    """A tax total as the channel stated it, with who collects it."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="taxes")
    name = models.CharField(max_length=60)
    rate = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    amount = AmountField()
    collector = models.CharField(max_length=11, default="seller")

    class Meta:
        verbose_name = _("tax")

    def __str__(self) -> str:
        return f"{self.name} {self.amount}"


class HoldKind(models.TextChoices):
    PAYMENT = "payment", _("Payment")
    FRAUD = "fraud", _("Fraud")
    ADDRESS = "address", _("Address")
    STOCK = "stock", _("Stock")
    CREDIT = "credit", _("Credit")
    TOTAL = "total", _("Total does not add up")
    MAPPING = "mapping", _("Unknown SKU")
    EXCHANGE = "exchange", _("Exchange: the old goods first")
    MANUAL = "manual", _("Manual")


class Hold(models.Model):
    """A named reason why an order waits; several at once, each released by a named user."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="holds")
    kind = models.CharField(max_length=10, choices=HoldKind)
    reason = models.CharField(max_length=300)
    placed_by = models.CharField(max_length=150)
    placed_at = models.DateTimeField(db_default=Now(), editable=False)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)
    released_at = models.DateTimeField(null=True, blank=True)
    release_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("hold")
        constraints = [
            models.UniqueConstraint(
                fields=["order", "kind"],
                condition=Q(released_at__isnull=True),
                name="hold_one_open_of_a_kind",
            ),
            models.CheckConstraint(condition=Q(kind__in=HoldKind.values), name="hold_kind_known"),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True)
                | Q(released_by__isnull=False)
                | Q(kind__in=["payment", "exchange"]),
                name="hold_released_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
