"""Work on the floor that no order asks for by itself: putting away, refilling, moving; and where goods are sent."""

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounting.models import Company, Party
from backoffice.core.fields import QuantityField
from inventory.models import BinType, Category, Location, Lot, Sku, StorageClass, Warehouse, Zone


class FloorTaskKind(models.TextChoices):
    PUT_AWAY = "put_away", pgettext_lazy("work", "Put away")
    REFILL = "refill", _("Refill")
    MOVE = "move", _("Move")


class FloorTaskStatus(models.TextChoices):
    OPEN = "open", _("Open")
    ASSIGNED = "assigned", _("Assigned")
    IN_PROGRESS = "in_progress", _("In progress")
    DONE = "done", _("Done")
    SHORT = "short", _("Short")
    CANCELLED = "cancelled", _("Cancelled")


FLOOR_OPEN = ("open", "assigned", "in_progress")
FLOOR_OVER = ("done", "short", "cancelled")


class FloorTask(models.Model):
    """Bring this quantity of this SKU from here to there; the reason says why there.

    done: what was moved so far, in one or several moves (their source is the task). to_location is empty where no
    place was found: whoever does it chooses. Its places are of its warehouse and its lot is of its SKU; the table's
    guard (trigger) holds that. Lower priority numbers come first.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    kind = models.CharField(max_length=8, choices=FloorTaskKind)
    status = models.CharField(
        max_length=11, choices=FloorTaskStatus, default=FloorTaskStatus.OPEN, db_default=FloorTaskStatus.OPEN
    )
    priority = models.PositiveSmallIntegerField(default=100)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    lot = models.ForeignKey(
        Lot, null=True, blank=True, on_delete=models.PROTECT, db_index=False, db_constraint=False, related_name="+"
    )
    owner = models.ForeignKey(Party, null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="+")
    quantity = QuantityField()
    done = QuantityField(default=0, db_default=0)
    from_location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    to_location = models.ForeignKey(
        Location,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    reason = models.CharField(max_length=300, blank=True, help_text=_("Why there, as the one who does it reads it."))
    source_type = models.CharField(max_length=40, blank=True)
    source_id = models.BigIntegerField(null=True, blank=True)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    device = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by_label = models.CharField(max_length=150, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("floor task")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=FloorTaskKind.values), name="floortask_kind_known"),
            models.CheckConstraint(condition=Q(status__in=FloorTaskStatus.values), name="floortask_status_known"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, done__gte=0, done__lte=F("quantity")),
                name="floortask_done_within_quantity",
            ),
            models.CheckConstraint(
                condition=Q(to_location__isnull=True) | ~Q(from_location=F("to_location")),
                name="floortask_two_ends",
            ),
            models.CheckConstraint(
                condition=Q(status__in=FLOOR_OPEN, finished_at__isnull=True)
                | Q(status__in=FLOOR_OVER, finished_at__isnull=False),
                name="floortask_over_is_timed",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["done", "short"])
                | Q(status="done", done=F("quantity"), started_at__isnull=False)
                | Q(status="short", done__lt=F("quantity"), started_at__isnull=False),
                name="floortask_done_is_the_whole",
            ),
            models.CheckConstraint(
                condition=~Q(status="assigned") | Q(assigned_to__isnull=False), name="floortask_assigned_to_somebody"
            ),
        ]
        indexes = [
            BrinIndex(fields=["finished_at"], name="floortask_by_finish", pages_per_range=32, autosummarize=True),
            models.Index(
                fields=["warehouse", "kind", "priority", "id"],
                condition=Q(status__in=FLOOR_OPEN),
                name="floortask_open_work",
            ),
            models.Index(
                fields=["from_location", "sku"], condition=Q(status__in=FLOOR_OPEN), name="floortask_open_from"
            ),
            models.Index(
                fields=["to_location", "sku"],
                condition=Q(status__in=FLOOR_OPEN, to_location__isnull=False),
                name="floortask_open_to",
            ),
            models.Index(fields=["source_type", "source_id"], name="floortask_by_source"),
        ]

    @property
    def number(self) -> str:
        return f"FT-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class PutAwayStrategy(models.TextChoices):
    SAME_SKU = "same_sku", _("Where the SKU lies already")
    PICK_FACE = "pick_face", _("Its pick face, up to the maximum")
    EMPTY = "empty", _("An empty bin")
    NEAREST = "nearest", _("The first bin of the walk with room")


class PutAwayRule(models.Model):
    """Where arriving goods go: the first rule that fits them and finds room. Empty conditions fit everything."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, related_name="put_away_rules")
    position = models.PositiveIntegerField(default=100, help_text=_("Lower is tried first."))
    name = models.CharField(max_length=120, help_text=_("Shown as the reason to whoever puts the goods away."))
    sku = models.ForeignKey(Sku, null=True, blank=True, on_delete=models.PROTECT, help_text=_("Empty: any SKU."))
    category = models.ForeignKey(
        Category, null=True, blank=True, on_delete=models.PROTECT, help_text=_("Empty: any category.")
    )
    storage_class = models.ForeignKey(
        StorageClass, null=True, blank=True, on_delete=models.PROTECT, help_text=_("Empty: any class.")
    )
    supplier = models.ForeignKey(
        Party, null=True, blank=True, on_delete=models.PROTECT, help_text=_("Empty: any supplier.")
    )
    zone = models.ForeignKey(
        Zone, null=True, blank=True, on_delete=models.PROTECT, help_text=_("Only bins of this zone; empty: any.")
    )
    bin_type = models.ForeignKey(
        BinType, null=True, blank=True, on_delete=models.PROTECT, help_text=_("Only bins of this type; empty: any.")
    )
    location = models.ForeignKey(
        Location, null=True, blank=True, on_delete=models.PROTECT, help_text=_("Only this bin; empty: any.")
    )
    strategy = models.CharField(max_length=9, choices=PutAwayStrategy, default=PutAwayStrategy.NEAREST)
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("put-away rule")
        ordering = ["warehouse", "position", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(strategy__in=PutAwayStrategy.values), name="putawayrule_strategy_known"),
            models.CheckConstraint(
                condition=Q(sku__isnull=True) | Q(category__isnull=True),
                name="putawayrule_sku_or_category",
                violation_error_message=_("Name a SKU or a category, not both."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
