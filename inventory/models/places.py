"""Warehouses and the places in them; counterparts outside the company are places too."""

from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounting.models import Address, Company
from backoffice.core.fields import AmountField


def validate_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(_("Not a time zone: give one such as Europe/London."))


class Warehouse(models.Model):
    """A place that stocks and ships. One pseudo-warehouse a company holds what is in transit."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    address = models.ForeignKey(Address, null=True, blank=True, on_delete=models.PROTECT)
    is_transit = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    priority = models.PositiveSmallIntegerField(default=100, help_text=_("Lower ships first."))
    latitude = models.DecimalField(
        max_digits=9, decimal_places=6, null=True, blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
        help_text=_("In degrees, north positive. Empty: found by the address."),
    )  # fmt: skip
    longitude = models.DecimalField(
        max_digits=9, decimal_places=6, null=True, blank=True,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
        help_text=_("In degrees, east positive."),
    )  # fmt: skip
    time_zone = models.CharField(
        max_length=64, blank=True, validators=[validate_time_zone], help_text=_("Empty: the company's.")
    )
    cut_off = models.TimeField(
        _("cut-off"), null=True, blank=True, help_text=_("Local time until which orders still leave on the same day.")
    )
    parcel_cost = AmountField(
        _("cost of a parcel"), default=0, help_text=_("What one parcel from here costs, in the company's currency.")
    )
    line_cost = AmountField(_("cost of a line"), default=0, help_text=_("What each SKU to be picked adds."))
    kg_cost = AmountField(_("cost of a kilogram"), default=0, help_text=_("What each kilogram adds."))
    max_lines = models.PositiveSmallIntegerField(
        _("lines at most"),
        null=True,
        blank=True,
        help_text=_("Of one order, at most so many different SKUs ship from here."),
    )

    class Meta:
        verbose_name = _("warehouse")
        ordering = ["priority", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__isnull=False, longitude__isnull=False)
                & Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="warehouse_coordinates_on_earth",
                violation_error_message=_("Give both latitude and longitude, in degrees, or neither."),
            ),
            models.CheckConstraint(
                condition=Q(parcel_cost__gte=0, line_cost__gte=0, kg_cost__gte=0), name="warehouse_costs_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(max_lines__isnull=True) | Q(max_lines__gte=1), name="warehouse_max_lines_positive"
            ),
            models.UniqueConstraint(fields=["company", "code"], name="warehouse_code_unique"),
            models.UniqueConstraint(
                fields=["company"],
                condition=Q(is_transit=True),
                name="warehouse_one_transit_a_company",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class LocationKind(models.TextChoices):
    BIN = "bin", _("Bin")
    DOCK = "dock", _("Dock")
    STAGING = "staging", _("Staging")
    TOTE = "tote", _("Tote")
    QUARANTINE = "quarantine", _("Quarantine")
    REFURBISH = "refurbish", _("Being refurbished")
    DAMAGED = "damaged", _("Damaged")
    MISSING = "missing", _("Missing")
    TRANSIT = "transit", _("In transit")
    SUPPLIER = "supplier", _("Supplier")
    CUSTOMER = "customer", _("Customer")
    ADJUSTMENT = "adjustment", _("Adjustment")
    OPENING = "opening", _("Opening stock")
    PRODUCTION = "production", _("Production")


SELLABLE_KINDS = ("bin", "dock", "staging", "tote")
INTERNAL_KINDS = (*SELLABLE_KINDS, "quarantine", "refurbish", "damaged", "missing", "transit")
COUNTERPART_KINDS = ("supplier", "customer", "adjustment", "opening", "production")


class Location(models.Model):
    """Where goods can be: internal (in a warehouse) or a counterpart (outside our books)."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    warehouse = models.ForeignKey(
        Warehouse,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="locations",
    )
    kind = models.CharField(max_length=12, choices=LocationKind)
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=120, blank=True)
    pick_sequence = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("location")
        ordering = ["warehouse", "pick_sequence", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "warehouse", "code"],
                nulls_distinct=False,
                name="location_code_unique",
            ),
            models.CheckConstraint(condition=Q(kind__in=LocationKind.values), name="location_kind_known"),
            models.CheckConstraint(
                condition=Q(kind__in=INTERNAL_KINDS, warehouse__isnull=False)
                | Q(kind__in=COUNTERPART_KINDS, warehouse__isnull=True),
                name="location_internal_has_warehouse",
            ),
        ]

    def __str__(self) -> str:
        return self.code
