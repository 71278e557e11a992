"""Handling units: cartons and pallets that move as one, by their licence plate."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from inventory.models import Location, Warehouse


class UnitKind(models.TextChoices):
    CARTON = "carton", _("Carton")
    PALLET = "pallet", _("Pallet")
    CAGE = "cage", _("Cage")


class HandlingUnit(models.Model):
    """A carton or pallet with a licence plate. Its goods lie in a place of its own (location), which is a tote of the
    ledger: what it holds is what the ledger says lies there (docs/adr/0023). Where it stands is one field, so it
    moves in one scan with all that is in it.

    sscc: its GS1 number, where the company has a prefix; else its code is its plate. parent: it stands in another unit.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, db_index=False)
    location = models.OneToOneField(Location, on_delete=models.PROTECT, related_name="handling_unit")
    kind = models.CharField(max_length=6, choices=UnitKind, default=UnitKind.PALLET)
    code = models.CharField(max_length=20)
    stands_in = models.ForeignKey(
        Location, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    shipped_at = models.DateTimeField(null=True, blank=True)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("handling unit")
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="handlingunit_code_unique"),
            models.CheckConstraint(condition=Q(kind__in=UnitKind.values), name="handlingunit_kind_known"),
            models.CheckConstraint(
                condition=Q(shipped_at__isnull=False)
                | Q(stands_in__isnull=False, parent__isnull=True)
                | Q(stands_in__isnull=True, parent__isnull=False),
                name="handlingunit_stands_somewhere",
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")), name="handlingunit_not_in_itself"
            ),
            models.CheckConstraint(
                condition=Q(stands_in__isnull=True) | ~Q(stands_in=F("location")), name="handlingunit_not_on_itself"
            ),
        ]
        indexes = [
            models.Index(fields=["stands_in"], condition=Q(stands_in__isnull=False), name="handlingunit_standing_in")
        ]

    def __str__(self) -> str:
        return self.code
