"""What goods cost: layers in, uses out, later changes, and the running total by SKU."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company, JournalEntry
from accounting.models.journal import CurrentXid
from backoffice.core.fields import AmountField, QuantityField, XidField
from inventory.models.catalogue import Sku
from inventory.models.moves import StockMove


class SkuCost(models.Model):
    """Quantity and value of own goods of a SKU, company-wide; a total kept by trigger. Unit cost is derived."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    sku = models.OneToOneField(Sku, on_delete=models.PROTECT, related_name="cost")
    quantity = QuantityField(db_default=0)
    value = AmountField(db_default=0)

    class Meta:
        verbose_name = _("cost of a SKU")
        verbose_name_plural = _("costs of SKUs")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=0, value__gte=0), name="skucost_not_negative"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0) | Q(value=0),
                name="skucost_no_goods_no_value",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id}: {self.quantity} / {self.value}"


class CostLayer(models.Model):
    """What one arrival of own goods cost. Its key is the move's: layers are used in the order of their moves.

    remaining_value = value + changed_value - used_value. A moving-average SKU's layer goes into the pool at
    once (pooled): it says what arrived and is never used itself. used, used_value and changed_value are
    totals of LayerUse and ValueChange, kept by trigger.
    """

    move = models.OneToOneField(StockMove, primary_key=True, on_delete=models.PROTECT, related_name="layer")
    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT)
    pooled = models.BooleanField(help_text=_("Part of the SKU's average, not used by itself."))
    quantity = QuantityField()
    value = AmountField(help_text=_("As received, in the base currency."))
    used = QuantityField(db_default=0)
    used_value = AmountField(db_default=0)
    changed_value = AmountField(db_default=0, help_text=_("Later changes: landed cost, bill variance."))
    remaining = models.GeneratedField(
        expression=F("quantity") - F("used"),
        output_field=QuantityField(),
        db_persist=True,
    )
    remaining_value = models.GeneratedField(
        expression=F("value") + F("changed_value") - F("used_value"),
        output_field=AmountField(),
        db_persist=True,
    )
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("cost layer")
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0, value__gte=0, used__gte=0, used_value__gte=0)
                & Q(used__lte=F("quantity"))
                & Q(used_value__lte=F("value") + F("changed_value")),
                name="costlayer_used_within_layer",
            ),
            models.CheckConstraint(
                condition=Q(used__lt=F("quantity")) | Q(used_value=F("value") + F("changed_value")),
                name="costlayer_last_use_takes_the_rest",
            ),
            models.CheckConstraint(
                condition=Q(pooled=False) | Q(used=0, used_value=0),
                name="costlayer_pooled_not_used",
            ),
        ]
        indexes = [
            models.Index(
                fields=["sku", "move"],
                condition=Q(pooled=False) & Q(used__lt=F("quantity")),
                name="costlayer_still_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku_id}: {self.value}"


class LayerUse(models.Model):
    """Cost taken by an issue: from a layer (FIFO) or from the SKU's pool (moving average: no layer).

    References without a constraint are checked by the table's own guard (trigger): the row must be there and
    belong to the company, and the app may delete none of them.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    layer = models.ForeignKey(
        CostLayer, null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="uses"
    )
    move = models.ForeignKey(StockMove, on_delete=models.PROTECT, related_name="cost_uses")
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
        indexes = [models.Index(fields=["layer"], condition=Q(layer__isnull=False), name="layeruse_by_layer")]

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
    entry = models.ForeignKey(JournalEntry, on_delete=models.PROTECT, related_name="value_changes")
    reason = models.CharField(max_length=40)
    source_type = models.CharField(max_length=40)
    source_id = models.BigIntegerField(null=True, blank=True)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    xid = XidField(db_default=CurrentXid(), editable=False)
    actor_label = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("change of value")
        verbose_name_plural = _("changes of value")
        constraints = [models.CheckConstraint(condition=~Q(value=0), name="valuechange_not_zero")]

    def __str__(self) -> str:
        return f"{self.sku_id}: {self.value}"
