"""Whom we sell to and buy from. Personal data lives only here and in received payloads."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from accounting.models.company import Company, Currency
from backoffice.core.fields import AmountField


class PersonalData(models.Model):
    """What identifies a person; blanked by the erase role, while books keep the id."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    name = models.CharField(max_length=200, blank=True)
    email = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("personal data")
        verbose_name_plural = _("personal data")
        indexes = [
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="personaldata_name_search"),
            GinIndex(OpClass(Upper("email"), name="gin_trgm_ops"), name="personaldata_email_search"),
        ]

    def __str__(self) -> str:
        return self.name or self.email or f"#{self.pk}"


class Address(models.Model):
    """A postal address as it was given; documents point to their own copy."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="addresses")
    name = models.CharField(max_length=200, blank=True)
    organisation = models.CharField(max_length=200, blank=True)
    line1 = models.CharField(max_length=200, blank=True)
    line2 = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=120, blank=True)
    region = models.CharField(max_length=120, blank=True)
    postcode = models.CharField(max_length=24, blank=True)
    country = models.CharField(max_length=2, blank=True, help_text=_("ISO 3166 code, two letters."))
    phone = models.CharField(max_length=40, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")

    def __str__(self) -> str:
        return ", ".join(filter(None, [self.name, self.line1, self.postcode, self.city, self.country]))


class Party(models.Model):
    """A customer, a supplier, or a channel account that owes us what it sold for us."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    code = models.CharField(max_length=60)
    name = models.CharField(
        max_length=200,
        blank=True,
        help_text=_("An organisation's name; a person's is apart."),
    )
    person = models.ForeignKey(PersonalData, null=True, blank=True, on_delete=models.PROTECT)
    is_customer = models.BooleanField(default=False)
    is_supplier = models.BooleanField(default=False)
    is_channel = models.BooleanField(default=False)
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT)
    tax_number = models.CharField(max_length=40, blank=True)
    payment_terms_days = models.PositiveSmallIntegerField(default=0)
    discount_percent = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        default=0,
        db_default=0,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text=_("Let off who pays early."),
    )
    discount_days = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text=_("So many days after the invoice's date payments count as early.")
    )
    language = models.CharField(
        max_length=8, blank=True, default="", db_default="", choices=settings.LANGUAGES,
        help_text=_("Of letters and mails; empty: the company's."),
    )  # fmt: skip
    dunning_plan = models.ForeignKey(
        "accounting.DunningPlan", null=True, blank=True, on_delete=models.PROTECT, help_text=_("Empty: the default.")
    )
    credit_limit = AmountField(null=True, blank=True)
    address = models.ForeignKey(Address, null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        verbose_name = _("party")
        verbose_name_plural = _("parties")
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="party_code_unique"),
            models.CheckConstraint(
                condition=Q(credit_limit__isnull=True) | Q(credit_limit__gte=0),
                name="party_credit_limit_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.name or (str(self.person) if self.person_id else self.code)


class PartyVersion(models.Model):
    """What a party was called and its tax number from a moment on: an invoice of then is printed as it was then.

    Written by a trigger of the party's table, never changed. A person's name is not in it: that stands apart.
    """

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="versions", db_index=False)
    valid_from = models.DateTimeField()
    name = models.CharField(max_length=200, blank=True)
    tax_number = models.CharField(max_length=40, blank=True)

    class Meta:
        verbose_name = _("party version")
        indexes = [models.Index(fields=["party", "-valid_from"], name="partyversion_newest")]

    def __str__(self) -> str:
        return f"{self.name} {self.valid_from:%Y-%m-%d}"
