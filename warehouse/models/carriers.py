"""Carriers with their services and rates, the labels that parcels got, and what was handed over together."""

from django.conf import settings
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company, Currency
from backoffice.core.fields import AmountField
from inventory.models import Warehouse
from orders.models import Shipment
from warehouse.models.packing import Parcel


class CarrierAccount(models.Model):
    """A carrier as one company uses it. connector: which module of warehouse/carriers speaks to it."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    code = models.SlugField(max_length=20)
    name = models.CharField(max_length=60)
    connector = models.CharField(max_length=20, default="house", help_text=_("house: labels are printed here."))
    tracking_url = models.CharField(
        max_length=200, blank=True, help_text=_("Where buyers follow a parcel, with {number} in it."),
        validators=[RegexValidator(r"^https?://\S*\{number\}\S*$", _("A web address with {number} in it."))],
    )  # fmt: skip
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("carrier")
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="carrieraccount_code_unique")]

    def __str__(self) -> str:
        return self.name


class CarrierService(models.Model):
    """A product of a carrier: standard, express, locker."""

    carrier = models.ForeignKey(CarrierAccount, on_delete=models.PROTECT, related_name="services")
    code = models.SlugField(max_length=30)
    name = models.CharField(max_length=60)
    order_services = models.CharField(
        max_length=300, blank=True,
        help_text=_("Which shipping services of orders it is proposed for, with commas between. Empty: any."),
    )  # fmt: skip
    transit_days = models.PositiveSmallIntegerField(null=True, blank=True)
    max_weight_g = models.PositiveIntegerField(
        _("weight at most"), null=True, blank=True, help_text=_("In grams, with the box. Empty: as its rates say.")
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("carrier service")
        constraints = [models.UniqueConstraint(fields=["carrier", "code"], name="carrierservice_code_unique")]

    @property
    def company_id(self) -> int:
        return self.carrier.company_id

    def __str__(self) -> str:
        return f"{self.carrier} {self.name}"


class CarrierRate(models.Model):
    """A step of a service's price: to these countries and postcodes, up to so many grams."""

    service = models.ForeignKey(CarrierService, on_delete=models.PROTECT, related_name="rates")
    countries = models.CharField(
        max_length=300, blank=True, help_text=_("ISO codes with commas between, e.g. LT, LV. Empty: everywhere."),
        validators=[
            RegexValidator(r"^\s*[A-Za-z]{2}(\s*,\s*[A-Za-z]{2})*\s*$", _("ISO codes of two letters, with commas between."))
        ],
    )  # fmt: skip
    postcodes = models.CharField(
        max_length=300, blank=True, help_text=_("Beginnings of postcodes with commas between. Empty: all.")
    )
    up_to_g = models.PositiveIntegerField(_("up to grams"), validators=[MinValueValidator(1)])
    price = AmountField(validators=[MinValueValidator(0)])

    class Meta:
        verbose_name = _("carrier rate")
        ordering = ["service", "countries", "postcodes", "up_to_g"]
        constraints = [
            models.UniqueConstraint(
                fields=["service", "countries", "postcodes", "up_to_g"], name="carrierrate_one_a_step",
                violation_error_message=_("There is a price for this step already."),
            ),
            models.CheckConstraint(condition=Q(price__gte=0, up_to_g__gt=0), name="carrierrate_not_negative"),
        ]  # fmt: skip

    @property
    def company_id(self) -> int:
        return self.service.company_id

    def __str__(self) -> str:
        return f"{self.countries} ≤ {self.up_to_g} g"


class ParcelLabel(models.Model):
    """A label bought for a parcel; a parcel has one that is not void.

    content: the carrier's file; empty where the label is printed here.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, related_name="labels", db_index=False)
    service = models.ForeignKey(CarrierService, on_delete=models.PROTECT, related_name="+", db_index=False)
    tracking_number = models.CharField(max_length=80)
    weight_g = models.PositiveIntegerField()
    price = AmountField()
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT, db_index=False)
    content = models.BinaryField(blank=True, default=b"", editable=False)
    content_type = models.CharField(max_length=60, blank=True, default="", editable=False)
    bought_by = models.CharField(max_length=150)
    bought_at = models.DateTimeField(db_default=Now(), editable=False)
    voided_at = models.DateTimeField(null=True, blank=True)
    void_reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("label")
        verbose_name_plural = _("labels")
        constraints = [
            models.UniqueConstraint(
                fields=["parcel"], condition=Q(voided_at__isnull=True), name="parcellabel_one_a_parcel"
            ),
            models.CheckConstraint(
                condition=Q(voided_at__isnull=True, void_reason="") | (Q(voided_at__isnull=False) & ~Q(void_reason="")),
                name="parcellabel_void_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(price__gte=0) & ~Q(tracking_number=""), name="parcellabel_priced_and_numbered"
            ),
        ]
        indexes = [
            models.Index(fields=["parcel"], name="parcellabel_of_parcel"),
            models.Index(fields=["tracking_number"], name="parcellabel_by_number"),
        ]

    def __str__(self) -> str:
        return self.tracking_number


class Manifest(models.Model):
    """What one carrier took from one warehouse at once: the list that its driver signs. Made at the hand-over."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, db_index=False)
    carrier = models.ForeignKey(CarrierAccount, on_delete=models.PROTECT, related_name="manifests")
    handed_over_at = models.DateTimeField()
    driver = models.CharField(max_length=120, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("manifest")

    @property
    def number(self) -> str:
        return f"MF-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class ManifestLine(models.Model):
    """A shipment on a manifest; it leaves once, so it stands on one."""

    manifest = models.ForeignKey(Manifest, on_delete=models.PROTECT, related_name="lines")
    shipment = models.OneToOneField(Shipment, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("shipment on a manifest")
        verbose_name_plural = _("shipments on manifests")

    def __str__(self) -> str:
        return f"{self.manifest_id}: {self.shipment_id}"
