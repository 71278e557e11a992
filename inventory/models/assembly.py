"""Goods made of other goods: bills of materials, assembly orders and what each run took and made."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.fields import AmountField, QuantityField
from inventory.models.catalogue import Sku
from inventory.models.claims import Demand
from inventory.models.places import Location, Warehouse


class BillOfMaterials(models.Model):
    """What one unit of a SKU is made of, and what making it costs besides. A change is a new one; the newest counts."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="boms")
    number = models.PositiveIntegerField(help_text=_("Counted from 1 for each SKU."))
    labour_cost = AmountField(default=0, help_text=_("Of one unit, in the company's currency."))
    overhead_cost = AmountField(default=0, help_text=_("Of one unit, in the company's currency."))
    note = models.CharField(max_length=300, blank=True)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    actor_label = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("bill of materials")
        verbose_name_plural = _("bills of materials")
        constraints = [
            models.UniqueConstraint(fields=["sku", "number"], name="billofmaterials_number_unique"),
            models.CheckConstraint(
                condition=Q(labour_cost__gte=0, overhead_cost__gte=0), name="billofmaterials_costs_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} ({self.number})"


class BomComponent(models.Model):
    """How much of a SKU one unit takes. weight: its part of the cost when the unit is taken apart; empty: by cost."""

    bom = models.ForeignKey(BillOfMaterials, on_delete=models.PROTECT, related_name="components")
    position = models.PositiveIntegerField()
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    quantity = QuantityField()
    weight = models.DecimalField(
        max_digits=12, decimal_places=6, null=True, blank=True,
        help_text=_("Its part of the cost when a unit is taken apart; empty: by present cost."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("component")
        verbose_name_plural = _("components")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["bom", "sku"], name="bomcomponent_sku_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="bomcomponent_quantity_positive"),
            models.CheckConstraint(
                condition=Q(weight__isnull=True) | Q(weight__gte=0), name="bomcomponent_weight_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku_id}"


class AssemblyKind(models.TextChoices):
    ASSEMBLE = "assemble", _("Assemble")
    DISMANTLE = "dismantle", _("Take apart")


class AssemblyStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    RELEASED = "released", _("Released")
    IN_PROGRESS = "in_progress", _("In progress")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")


class AssemblyOrder(models.Model):
    """So many units are to be made of their components, or taken apart into them, in one warehouse."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    kind = models.CharField(max_length=9, choices=AssemblyKind, default=AssemblyKind.ASSEMBLE)
    status = models.CharField(max_length=11, choices=AssemblyStatus, default=AssemblyStatus.DRAFT)
    bom = models.ForeignKey(BillOfMaterials, on_delete=models.PROTECT)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, help_text=_("Where what is made is put."))
    quantity = QuantityField()
    done = QuantityField(default=0, help_text=_("Units finished, scrap included."))
    note = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("assembly order")
        verbose_name_plural = _("assembly orders")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=AssemblyKind.values), name="assemblyorder_kind_known"),
            models.CheckConstraint(condition=Q(status__in=AssemblyStatus.values), name="assemblyorder_status_known"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, done__gte=0, done__lte=F("quantity")), name="assemblyorder_done_within"
            ),
        ]

    @property
    def number(self) -> str:
        return f"ASM-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class AssemblyNeed(models.Model):
    """What an order takes of one SKU for one unit: its components, or the finished units that are taken apart."""

    order = models.ForeignKey(AssemblyOrder, on_delete=models.PROTECT, related_name="needs")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    quantity = QuantityField()
    demand = models.ForeignKey(Demand, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("need of an assembly order")
        verbose_name_plural = _("needs of assembly orders")
        constraints = [models.UniqueConstraint(fields=["order", "sku"], name="assemblyneed_sku_once")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku_id}"


class AssemblyRun(models.Model):
    """One completion of an order; its moves and entries name it."""

    order = models.ForeignKey(AssemblyOrder, on_delete=models.PROTECT, related_name="runs")
    quantity = QuantityField(help_text=_("Good units."))
    scrapped = QuantityField(default=0)
    cost = AmountField(default=0, help_text=_("Of what was made, in the company's currency."))
    scrap_cost = AmountField(default=0)
    effective_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    actor_label = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("assembly run")
        verbose_name_plural = _("assembly runs")
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gte=0, scrapped__gte=0) & (Q(quantity__gt=0) | Q(scrapped__gt=0)),
                name="assemblyrun_makes_something",
            )
        ]

    def __str__(self) -> str:
        return f"{self.quantity}"
