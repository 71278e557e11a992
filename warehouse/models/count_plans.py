"""Plans of cycle counts: how often goods are counted, by what they turn over."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.fields import AmountField
from inventory.models import Sku, Warehouse, Zone

_DAYS = (MinValueValidator(1), MaxValueValidator(3650))


class CountUnit(models.TextChoices):
    BIN = "bin", _("Whole bins")
    SKU = "sku", _("One SKU in one bin")


class CountPlan(models.Model):
    """How often what is counted in a warehouse. A job plans each day what is due, up to a limit.

    Classes: SKUs that turn over the first share_a per cent of what left for customers in the last period_days, at
    cost, are A, up to share_b B, the others C. A bin is counted as often as its best class wants.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, related_name="count_plans")
    name = models.CharField(max_length=80)
    zone = models.ForeignKey(
        Zone, null=True, blank=True, on_delete=models.PROTECT, db_index=False, help_text=_("Only bins of this zone; empty: any.")
    )  # fmt: skip
    unit = models.CharField(_("what is counted"), max_length=3, choices=CountUnit, default=CountUnit.BIN)
    period_days = models.PositiveSmallIntegerField(
        _("turnover of so many days"), default=365, validators=[MinValueValidator(7), MaxValueValidator(1100)]
    )
    share_a = models.DecimalField(
        _("A up to per cent"), max_digits=5, decimal_places=2, default=80, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )  # fmt: skip
    share_b = models.DecimalField(
        _("B up to per cent"), max_digits=5, decimal_places=2, default=95, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )  # fmt: skip
    days_a = models.PositiveSmallIntegerField(_("A every so many days"), default=30, validators=_DAYS)
    days_b = models.PositiveSmallIntegerField(_("B every so many days"), default=90, validators=_DAYS)
    days_c = models.PositiveSmallIntegerField(_("C every so many days"), default=180, validators=_DAYS)
    daily_limit = models.PositiveSmallIntegerField(
        _("places a day at most"), default=50, validators=[MinValueValidator(1), MaxValueValidator(5000)]
    )
    tolerance_percent = models.DecimalField(
        max_digits=6, decimal_places=2, default=0, validators=[MinValueValidator(0), MaxValueValidator(1000)],
        help_text=_("A count that differs by more is made again by somebody else. Both 0: any difference."),
    )  # fmt: skip
    tolerance_value = AmountField(
        default=0, validators=[MinValueValidator(0)], help_text=_("Of one line, at cost, in the company's currency.")
    )
    one_person = models.BooleanField(
        _("One person may do it all"), default=False,
        help_text=_("In a shop of one: whoever counted may count again and approve."),
    )  # fmt: skip
    is_active = models.BooleanField(default=True)
    classified_at = models.DateTimeField(null=True, blank=True, editable=False)
    planned_on = models.DateField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("count plan")
        ordering = ["warehouse", "name"]
        constraints = [
            models.UniqueConstraint(fields=["warehouse", "name"], name="countplan_name_unique"),
            models.CheckConstraint(condition=Q(unit__in=CountUnit.values), name="countplan_unit_known"),
            models.CheckConstraint(
                condition=Q(share_a__gt=0, share_b__gte=F("share_a"), share_b__lte=100),
                name="countplan_shares_rise",
                violation_error_message=_("The share of B is that of A or more, and at most 100."),
            ),
            models.CheckConstraint(
                condition=Q(days_a__gte=1, days_b__gte=1, days_c__gte=1, daily_limit__gte=1, period_days__gte=1),
                name="countplan_days_positive",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CountClass(models.Model):
    """The class of a SKU in a plan, with the figure behind it; made anew by each run of the plan."""

    plan = models.ForeignKey(CountPlan, on_delete=models.CASCADE, related_name="classes")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, db_index=False, related_name="+")
    abc = models.CharField(max_length=1)
    turnover = AmountField(default=0)
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("class of a SKU")
        constraints = [
            models.UniqueConstraint(fields=["plan", "sku"], name="countclass_once_a_plan"),
            models.CheckConstraint(condition=Q(abc__in=["A", "B", "C"]), name="countclass_known"),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id}: {self.abc}"
