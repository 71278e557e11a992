"""Order lines, or parts of them, that a supplier ships straight to the buyer."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company, Party
from backoffice.core.fields import AmountField, QuantityField
from inventory.models import PurchaseOrderLine, Sku
from orders.models.channels import Channel
from orders.models.orders import OrderLine


class DropShipRule(models.Model):
    """What our stock cannot serve of a SKU is ordered at this supplier for the buyer, when the order is released."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT)
    channel = models.ForeignKey(
        Channel, null=True, blank=True, on_delete=models.PROTECT, help_text=_("Empty: orders of every channel.")
    )
    supplier = models.ForeignKey(Party, on_delete=models.PROTECT, limit_choices_to={"is_supplier": True})
    unit_cost = AmountField(help_text=_("What the supplier asks for one, in their currency, before tax."))
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("drop-ship rule")
        constraints = [
            models.UniqueConstraint(
                fields=["sku", "channel"], nulls_distinct=False, name="dropshiprule_one_for_a_sku_and_channel"
            ),
            models.CheckConstraint(condition=Q(unit_cost__gte=0), name="dropshiprule_cost_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id}: {self.supplier_id}"


class DropShipLine(models.Model):
    """A part of an order line that a supplier ships; it is no demand on our stock.

    Its purchase order line carries the same quantities: shipped there as received.
    """

    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="drop_ships")
    po_line = models.OneToOneField(PurchaseOrderLine, on_delete=models.PROTECT, related_name="drop_ship")
    quantity = QuantityField()
    shipped = QuantityField(default=0)
    cancelled = QuantityField(default=0)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    actor_label = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("drop-ship line")
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0, shipped__gte=0, cancelled__gte=0)
                & Q(quantity__gte=F("shipped") + F("cancelled")),
                name="dropshipline_quantities_sane",
            ),
        ]

    @property
    def open_quantity(self) -> Decimal:
        return self.quantity - self.shipped - self.cancelled

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.order_line_id}"
