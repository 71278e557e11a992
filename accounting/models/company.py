"""The company, its currencies and their dated rates."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounting.logos import check_logo, logo_path
from backoffice.core.fields import CurrencyCodeField


class Currency(models.Model):
    """A currency (ISO 4217) or, in imported ledgers, a commodity."""

    code = CurrencyCodeField(primary_key=True)
    name = models.CharField(max_length=60)
    symbol = models.CharField(max_length=8, blank=True)
    exponent = models.PositiveSmallIntegerField(default=2, help_text=_("Decimals of its smallest unit."))

    class Meta:
        verbose_name = _("currency")
        verbose_name_plural = _("currencies")
        ordering = ["code"]
        constraints = [models.CheckConstraint(condition=Q(exponent__lte=6), name="currency_exponent_up_to_six")]

    def __str__(self) -> str:
        return self.code


class Company(models.Model):
    """Whose books these are. Every row that belongs to a company says which."""

    code = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    legal_name = models.CharField(max_length=200, blank=True)
    tax_number = models.CharField(max_length=40, blank=True)
    base_currency = models.ForeignKey(Currency, on_delete=models.PROTECT)
    country = models.CharField(max_length=2)
    time_zone = models.CharField(max_length=64, default="UTC")
    language = models.CharField(max_length=8, default="en", choices=settings.LANGUAGES)
    tax_rounding = models.CharField(
        max_length=8,
        choices=[("document", _("Once by document and rate")), ("line", _("By line"))],
        default="document",
        db_default="document",
        help_text=_("How the tax of a document's lines is rounded to the cent."),
    )
    invoice_years = models.PositiveSmallIntegerField(
        _("years invoices are kept"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_(
            "Full years after the year of issue; then the addresses on them are erased for good. Empty: as the law of"
            " the country usually wants it (see Privacy requests)."
        ),
    )
    address = models.TextField(blank=True)
    registration_number = models.CharField(max_length=40, blank=True, help_text=_("In the register of companies."))
    email = models.EmailField(blank=True, help_text=_("Where customers answer to."))
    phone = models.CharField(max_length=40, blank=True)
    website = models.URLField(max_length=200, blank=True)
    bank_name = models.CharField(max_length=120, blank=True)
    bank_account = models.CharField(max_length=40, blank=True, help_text=_("IBAN, or an account number."))
    bank_code = models.CharField(max_length=20, blank=True, help_text=_("BIC of the bank."))
    document_note = models.CharField(max_length=500, blank=True, help_text=_("Printed small below every document."))
    logo = models.FileField(
        upload_to=logo_path,
        max_length=120,
        blank=True,
        validators=[check_logo],
        help_text=_("PNG or JPEG, at most 1 MB and 4,000 pixels a side; printed on documents."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")

    def __str__(self) -> str:
        return self.name


class CompanyVersion(models.Model):
    """What a company said of itself from a moment on: a document of then is printed as it was then.

    Written by a trigger of the company's table, never changed. facts: the company's columns by name.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="versions", db_index=False)
    valid_from = models.DateTimeField()
    facts = models.JSONField()

    class Meta:
        verbose_name = _("company version")
        indexes = [models.Index(fields=["company", "-valid_from"], name="companyversion_newest")]

    def __str__(self) -> str:
        return f"{self.company_id} {self.valid_from:%Y-%m-%d}"


class ExchangeRate(models.Model):
    """What one unit of a currency is worth in the company's base currency from a day on."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT)
    date = models.DateField()
    rate = models.DecimalField(max_digits=24, decimal_places=12, validators=[MinValueValidator(0)])
    source = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name = _("exchange rate")
        constraints = [
            models.UniqueConstraint(fields=["company", "currency", "date"], name="exchangerate_one_a_day"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="exchangerate_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.currency_id} {self.date}: {self.rate.normalize()}"
