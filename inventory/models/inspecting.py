"""Which goods are looked at when they arrive, and what was found."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company, Party
from backoffice.core.fields import QuantityField
from inventory.models.catalogue import Category, Lot, Sku
from inventory.models.moves import StockMove
from inventory.models.places import Location, Warehouse


class InspectionMode(models.TextChoices):
    ALWAYS = "always", _("Always")
    SAMPLE = "sample", _("A sample")
    NEVER = "never", _("Never")


class InspectionRule(models.Model):
    """What happens to arriving goods. The most particular rule counts: SKU before category before supplier.

    Without any rule nothing is inspected.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    sku = models.ForeignKey(Sku, null=True, blank=True, on_delete=models.PROTECT, help_text=_("Empty: any SKU."))
    category = models.ForeignKey(
        Category, null=True, blank=True, on_delete=models.PROTECT, help_text=_("Empty: any category.")
    )
    supplier = models.ForeignKey(
        Party, null=True, blank=True, on_delete=models.PROTECT, help_text=_("Empty: any supplier.")
    )
    mode = models.CharField(max_length=8, choices=InspectionMode, default=InspectionMode.ALWAYS)
    sample_percent = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("How much of the quantity is looked at; all of it waits in quarantine meanwhile."),
    )
    note = models.CharField(max_length=300, blank=True, help_text=_("What the inspector looks for."))

    class Meta:
        verbose_name = _("inspection rule")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "sku", "category", "supplier"],
                nulls_distinct=False,
                name="inspectionrule_one_for_each",
                violation_error_message=_("There is a rule for this already."),
            ),
            models.CheckConstraint(
                condition=Q(sku__isnull=True) | Q(category__isnull=True),
                name="inspectionrule_sku_or_category",
                violation_error_message=_("Name a SKU or a category, not both."),
            ),
            models.CheckConstraint(condition=Q(mode__in=InspectionMode.values), name="inspectionrule_mode_known"),
            models.CheckConstraint(
                condition=Q(mode="sample", sample_percent__isnull=False, sample_percent__gt=0, sample_percent__lte=100)
                | (~Q(mode="sample") & Q(sample_percent__isnull=True)),
                name="inspectionrule_sample_has_percent",
                violation_error_message=_("A sample needs a percentage above 0 up to 100; other rules have none."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_mode_display()


class InspectionStatus(models.TextChoices):
    OPEN = "open", _("Open")
    DONE = "done", _("Done")


class Inspection(models.Model):
    """Goods that wait in quarantine to be looked at. passed and failed are kept by trigger from its results."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, db_index=False)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT)
    lot = models.ForeignKey(Lot, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    owner = models.ForeignKey(Party, null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="+")
    supplier = models.ForeignKey(
        Party, null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, db_index=False, related_name="+", help_text=_("Where the goods wait.")
    )
    target = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        db_index=False,
        related_name="+",
        help_text=_("Where they go when they pass."),
    )
    move = models.OneToOneField(StockMove, on_delete=models.PROTECT, help_text=_("What brought the goods."))
    quantity = QuantityField()
    sample = QuantityField(help_text=_("How many are to be looked at."))
    passed = QuantityField(db_default=0)
    failed = QuantityField(db_default=0)
    status = models.CharField(
        max_length=6, choices=InspectionStatus, default=InspectionStatus.OPEN, db_default=InspectionStatus.OPEN
    )
    source_type = models.CharField(max_length=40)
    source_id = models.BigIntegerField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("inspection")
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0, sample__gt=0, passed__gte=0, failed__gte=0)
                & Q(sample__lte=F("quantity"))
                & Q(quantity__gte=F("passed") + F("failed")),
                name="inspection_results_within_quantity",
            ),
            models.CheckConstraint(
                condition=Q(status="open", quantity__gt=F("passed") + F("failed"))
                | Q(status="done", quantity=F("passed") + F("failed")),
                name="inspection_done_when_all_is_decided",
            ),
        ]
        indexes = [models.Index(fields=["warehouse"], condition=Q(status="open"), name="inspection_still_open")]

    @property
    def number(self) -> str:
        return f"QI-{self.pk:06d}"

    @property
    def left(self) -> Decimal:
        """Still to be decided."""
        return self.quantity - self.passed - self.failed

    def __str__(self) -> str:
        return self.number


class Verdict(models.TextChoices):
    PASS = "pass", _("Passed")
    DAMAGED = "damaged", _("Failed: to the damaged goods")
    RETURN = "return", _("Failed: back to the supplier")


class InspectionResult(models.Model):
    """What was decided about a part of the goods, and the move that followed. Insert-only."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    inspection = models.ForeignKey(Inspection, on_delete=models.PROTECT, related_name="results")
    verdict = models.CharField(max_length=8, choices=Verdict)
    quantity = QuantityField()
    reason = models.CharField(max_length=120, blank=True)
    note = models.TextField(blank=True)
    move = models.OneToOneField(StockMove, on_delete=models.PROTECT)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    actor_label = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("inspection result")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="inspectionresult_quantity_positive"),
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="inspectionresult_verdict_known"),
            models.CheckConstraint(
                condition=Q(verdict="pass") | ~Q(reason=""), name="inspectionresult_failure_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} {self.quantity}"
