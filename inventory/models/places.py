"""Warehouses and the places in them; counterparts outside the company are places too."""

from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from accounting.models import Address, Company
from backoffice.core.fields import AmountField
from inventory.models.storage import BinType, StorageClass


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

    cross_docks = models.BooleanField(
        _("cross-docks"),
        default=False,
        db_default=False,
        help_text=_("Orders that wait are picked from the dock; what they want is not put away."),
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
            models.UniqueConstraint(fields=["id", "company"], name="warehouse_of_company"),
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
    """Where goods can be: internal (in a warehouse) or a counterpart (outside our books).

    Its zone is one of its warehouse (the database holds that). Its own limits, and its own storage class, count
    before those of its type and zone. While it is blocked nobody is sent there, to put or to take.
    """

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
    zone = models.ForeignKey("Zone", null=True, blank=True, on_delete=models.PROTECT, related_name="locations")
    aisle = models.CharField(max_length=20, blank=True, default="", db_default="")
    rack = models.CharField(max_length=20, blank=True, default="", db_default="")
    level = models.CharField(max_length=20, blank=True, default="", db_default="", help_text=_("Height in the rack."))
    position = models.CharField(max_length=20, blank=True, default="", db_default="", help_text=_("On its level."))
    bin_type = models.ForeignKey(BinType, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    storage_class = models.ForeignKey(
        StorageClass,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
        help_text=_("What it is fit for; empty: as its zone."),
    )
    max_volume_l = models.DecimalField(
        _("volume in litres"),
        max_digits=12,
        decimal_places=3,
        null=True,
        blank=True,
        help_text=_("Empty: as its type."),
    )
    max_weight_g = models.PositiveIntegerField(
        _("weight in grams"), null=True, blank=True, help_text=_("Empty: as its type.")
    )
    max_pallets = models.PositiveSmallIntegerField(
        _("pallets"), null=True, blank=True, help_text=_("Empty: as its type.")
    )
    is_pick_face = models.BooleanField(
        _("pick face"), default=False, db_default=False, help_text=_("Picked from first, and refilled from reserve.")
    )
    stands_in = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        db_index=False,
        related_name="+",
        help_text=_("Of a pallet or carton of stock: the place where it stands. Totes of picked goods have none."),
    )
    blocked_at = models.DateTimeField(null=True, blank=True, editable=False)
    blocked_reason = models.CharField(max_length=200, blank=True, default="", db_default="", editable=False)
    version = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    class Meta:
        verbose_name = _("location")
        ordering = ["warehouse", "pick_sequence", "code"]
        indexes = [
            models.Index(fields=["warehouse", "aisle"], condition=~Q(aisle=""), name="location_by_aisle"),
            models.Index(fields=["warehouse"], condition=Q(blocked_at__isnull=False), name="location_blocked"),
            models.Index("warehouse", Upper("code"), name="location_by_scanned_code"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(blocked_at__isnull=True, blocked_reason="")
                | (Q(blocked_at__isnull=False) & ~Q(blocked_reason="")),
                name="location_blocked_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(kind="bin") | Q(is_pick_face=False),
                name="location_pick_face_is_a_bin",
                violation_error_message=_("Only a bin can be a pick face."),
            ),
            models.CheckConstraint(
                condition=Q(stands_in__isnull=True) | Q(kind="tote"), name="location_only_units_stand_in_places"
            ),
            models.CheckConstraint(
                condition=(Q(max_volume_l__isnull=True) | Q(max_volume_l__gt=0))
                & (Q(max_weight_g__isnull=True) | Q(max_weight_g__gt=0))
                & (Q(max_pallets__isnull=True) | Q(max_pallets__gt=0)),
                name="location_limits_positive",
                violation_error_message=_("Limits are above zero."),
            ),
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
