"""Who wants goods (demands), what was claimed for them, and which bin it is picked from."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company, Party
from accounting.models.journal import CurrentXid
from backoffice.core.fields import QuantityField, XidField
from inventory.models.catalogue import Lot, Sku
from inventory.models.places import Location, Warehouse


class DemandKind(models.TextChoices):
    ORDER_LINE = "order_line", _("Order line")
    CART = "cart", _("Cart hold")
    TRANSFER = "transfer", _("Transfer line")
    COMPONENT = "component", _("Kit component")
    ASSEMBLY = "assembly", _("Assembly")
    SUPPLIER_RETURN = "supplier_return", _("Return to supplier")


class Demand(models.Model):
    """Somebody wants goods. Kept while unmet: back-orders and forecasts need it.

    claimed (held now) and used (gone out) are totals of AllocationEntry rows kept by trigger;
    claimed + used <= quantity always. `warehouse` pins where it may be met; empty: anywhere.
    Company and SKU carry no constraint: the table's guard wants both to be there and to belong together.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    owner = models.ForeignKey(Party, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    warehouse = models.ForeignKey(Warehouse, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=16, choices=DemandKind)
    source_type = models.CharField(max_length=40)
    source_id = models.BigIntegerField()
    quantity = QuantityField(help_text=_("Still wanted in all; falls when part is cancelled."))
    claimed = QuantityField(db_default=0)
    used = QuantityField(db_default=0)
    unmet = models.GeneratedField(
        expression=F("quantity") - F("claimed") - F("used"),
        output_field=QuantityField(),
        db_persist=True,
    )
    priority = models.PositiveSmallIntegerField(default=100, help_text=_("Lower comes first."))
    promise_date = models.DateField(null=True, blank=True)
    wanted_at = models.DateTimeField(help_text=_("When it was asked for: age decides between equals."))
    expires_at = models.DateTimeField(null=True, blank=True)
    barred = models.JSONField(
        null=True, blank=True, help_text=_("Warehouses that may not meet it, unless it is pinned.")
    )
    kit_group = models.BigIntegerField(
        null=True, blank=True, help_text=_("Components of kits that leave whole: claimed in equal numbers of kits.")
    )
    kit_ratio = QuantityField(null=True, blank=True, help_text=_("How many one kit takes."))
    min_expiry_date = models.DateField(
        null=True, blank=True, help_text=_("Only lots that keep until then; empty: any that have not expired.")
    )

    class Meta:
        verbose_name = _("demand")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=DemandKind.values), name="demand_kind_known"),
            models.CheckConstraint(
                condition=Q(quantity__gte=0, claimed__gte=0, used__gte=0) & Q(quantity__gte=F("claimed") + F("used")),
                name="demand_claimed_and_used_within_quantity",
            ),
        ]
        indexes = [
            models.Index(fields=["source_type", "source_id"], name="demand_by_source"),
            models.Index(
                fields=["sku", "priority", "promise_date", "wanted_at"],
                condition=Q(quantity__gt=F("claimed") + F("used")),
                name="demand_waiting",
            ),
            models.Index(
                fields=["expires_at"],
                condition=Q(expires_at__isnull=False, claimed__gt=0),
                name="demand_expiring",
            ),
            models.Index(fields=["kit_group"], condition=Q(kit_group__isnull=False), name="demand_by_kit"),
            models.Index(
                fields=["sku"],
                condition=Q(quantity__gt=F("claimed") + F("used"), min_expiry_date__isnull=False),
                name="demand_waiting_for_fresh",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class Allocation(models.Model):
    """Goods of one SKU held for one demand at one warehouse. owner: the demand's, or a consignor whose goods serve it.

    open (held now) is the sum of its entries, used what has gone out; both are kept by trigger.

    References without a constraint are checked by the table's own guard (trigger): the row must be there and
    belong to the company, and the app may delete none of them.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    demand = models.ForeignKey(
        Demand, on_delete=models.PROTECT, db_index=False, related_name="allocations", db_constraint=False
    )
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    lot = models.ForeignKey(Lot, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    owner = models.ForeignKey(Party, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    open = QuantityField(db_default=0)
    used = QuantityField(db_default=0)

    class Meta:
        verbose_name = _("allocation")
        constraints = [
            models.UniqueConstraint(
                fields=["demand", "warehouse", "lot", "owner"],
                nulls_distinct=False,
                name="allocation_one_per_place",
            ),
            models.CheckConstraint(condition=Q(open__gte=0, used__gte=0), name="allocation_open_not_negative"),
        ]
        indexes = [
            models.Index(
                fields=["sku", "warehouse"],
                condition=Q(open__gt=0),
                name="allocation_still_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.open} × {self.sku_id} @ {self.warehouse_id}"


class AllocationEntryKind(models.TextChoices):
    CLAIM = "claim", _("Claim")
    RELEASE = "release", _("Release")
    USE = "use", _("Use")


class AllocationEntry(models.Model):
    """One change of an allocation: claims are positive, releases and uses negative. Insert-only.

    Uses are written by the moves' trigger, one for each move that names the allocation.

    References without a constraint are checked by the table's own guard (trigger): the row must be there and
    belong to the company, and the app may delete none of them.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    allocation = models.ForeignKey(Allocation, on_delete=models.PROTECT, related_name="entries", db_constraint=False)
    kind = models.CharField(max_length=8, choices=AllocationEntryKind)
    quantity = QuantityField()
    move = models.OneToOneField("StockMove", null=True, blank=True, on_delete=models.PROTECT, db_constraint=False)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    xid = XidField(db_default=CurrentXid(), editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    actor_label = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("allocation entry")
        verbose_name_plural = _("allocation entries")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="claim", quantity__gt=0, move__isnull=True)
                | Q(kind="release", quantity__lt=0, move__isnull=True)
                | Q(kind="use", quantity__lt=0, move__isnull=False),
                name="allocationentry_sign_matches_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.quantity}"


class BinClaim(models.Model):
    """A picker's claim on goods in one location for one allocation, written when picking is released.

    picked grows by moves that name the claim, released by BinRelease rows, both by trigger;
    quant.claimed is the sum of open.

    References without a constraint are checked by the table's own guard (trigger): the row must be there and
    belong to the company, and the app may delete none of them.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    allocation = models.ForeignKey(Allocation, on_delete=models.PROTECT, related_name="bin_claims", db_constraint=False)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    lot = models.ForeignKey(Lot, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    owner = models.ForeignKey(Party, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    quantity = QuantityField()
    picked = QuantityField(db_default=0)
    released = QuantityField(db_default=0)
    open = models.GeneratedField(
        expression=F("quantity") - F("picked") - F("released"),
        output_field=QuantityField(),
        db_persist=True,
    )
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    actor_label = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("bin claim")
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0, picked__gte=0, released__gte=0)
                & Q(quantity__gte=F("picked") + F("released")),
                name="binclaim_open_within_quantity",
            ),
        ]
        indexes = [
            models.Index(
                fields=["sku", "location"],
                condition=Q(quantity__gt=F("picked") + F("released")),
                name="binclaim_still_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.open} × {self.sku_id} @ {self.location_id}"


class BinRelease(models.Model):
    """Part of a bin claim given back without being picked. Insert-only."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    bin_claim = models.ForeignKey(BinClaim, on_delete=models.PROTECT, related_name="releases")
    quantity = QuantityField()
    reason = models.CharField(max_length=40, blank=True)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    actor_label = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("bin release")
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="binrelease_quantity_positive")]

    def __str__(self) -> str:
        return f"{self.quantity}"
