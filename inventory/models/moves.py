"""The goods book: moves (facts) and what they add up to (totals kept by trigger)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company, JournalEntry, Party
from accounting.models.journal import CurrentXid
from backoffice.core.fields import AmountField, QuantityField, XidField
from inventory.models.catalogue import Lot, Sku
from inventory.models.places import Location, Warehouse


class StockMove(models.Model):
    """Goods went from one place to another; inserted, never changed.

    value is signed in the base currency: positive when goods enter our books (counterpart to internal),
    negative when they leave, 0 inside. Other owners' goods have value 0. A value names its journal entry.

    References without a constraint are checked by the table's own guard (trigger): the row must be there and
    belong to the company, and the app may delete none of them.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    lot = models.ForeignKey(Lot, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    owner = models.ForeignKey(Party, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    quantity = QuantityField()
    from_location = models.ForeignKey(
        Location, on_delete=models.PROTECT, db_index=False, related_name="moves_out", db_constraint=False
    )
    to_location = models.ForeignKey(
        Location, on_delete=models.PROTECT, db_index=False, related_name="moves_in", db_constraint=False
    )
    effective_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    xid = XidField(db_default=CurrentXid(), editable=False)
    value = AmountField(default=0)
    entry = models.ForeignKey(
        JournalEntry,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
        related_name="moves",
        db_constraint=False,
    )
    allocation = models.ForeignKey(
        "Allocation",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
        related_name="moves",
        db_constraint=False,
    )
    bin_claim = models.ForeignKey(
        "BinClaim",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
        related_name="moves",
        db_constraint=False,
    )
    returns_move = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
        help_text=_("The issue whose goods come back."),
    )
    reason = models.CharField(max_length=40, blank=True)
    source_type = models.CharField(max_length=40)
    source_id = models.BigIntegerField(null=True, blank=True)
    source_key = models.CharField(max_length=120, null=True, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    actor_label = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("stock move")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="stockmove_quantity_positive"),
            models.CheckConstraint(condition=~Q(from_location=F("to_location")), name="stockmove_two_ends"),
            models.CheckConstraint(
                condition=Q(value=0) | Q(entry__isnull=False),
                name="stockmove_value_has_entry",
            ),
            models.CheckConstraint(
                condition=Q(owner__isnull=True) | Q(value=0),
                name="stockmove_others_goods_no_value",
            ),
            models.UniqueConstraint(
                fields=["company", "source_key"],
                condition=Q(source_key__isnull=False),
                name="stockmove_source_key_unique",
            ),
        ]
        indexes = [
            models.Index(fields=["sku", "effective_at"], name="stockmove_by_sku"),
            models.Index(fields=["source_type", "source_id"], name="stockmove_by_source"),
            *(
                models.Index(
                    fields=[field],
                    condition=Q(**{f"{field}__isnull": False}),
                    name=f"stockmove_by_{field}",
                )
                for field in ("entry", "allocation", "bin_claim", "returns_move")
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class StockQuant(models.Model):
    """What lies in one internal location; a total of StockMove and BinClaim rows."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, db_index=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, db_index=False)
    lot = models.ForeignKey(Lot, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    owner = models.ForeignKey(Party, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    quantity = QuantityField(db_default=0)
    claimed = QuantityField(db_default=0, help_text=_("Claimed for picking: one unit, one picker."))

    class Meta:
        verbose_name = _("stock in a location")
        verbose_name_plural = _("stock in locations")
        constraints = [
            models.UniqueConstraint(
                fields=["sku", "location", "lot", "owner"],
                nulls_distinct=False,
                name="stockquant_one_row",
            ),
            models.CheckConstraint(
                condition=Q(claimed__gte=0, claimed__lte=F("quantity")),
                name="stockquant_claimed_within_quantity",
            ),
        ]
        # With the SKU: the planner may take it for the look-up of one row too, and staging holds thousands.
        indexes = [models.Index(fields=["location", "sku"], name="stockquant_by_location")]

    def __str__(self) -> str:
        return f"{self.sku_id} @ {self.location_id}: {self.quantity}"


class StockLevel(models.Model):
    """What one warehouse holds of one SKU for one owner, in base units.

    Running totals of StockMove and AllocationEntry rows, written only by their triggers.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, db_index=False)
    # No index of its own: a warehouse has thousands of rows, and while a new table has no statistics the
    # planner took that index for every look-up of one SKU.
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, db_index=False)
    owner = models.ForeignKey(Party, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    on_hand = QuantityField(db_default=0)
    sellable = QuantityField(db_default=0, help_text=_("On hand less quarantine and missing."))
    reserved = QuantityField(db_default=0)
    available = models.GeneratedField(
        expression=F("sellable") - F("reserved"),
        output_field=QuantityField(),
        db_persist=True,
    )

    class Meta:
        verbose_name = _("stock level")
        constraints = [
            models.UniqueConstraint(
                fields=["sku", "warehouse", "owner"],
                nulls_distinct=False,
                name="stocklevel_one_row",
            ),
            models.CheckConstraint(
                condition=Q(reserved__gte=0) & Q(reserved__lte=F("sellable")) & Q(sellable__lte=F("on_hand")),
                name="stocklevel_reserved_within_sellable_within_on_hand",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"
