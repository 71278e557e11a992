"""Goods made or received together (lots), and units that are known one by one (serial numbers)."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from inventory.models.catalogue import Sku
from inventory.models.moves import StockMove
from inventory.models.places import Location


class Serial(models.Model):
    """One unit of a SKU, known by its number from receipt to return.

    location (where it is now; empty: never moved) and last_move are kept by the trigger of MoveSerial.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="serials")
    code = models.CharField(max_length=80)
    location = models.ForeignKey(Location, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    last_move = models.ForeignKey(
        StockMove, null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("serial number")
        constraints = [models.UniqueConstraint(fields=["sku", "code"], name="serial_code_unique")]
        indexes = [
            models.Index(fields=["location", "sku"], name="serial_by_location"),
            models.Index(fields=["code"], name="serial_by_code"),
        ]

    def __str__(self) -> str:
        return self.code


class MoveSerial(models.Model):
    """This unit went with this move. Insert-only; written before its move, whose guard counts them.

    from_location and to_location are the move's; a deferred guard compares them.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    move = models.ForeignKey(StockMove, on_delete=models.PROTECT, related_name="serials")
    serial = models.ForeignKey(Serial, on_delete=models.PROTECT, related_name="moves")
    from_location = models.ForeignKey(
        Location, on_delete=models.PROTECT, db_index=False, related_name="+", db_constraint=False
    )
    to_location = models.ForeignKey(
        Location, on_delete=models.PROTECT, db_index=False, related_name="+", db_constraint=False
    )

    class Meta:
        verbose_name = _("serial number moved")
        verbose_name_plural = _("serial numbers moved")
        constraints = [models.UniqueConstraint(fields=["move", "serial"], name="moveserial_once_a_move")]

    def __str__(self) -> str:
        return f"{self.serial_id} @ {self.move_id}"
