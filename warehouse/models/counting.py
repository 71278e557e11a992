"""Stocktakes: what is to be counted, what was counted (facts), and what the ledger says beside it."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.fields import AmountField, QuantityField
from inventory.models import Adjustment, Location, Lot, Sku, Warehouse


class StocktakeStatus(models.TextChoices):
    PLANNED = "planned", _("Planned")
    COUNTING = "counting", _("Being counted")
    RECOUNT = "recount", _("Counted again")
    REVIEW = "review", _("To be reviewed")
    APPROVED = "approved", _("Approved")
    POSTED = "posted", _("Posted")
    CANCELLED = "cancelled", _("Cancelled")


# While these last nobody is shown what the ledger says.
STOCKTAKE_BLIND = ("planned", "counting", "recount")


class StocktakeOrigin(models.TextChoices):
    MANUAL = "manual", _("By hand")
    PLAN = "plan", _("Count plan")
    REQUEST = "request", _("Asked for by the floor")


class Stocktake(models.Model):
    """A count of places of one warehouse, while the shop goes on. Posted ones are put right by another count.

    tolerance_percent, tolerance_value: a line beyond either is counted again by somebody else; both 0: any
    difference. one_person: who counted may count again and approve (a shop of one person). value: the variances
    added up without their signs, at cost. version: rises with every change that an approver should have seen.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, related_name="stocktakes")
    origin = models.CharField(max_length=8, choices=StocktakeOrigin, default=StocktakeOrigin.MANUAL)
    status = models.CharField(max_length=10, choices=StocktakeStatus, default=StocktakeStatus.PLANNED)
    note = models.CharField(max_length=500, blank=True)
    due_date = models.DateField(null=True, blank=True)
    tolerance_percent = models.DecimalField(
        max_digits=6, decimal_places=2, default=0, validators=[MinValueValidator(0), MaxValueValidator(1000)]
    )
    tolerance_value = AmountField(default=0, validators=[MinValueValidator(0)])
    one_person = models.BooleanField(default=False)
    value = AmountField(default=0)
    version = models.PositiveIntegerField(default=0, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_label = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    approved_label = models.CharField(max_length=150, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    posted_at = models.DateTimeField(null=True, blank=True)
    adjustments = models.ManyToManyField(Adjustment, blank=True, related_name="stocktakes")

    class Meta:
        verbose_name = _("stocktake")
        permissions = [("review_stocktake", "Can see variances, have them counted again, approve and post")]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=StocktakeStatus.values), name="stocktake_status_known"),
            models.CheckConstraint(condition=Q(origin__in=StocktakeOrigin.values), name="stocktake_origin_known"),
            models.CheckConstraint(
                condition=Q(tolerance_percent__gte=0, tolerance_value__gte=0), name="stocktake_tolerance_not_negative"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "posted"]) | Q(approved_at__isnull=False),
                name="stocktake_approved_says_when",
            ),
            models.CheckConstraint(
                condition=Q(status="posted", posted_at__isnull=False) | (~Q(status="posted") & Q(posted_at=None)),
                name="stocktake_posted_says_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["warehouse", "id"],
                condition=~Q(status__in=["posted", "cancelled"]),
                name="stocktake_open",
            )
        ]

    @property
    def number(self) -> str:
        return f"ST-{self.pk:06d}"

    @property
    def is_blind(self) -> bool:
        return self.status in STOCKTAKE_BLIND

    def __str__(self) -> str:
        return self.number


class CountTaskStatus(models.TextChoices):
    OPEN = "open", _("Open")
    COUNTING = "counting", _("Being counted")
    COUNTED = "counted", _("Counted")
    CANCELLED = "cancelled", _("Cancelled")


COUNT_OPEN = ("open", "counting")


class CountTask(models.Model):
    """One place to be counted, whole or for one SKU, by one person at a time.

    round: 1 for the first count, more for each time it is counted again; counter: whose figures of this round count.
    not_found: of its SKU, so much lies in the place for missing goods because a picker did not find it here.
    """

    stocktake = models.ForeignKey(Stocktake, on_delete=models.PROTECT, related_name="tasks")
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, db_index=False, related_name="+")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, db_index=False, related_name="+")
    sku = models.ForeignKey(
        Sku, null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="+",
        help_text=_("Empty: everything that lies there."),
    )  # fmt: skip
    status = models.CharField(max_length=9, choices=CountTaskStatus, default=CountTaskStatus.OPEN)
    round = models.PositiveSmallIntegerField(default=1)
    priority = models.PositiveSmallIntegerField(default=100)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    counter = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    device = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=200, blank=True, help_text=_("Why it is counted, or counted again."))
    not_found = QuantityField(
        default=0, db_default=0, help_text=_("So much of it a picker did not find here: what is not found now is lost.")
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("count task")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=CountTaskStatus.values), name="counttask_status_known"),
            models.CheckConstraint(condition=Q(round__gte=1), name="counttask_round_from_one"),
            models.UniqueConstraint(
                fields=["stocktake", "location", "sku"], nulls_distinct=False, name="counttask_once_a_stocktake"
            ),
            models.UniqueConstraint(
                fields=["location", "sku"],
                condition=Q(status__in=COUNT_OPEN),
                nulls_distinct=False,
                name="counttask_one_open_a_place",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["counting", "counted"]) | Q(counter__isnull=False, started_at__isnull=False),
                name="counttask_counted_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(status="counted") | Q(finished_at__isnull=False), name="counttask_counted_is_timed"
            ),
            models.CheckConstraint(
                condition=Q(not_found=0) | Q(not_found__gt=0, sku__isnull=False), name="counttask_not_found_of_a_sku"
            ),
        ]
        # Open work only: what was counted grows without end.
        indexes = [
            models.Index(
                fields=["warehouse", "priority", "id"], condition=Q(status__in=COUNT_OPEN), name="counttask_open_work"
            ),
            models.Index(fields=["warehouse", "finished_at"], name="counttask_finished"),
            models.Index(fields=["location", "finished_at"], name="counttask_of_place"),
        ]

    @property
    def number(self) -> str:
        return f"CT-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class CountEntry(models.Model):
    """Somebody counted so much of a SKU there, at this instant; inserted, never changed.

    The last one of its task, round, person, SKU and lot counts: counting again corrects. serials: the numbers of the
    units, of a SKU that is tracked by serial number. counted_at: by our clock, when it was scanned.
    """

    task = models.ForeignKey(CountTask, on_delete=models.PROTECT, related_name="entries")
    round = models.PositiveSmallIntegerField()
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, db_index=False, related_name="+")
    lot = models.ForeignKey(Lot, null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="+")
    quantity = QuantityField()
    serials = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    counted_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, db_index=False, related_name="+")
    actor_label = models.CharField(max_length=150)
    device = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name = _("count")
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gte=0, quantity__lte=1_000_000), name="countentry_quantity_sane"
            ),
            models.CheckConstraint(condition=Q(round__gte=1), name="countentry_round_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku_id} @ {self.task_id}"


class CountResult(models.Model):
    """One SKU, and lot, of a counted place: what was counted, and what the ledger had at that instant.

    variance: counted less expected, before anything of it was posted. gone: what a picker had not found here and
    nobody found now, which is lost from the place for missing goods. value: of both, at cost. posted: how much of the
    variance is in the books; waits: how much is not, because the goods are promised (it posts itself when they are
    free). superseded: a later count of the place counts instead.
    """

    task = models.ForeignKey(CountTask, on_delete=models.PROTECT, related_name="results")
    stocktake = models.ForeignKey(Stocktake, on_delete=models.PROTECT, related_name="results")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, db_index=False, related_name="+")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, db_index=False, related_name="+")
    lot = models.ForeignKey(Lot, null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="+")
    round = models.PositiveSmallIntegerField()
    counted = QuantityField()
    serials = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    counted_at = models.DateTimeField()
    counter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, db_index=False, related_name="+")
    counter_label = models.CharField(max_length=150)
    expected = QuantityField()
    variance = QuantityField()
    gone = QuantityField(default=0)
    value = AmountField(default=0)
    beyond = models.BooleanField(default=False)
    posted = QuantityField(default=0)
    waits = QuantityField(default=0)
    superseded = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("counted line")
        constraints = [
            models.UniqueConstraint(
                fields=["task", "sku", "lot"], nulls_distinct=False, name="countresult_once_a_task"
            ),
        ]
        indexes = [
            models.Index(fields=["location", "sku", "counted_at"], name="countresult_by_place"),
            models.Index(fields=["stocktake"], condition=Q(waits__gt=0), name="countresult_waits"),
        ]

    def __str__(self) -> str:
        return f"{self.counted} × {self.sku_id} @ {self.task_id}"
