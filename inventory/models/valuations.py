"""Documents that change what stock is worth: revaluations and standard prices, landed cost."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company, JournalEntry, Party
from backoffice.core.fields import AmountField, CurrencyCodeField, QuantityField
from inventory.models.catalogue import Sku
from inventory.models.moves import StockMove


class RevaluationKind(models.TextChoices):
    REVALUATION = "revaluation", _("Revaluation")
    WRITE_DOWN = "write_down", _("Write-down")
    STANDARD = "standard", _("Standard price")


class RevaluationStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Waits for approval")
    APPROVED = "approved", _("Approved")
    POSTED = "posted", _("Posted")
    REVERSED = "reversed", _("Reversed")
    CANCELLED = "cancelled", _("Cancelled")


class Revaluation(models.Model):
    """New unit costs for what is in stock, or new standard prices. Posted ones are reversed, never edited."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    kind = models.CharField(max_length=12, choices=RevaluationKind, default=RevaluationKind.REVALUATION)
    status = models.CharField(max_length=10, choices=RevaluationStatus, default=RevaluationStatus.DRAFT)
    valid_from = models.DateField(help_text=_("Of standard prices: the first day on which they count."))
    note = models.CharField(max_length=500, blank=True)
    value = AmountField(default=0, help_text=_("Changes added up without their signs."))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_label = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    posted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("revaluation")
        verbose_name_plural = _("revaluations")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=RevaluationKind.values), name="revaluation_kind_known"),
            models.CheckConstraint(condition=Q(status__in=RevaluationStatus.values), name="revaluation_status_known"),
            models.CheckConstraint(
                condition=Q(posted_at__isnull=False) | ~Q(status__in=["posted", "reversed"]),
                name="revaluation_posted_says_when",
            ),
        ]

    @property
    def number(self) -> str:
        return f"REV-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class RevaluationLine(models.Model):
    """A SKU's new unit cost. quantity, change: what it would be until posted, then what it was."""

    revaluation = models.ForeignKey(Revaluation, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT)
    unit_cost = AmountField(help_text=_("New, in the company's currency."))
    quantity = QuantityField(default=0)
    change = AmountField(default=0)

    class Meta:
        verbose_name = _("revaluation line")
        verbose_name_plural = _("revaluation lines")
        constraints = [
            models.UniqueConstraint(fields=["revaluation", "position"], name="revaluationline_position_unique"),
            models.UniqueConstraint(fields=["revaluation", "sku"], name="revaluationline_sku_once"),
            models.CheckConstraint(condition=Q(unit_cost__gte=0), name="revaluationline_cost_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id}: {self.unit_cost}"


class StandardPrice(models.Model):
    """What one unit of a SKU counts for at standard cost, from when it was put in force; the newest counts."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, db_index=False, related_name="standard_prices")
    price = AmountField()
    valid_from = models.DateField()
    revaluation = models.ForeignKey(Revaluation, on_delete=models.PROTECT, related_name="prices")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("standard price")
        verbose_name_plural = _("standard prices")
        constraints = [models.CheckConstraint(condition=Q(price__gte=0), name="standardprice_not_negative")]
        indexes = [models.Index(fields=["sku", "-id"], name="standardprice_newest")]

    def __str__(self) -> str:
        return f"{self.sku_id}: {self.price}"


class LandedCostBasis(models.TextChoices):
    VALUE = "value", _("Value")
    QUANTITY = "quantity", _("Quantity")
    WEIGHT = "weight", _("Weight")
    VOLUME = "volume", _("Volume")


class LandedCostKind(models.TextChoices):
    FREIGHT = "freight", _("Freight")
    DUTY = "duty", _("Customs duty")
    INSURANCE = "insurance", _("Insurance")
    OTHER = "other", _("Other")


class LandedCostStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    POSTED = "posted", _("Posted")
    REVERSED = "reversed", _("Reversed")


class LandedCost(models.Model):
    """Freight, duty, insurance for goods that came in, estimated or known. corrects: the estimate it puts right."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    supplier = models.ForeignKey(
        Party, null=True, blank=True, on_delete=models.PROTECT, help_text=_("Who will bill it: the carrier, customs.")
    )
    status = models.CharField(max_length=8, choices=LandedCostStatus, default=LandedCostStatus.DRAFT)
    basis = models.CharField(
        _("split by"), max_length=8, choices=LandedCostBasis, default=LandedCostBasis.VALUE,
        help_text=_("How the cost is split over the arrivals."),
    )  # fmt: skip
    currency = CurrencyCodeField()
    rate = models.DecimalField(
        max_digits=18, decimal_places=9, default=1, help_text=_("What one unit of the currency is worth in the books.")
    )
    is_estimate = models.BooleanField(default=False, help_text=_("The bill is not known yet."))
    corrects = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrections", editable=False
    )
    reference = models.CharField(max_length=60, blank=True)
    note = models.CharField(max_length=500, blank=True)
    effective_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_label = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    posted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("landed cost")
        verbose_name_plural = _("landed costs")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=LandedCostStatus.values), name="landedcost_status_known"),
            models.CheckConstraint(condition=Q(basis__in=LandedCostBasis.values), name="landedcost_basis_known"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="landedcost_rate_positive"),
            models.CheckConstraint(
                condition=Q(posted_at__isnull=False) | Q(status="draft"), name="landedcost_posted_says_when"
            ),
            models.CheckConstraint(condition=~Q(corrects=F("id")), name="landedcost_corrects_another"),
        ]

    @property
    def number(self) -> str:
        return f"LC-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class LandedCostLine(models.Model):
    """One kind of cost, in the document's currency; below zero only where an estimate was too high."""

    landed_cost = models.ForeignKey(LandedCost, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=9, choices=LandedCostKind)
    amount = AmountField(help_text=_("In the document's currency, before tax."))

    class Meta:
        verbose_name = _("landed cost line")
        verbose_name_plural = _("landed cost lines")
        constraints = [
            models.UniqueConstraint(fields=["landed_cost", "position"], name="landedcostline_position_unique"),
            models.CheckConstraint(condition=Q(kind__in=LandedCostKind.values), name="landedcostline_kind_known"),
            models.CheckConstraint(condition=~Q(amount=0), name="landedcostline_not_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.amount}"


class LandedCostShare(models.Model):
    """An arrival that bears part of a landed cost; value, stock and gone are filled in when it is posted."""

    landed_cost = models.ForeignKey(LandedCost, on_delete=models.PROTECT, related_name="shares")
    move = models.ForeignKey(StockMove, on_delete=models.PROTECT, related_name="landed_costs")
    value = AmountField(default=0, help_text=_("Its part, in the company's currency."))
    stock = AmountField(default=0, help_text=_("Added to what is left of it."))
    gone = AmountField(default=0, help_text=_("Posted to where the rest of it went."))
    entry = models.ForeignKey(JournalEntry, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("share of a landed cost")
        verbose_name_plural = _("shares of landed costs")
        constraints = [
            models.UniqueConstraint(fields=["landed_cost", "move"], name="landedcostshare_move_once"),
            models.CheckConstraint(condition=Q(value=F("stock") + F("gone")), name="landedcostshare_adds_up"),
        ]

    def __str__(self) -> str:
        return f"{self.move_id}: {self.value}"
