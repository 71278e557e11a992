"""What goods cost: layers in, uses out, later changes, and the running total by SKU."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company, JournalEntry
from accounting.models.journal import CurrentXid
from backoffice.core.fields import AmountField, QuantityField, XidField
from inventory.models.catalogue import Sku
from inventory.models.moves import StockMove


class SkuCost(models.Model):
    """Quantity and value of own goods of a SKU, company-wide; a total kept by trigger. Unit cost is derived."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    sku = models.OneToOneField(Sku, on_delete=models.PROTECT, related_name="cost")
    quantity = QuantityField(db_default=0)
    value = AmountField(db_default=0)

    class Meta:
        verbose_name = _("cost of a SKU")
        verbose_name_plural = _("costs of SKUs")
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gte=0, value__gte=0), name="skucost_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0) | Q(value=0),
                name="skucost_no_goods_no_value",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id}: {self.quantity} / {self.value}"


class CostLayer(models.Model):
    """Goods received at a cost. remaining and remaining_value are totals kept by trigger (FIFO SKUs only)."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT)
    move = models.OneToOneField(
        StockMove, on_delete=models.PROTECT, related_name="layer"
    )
    quantity = QuantityField()
    value = AmountField()
    used = QuantityField(db_default=0)
    used_value = AmountField(
        db_default=0, help_text=_("Less later changes of the layer's value.")
    )
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("cost layer")
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0, value__gte=0, used__gte=0)
                & Q(used__lte=models.F("quantity")),
                name="costlayer_used_within_quantity",
            ),
        ]
        indexes = [
            models.Index(
                fields=["sku", "id"],
                condition=Q(used__lt=models.F("quantity")),
                name="costlayer_still_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku_id}: {self.value}"


class LayerUse(models.Model):
    """Cost taken by an issue: from a layer (FIFO) or from the SKU's pool (moving average: no layer)."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT)
    layer = models.ForeignKey(
        CostLayer, null=True, blank=True, on_delete=models.PROTECT, related_name="uses"
    )
    move = models.ForeignKey(
        StockMove, on_delete=models.PROTECT, related_name="cost_uses"
    )
    quantity = QuantityField()
    value = AmountField()

    class Meta:
        verbose_name = _("use of cost")
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0, value__gte=0),
                name="layeruse_quantity_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku_id}: {self.value}"


class ValueChange(models.Model):
    """The second fact of the goods book: value that changes without goods moving (landed cost, write-down)."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT)
    layer = models.ForeignKey(
        CostLayer,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="changes",
    )
    value = AmountField()
    entry = models.ForeignKey(
        JournalEntry, on_delete=models.PROTECT, related_name="value_changes"
    )
    reason = models.CharField(max_length=40)
    source_type = models.CharField(max_length=40)
    source_id = models.BigIntegerField(null=True, blank=True)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    xid = XidField(db_default=CurrentXid(), editable=False)
    actor_label = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("change of value")
        verbose_name_plural = _("changes of value")
        constraints = [
            models.CheckConstraint(condition=~Q(value=0), name="valuechange_not_zero")
        ]

    def __str__(self) -> str:
        return f"{self.sku_id}: {self.value}"
