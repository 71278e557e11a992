"""Stock that is put right: more or less than the books say, and why."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import AccountRole, Company, Party
from backoffice.core.fields import AmountField, QuantityField
from inventory.models.catalogue import Lot, Sku
from inventory.models.moves import StockMove
from inventory.models.places import Location, Warehouse


class AdjustmentDirection(models.TextChoices):
    BOTH = "both", _("Gain or loss")
    LOSS = "loss", _("Loss only")
    GAIN = "gain", _("Gain only")


REASON_ROLES = [
    (role.value, role.label)
    for role in (
        AccountRole.INVENTORY_LOSS,
        AccountRole.INVENTORY_GAIN,
        AccountRole.COGS,
        AccountRole.SAMPLES,
        AccountRole.CHARITY,
        AccountRole.PETTY_EXPENSES,
    )
]


class AdjustmentReason(models.Model):
    """Why stock is put right, and what that means for the books."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    direction = models.CharField(max_length=4, choices=AdjustmentDirection, default=AdjustmentDirection.BOTH)
    offset_role = models.CharField(
        _("account in the role"),
        max_length=24,
        choices=REASON_ROLES,
        blank=True,
        help_text=_("Where the other side is posted. Empty: stock write-offs for losses, stock found for gains."),
    )
    is_shrinkage = models.BooleanField(
        default=True, help_text=_("Counts as unexplained loss in the report on shrinkage.")
    )
    approval_above = AmountField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("A value, in the company's currency, above which somebody else approves. Empty: the company's."),
    )
    position = models.PositiveSmallIntegerField(default=100)
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("adjustment reason")
        verbose_name_plural = _("adjustment reasons")
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="adjustmentreason_code_unique"),
            models.CheckConstraint(
                condition=Q(direction__in=AdjustmentDirection.values), name="adjustmentreason_direction_known"
            ),
            models.CheckConstraint(
                condition=Q(approval_above__isnull=True) | Q(approval_above__gte=0),
                name="adjustmentreason_approval_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AdjustmentStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Waits for approval")
    APPROVED = "approved", _("Approved")
    POSTED = "posted", _("Posted")
    REVERSED = "reversed", _("Reversed")
    CANCELLED = "cancelled", _("Cancelled")


class Adjustment(models.Model):
    """One putting-right in one warehouse for one reason. Posted ones are reversed by a mirror, never edited."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT)
    reason = models.ForeignKey(AdjustmentReason, on_delete=models.PROTECT)
    status = models.CharField(max_length=10, choices=AdjustmentStatus, default=AdjustmentStatus.DRAFT)
    note = models.CharField(max_length=500, blank=True)
    value = AmountField(default=0, help_text=_("Gains and losses added up without their signs, at cost."))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_label = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    posted_at = models.DateTimeField(null=True, blank=True)
    reverses = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversed_by")

    class Meta:
        verbose_name = _("stock adjustment")
        verbose_name_plural = _("stock adjustments")
        permissions = [("audit_shrinkage", "Can see who lost what")]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=AdjustmentStatus.values), name="adjustment_status_known"),
            models.CheckConstraint(
                condition=Q(posted_at__isnull=False) | ~Q(status__in=["posted", "reversed"]),
                name="adjustment_posted_says_when",
            ),
        ]

    @property
    def number(self) -> str:
        return f"ADJ-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class AdjustmentLine(models.Model):
    """More (+) or less (-) of a SKU in one place. value: signed; what it would be until posted, then what it was.

    serials: the numbers of the units, of a SKU that is tracked by serial number.
    """

    adjustment = models.ForeignKey(Adjustment, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT)
    location = models.ForeignKey(Location, on_delete=models.PROTECT)
    lot = models.ForeignKey(Lot, null=True, blank=True, on_delete=models.PROTECT)
    owner = models.ForeignKey(Party, null=True, blank=True, on_delete=models.PROTECT)
    quantity = QuantityField()
    value = AmountField(default=0)
    note = models.CharField(max_length=200, blank=True)
    serials = ArrayField(models.CharField(max_length=80), default=list, blank=True, db_default=[])
    move = models.OneToOneField(StockMove, null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        verbose_name = _("adjustment line")
        verbose_name_plural = _("adjustment lines")
        constraints = [
            models.UniqueConstraint(fields=["adjustment", "position"], name="adjustmentline_position_unique"),
            models.CheckConstraint(condition=~Q(quantity=0), name="adjustmentline_quantity_not_zero"),
            models.CheckConstraint(
                condition=Q(value=0) | Q(value__gt=0, quantity__gt=0) | Q(value__lt=0, quantity__lt=0),
                name="adjustmentline_value_has_its_sign",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku_id}"
