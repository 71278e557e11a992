"""Tax codes with rates that hold from a day to a day."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounting.models.chart import Account
from accounting.models.company import Company
from accounting.models.journal import DateRange


class Treatment(models.TextChoices):
    """How a return counts what bears the code."""

    NONE = "none", _("Not on any return")
    STANDARD = "standard", _("Standard rate")
    REDUCED = "reduced", _("Reduced rate")
    ZERO = "zero", _("Zero rate")
    EXEMPT = "exempt", _("Exempt")
    EXPORT = "export", _("Export")
    INTRA_EU = "intra_eu", _("Supply to a business in another member state")
    ACQUISITION = "acquisition", _("Acquisition from another member state")
    REVERSE_CHARGE = "reverse_charge", _("Reverse charge")
    OSS = "oss", _("One-Stop Shop")
    SALES_TAX = "sales_tax", _("Sales tax")


class TaxCode(models.Model):
    """A kind of tax treatment: standard, reduced, zero, exempt, or none stated by the source."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    country = models.CharField(max_length=2, blank=True)
    account = models.ForeignKey(
        Account,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        help_text=_("Where the tax collected is owed."),
    )
    is_reverse_charge = models.BooleanField(
        default=False, help_text=_("On bills we owe the tax ourselves and deduct it: the supplier asks for none.")
    )
    treatment = models.CharField(
        max_length=14,
        choices=Treatment,
        default=Treatment.NONE,
        db_default="none",
        help_text=_("Which boxes of a return take it."),
    )
    exemption_reason = models.CharField(
        max_length=300,
        blank=True,
        db_default="",
        help_text=_("Printed on invoices whose lines bear this code and no tax: the provision why."),
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("tax code")
        constraints = [
            models.CheckConstraint(condition=Q(treatment__in=Treatment.values), name="taxcode_treatment_known"),
            models.UniqueConstraint(fields=["company", "code"], name="taxcode_code_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class TaxRate(models.Model):
    """The rate of a tax code between two days (the last one open-ended)."""

    tax_code = models.ForeignKey(TaxCode, on_delete=models.PROTECT, related_name="rates")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True, help_text=_("The last day; empty: no end."))
    rate = models.DecimalField(max_digits=9, decimal_places=6, help_text=_("0.2 is 20 %."))

    class Meta:
        verbose_name = _("tax rate")
        constraints = [
            models.CheckConstraint(
                condition=Q(rate__gte=0, rate__lte=1),
                name="taxrate_between_zero_and_one",
            ),
            ExclusionConstraint(
                name="taxrate_no_overlap",
                expressions=[
                    ("tax_code", RangeOperators.EQUAL),
                    (
                        DateRange(
                            "valid_from",
                            "valid_to",
                            RangeBoundary(inclusive_lower=True, inclusive_upper=True),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tax_code_id}: {self.rate:.2%}"
