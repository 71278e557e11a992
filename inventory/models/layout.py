"""How a warehouse is laid out: zones, what kind of bin holds how much, and goods that need a place of their kind."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.fields import QuantityField
from inventory.models.catalogue import Sku
from inventory.models.places import Location, Warehouse
from inventory.models.storage import StorageClass


class ZoneUse(models.TextChoices):
    PICK = "pick", _("Picked from")
    RESERVE = "reserve", _("Reserve: refills pick faces, nobody picks orders here")


class Zone(models.Model):
    """A part of a warehouse that is worked and ruled as one: picked by the same people, cooled, fenced.

    Company and warehouse never change: its bins would be elsewhere.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, related_name="zones", db_index=False)
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=120, blank=True)
    use = models.CharField(max_length=7, choices=ZoneUse, default=ZoneUse.PICK)
    storage_class = models.ForeignKey(
        StorageClass,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
        help_text=_("What all its bins are fit for; empty: ordinary goods."),
    )
    position = models.PositiveIntegerField(default=0, help_text=_("Its place in the walk and on the map."))

    class Meta:
        verbose_name = _("zone")
        ordering = ["warehouse", "position", "code"]
        constraints = [
            models.UniqueConstraint(fields=["warehouse", "code"], name="zone_code_unique"),
            models.UniqueConstraint(fields=["id", "warehouse"], name="zone_of_warehouse"),
            models.CheckConstraint(condition=Q(use__in=ZoneUse.values), name="zone_use_known"),
        ]

    def __str__(self) -> str:
        return self.code


class PickFace(models.Model):
    """A SKU's forward bin: below the minimum it is refilled from the reserve, up to the maximum."""

    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="pick_faces", db_index=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="faces")
    minimum = QuantityField(default=0, help_text=_("Below this it is refilled."))
    maximum = QuantityField(help_text=_("What fits there, in base units: never filled beyond."))

    class Meta:
        verbose_name = _("pick face")
        constraints = [
            models.UniqueConstraint(fields=["sku", "location"], name="pickface_once"),
            models.CheckConstraint(
                condition=Q(minimum__gte=0, maximum__gt=0, minimum__lte=F("maximum")),
                name="pickface_minimum_within_maximum",
                violation_error_message=_("The maximum is above zero, and the minimum not above it."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id} @ {self.location_id}"
