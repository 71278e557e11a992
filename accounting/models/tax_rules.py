"""Which tax a sale bears, by where it goes, what it is and who buys; and the returns that are filed."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.models.company import Company
from accounting.models.journal import DateRange
from accounting.models.parties import Party
from accounting.models.tax import TaxCode
from backoffice.core.fields import AmountField


class CustomerKind(models.TextChoices):
    ANY = "", _("Anybody")
    CONSUMER = "consumer", _("Consumer")
    BUSINESS = "business", _("Business")
    REGISTERED = "registered", _("Business with a tax number")
    EXEMPT = "exempt", _("Exempt by a certificate")


class TaxRule(models.Model):
    """A tax code for sales to some place, of some class, to some customers, from a day to a day.

    A rule for exempt customers counts before all others; else the most particular one does: region before country
    before anywhere, then class, then customer.
    region: of the country, or the beginning of a postcode. product_class: the code of a product's tax code, or
    the kind of a charge in capitals: charges without a rule of their own follow the goods.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    country = models.CharField(
        max_length=2, blank=True, help_text=_("Two letters, where the goods go; empty: anywhere.")
    )
    region = models.CharField(
        max_length=40,
        blank=True,
        help_text=_("A region's code, or how its postcodes begin; empty: all of the country."),
    )
    product_class = models.CharField(
        max_length=20,
        blank=True,
        help_text=_("Code of the product's tax code, or a charge's kind in capitals (SHIPPING); empty: any."),
    )
    customer_kind = models.CharField(max_length=10, choices=CustomerKind, blank=True, default="")
    tax_code = models.ForeignKey(TaxCode, on_delete=models.PROTECT, related_name="rules")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True, help_text=_("The last day; empty: no end."))

    class Meta:
        verbose_name = _("tax rule")
        verbose_name_plural = _("tax rules")
        ordering = ["country", "region", "product_class", "customer_kind", "valid_from"]
        constraints = [
            models.CheckConstraint(condition=Q(customer_kind__in=CustomerKind.values), name="taxrule_customer_known"),
            models.CheckConstraint(condition=Q(region="") | ~Q(country=""), name="taxrule_region_of_a_country"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name="taxrule_ends_after_start"
            ),
            ExclusionConstraint(
                name="taxrule_no_overlap",
                expressions=[
                    ("company", RangeOperators.EQUAL),
                    ("country", RangeOperators.EQUAL),
                    ("region", RangeOperators.EQUAL),
                    ("product_class", RangeOperators.EQUAL),
                    ("customer_kind", RangeOperators.EQUAL),
                    (
                        DateRange("valid_from", "valid_to", RangeBoundary(inclusive_lower=True, inclusive_upper=True)),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message=_("Another rule says the same for some of these days."),
            ),
        ]

    def __str__(self) -> str:
        where = " ".join(filter(None, [self.country, self.region])) or gettext("Anywhere")
        kind = self.get_customer_kind_display() if self.customer_kind else ""  # type: ignore[attr-defined]
        return f"{' · '.join(filter(None, [where, self.product_class, kind]))} → {self.tax_code.code}"


class TaxExemption(models.Model):
    """A customer's certificate that they owe no tax in a country, or a region of it, from a day to a day."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="tax_exemptions")
    number = models.CharField(max_length=80, help_text=_("As the certificate says."))
    country = models.CharField(max_length=2, blank=True, help_text=_("Two letters; empty: anywhere."))
    region = models.CharField(max_length=40, blank=True, help_text=_("Empty: all of the country."))
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True, help_text=_("The last day; empty: no end."))
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("tax exemption")
        verbose_name_plural = _("tax exemptions")
        ordering = ["party", "valid_from"]
        constraints = [
            models.CheckConstraint(condition=~Q(number=""), name="taxexemption_number_given"),
            models.CheckConstraint(condition=Q(region="") | ~Q(country=""), name="taxexemption_region_of_a_country"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="taxexemption_ends_after_start",
            ),
            models.UniqueConstraint(fields=["party", "number", "country", "region"], name="taxexemption_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number} ({' '.join(filter(None, [self.country or '*', self.region]))})"


class TaxReturnKind(models.TextChoices):
    VAT = "vat", _("VAT return")
    OSS = "oss", _("OSS return")


class TaxReturnStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    FILED = "filed", _("Filed")


class TaxReturn(models.Model):
    """A return for some months. Filed, its figures stay as they were and its months take no more taxed documents."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    kind = models.CharField(max_length=3, choices=TaxReturnKind)
    template = models.CharField(max_length=12)
    start_date = models.DateField()
    end_date = models.DateField()
    currency = models.CharField(max_length=10)
    exchange_rate = models.DecimalField(max_digits=24, decimal_places=12, default=1)
    status = models.CharField(max_length=5, choices=TaxReturnStatus, default=TaxReturnStatus.DRAFT)
    payable = AmountField(default=0, help_text=_("What is owed to the tax office; below zero: it owes us."))
    reference = models.CharField(max_length=80, blank=True, help_text=_("What the tax office answered."))
    made_label = models.CharField(max_length=150)
    made_at = models.DateTimeField(db_default=Now(), editable=False)
    filed_label = models.CharField(max_length=150, blank=True)
    filed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("tax return")
        verbose_name_plural = _("tax returns")
        ordering = ["-start_date", "-id"]
        permissions = [("file_taxreturn", "Can file tax returns")]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=TaxReturnKind.values), name="taxreturn_kind_known"),
            models.CheckConstraint(condition=Q(status__in=TaxReturnStatus.values), name="taxreturn_status_known"),
            models.CheckConstraint(
                condition=Q(status="draft") | Q(filed_at__isnull=False), name="taxreturn_filed_says_when"
            ),
            ExclusionConstraint(
                name="taxreturn_no_overlap",
                expressions=[
                    ("company", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    (
                        DateRange("start_date", "end_date", RangeBoundary(inclusive_lower=True, inclusive_upper=True)),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.start_date:%Y-%m} – {self.end_date:%Y-%m}"  # type: ignore[attr-defined]


class TaxReturnBox(models.Model):
    """A figure of a filed return, as it was filed."""

    tax_return = models.ForeignKey(TaxReturn, on_delete=models.PROTECT, related_name="boxes")
    position = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    amount = AmountField()

    class Meta:
        verbose_name = _("box of a tax return")
        verbose_name_plural = _("boxes of tax returns")
        constraints = [models.UniqueConstraint(fields=["tax_return", "code"], name="taxreturnbox_once")]

    def __str__(self) -> str:
        return f"{self.code}: {self.amount}"
