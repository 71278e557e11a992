"""Pick lists and their tasks: who takes what from where, timed from day one."""

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.fields import QuantityField
from inventory.models import BinClaim, Location, Lot, Sku, Warehouse
from orders.models import Fulfilment, FulfilmentLine
from warehouse.models.waves import PickRound, Wave


class PickListStatus(models.TextChoices):
    OPEN = "open", _("Open")
    IN_PROGRESS = "in_progress", _("In progress")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")


class PickList(models.Model):
    """All picks of one fulfilment. Company and warehouse are the fulfilment's.

    Worked by one person, or on the rounds of a wave (docs/adr/0021).
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    fulfilment = models.ForeignKey(Fulfilment, on_delete=models.PROTECT, related_name="pick_lists")
    status = models.CharField(max_length=12, choices=PickListStatus, default=PickListStatus.OPEN)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, db_index=False
    )
    wave = models.ForeignKey(
        Wave, null=True, blank=True, on_delete=models.PROTECT, related_name="pick_lists", db_index=False
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("pick list")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=PickListStatus.values),
                name="picklist_status_known",
            ),
            models.UniqueConstraint(
                fields=["fulfilment"],
                condition=Q(status__in=["open", "in_progress"]),
                name="picklist_one_at_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["warehouse", "id"], condition=Q(status__in=["open", "in_progress"]), name="picklist_open_work"
            ),
            models.Index(fields=["wave"], condition=Q(wave__isnull=False), name="picklist_of_wave"),
        ]

    @property
    def number(self) -> str:
        return f"PL-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class PickTaskStatus(models.TextChoices):
    OPEN = "open", _("Open")
    ASSIGNED = "assigned", _("Assigned")
    IN_PROGRESS = "in_progress", _("In progress")
    DONE = "done", _("Done")
    SHORT = "short", _("Short")
    CANCELLED = "cancelled", _("Cancelled")


class PickTask(models.Model):
    """Take this quantity of this SKU from this bin to staging; stores who, device, started, finished.

    Goods that left straight from their bin have that bin as to_location, too: nobody carried them to staging.
    SKU, lot and bin are the bin claim's, kept here to be read without it; the table's guard (trigger) wants them
    so, the list to be of the line's fulfilment, and the claim to be of the line's allocation. References without
    a constraint are read by it, and the app may delete none of them.
    """

    pick_list = models.ForeignKey(PickList, on_delete=models.PROTECT, related_name="tasks", db_constraint=False)
    fulfilment_line = models.ForeignKey(
        FulfilmentLine, on_delete=models.PROTECT, related_name="pick_tasks", db_constraint=False
    )
    bin_claim = models.OneToOneField(BinClaim, on_delete=models.PROTECT, db_constraint=False)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    lot = models.ForeignKey(Lot, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    from_location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    to_location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    quantity = QuantityField()
    picked = QuantityField(default=0)
    put_back = QuantityField(default=0, db_default=0, help_text=_("Of what was picked: back in its bin."))
    status = models.CharField(max_length=12, choices=PickTaskStatus, default=PickTaskStatus.OPEN)
    round = models.ForeignKey(
        PickRound, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks", db_index=False
    )
    picked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, db_index=False
    )
    device = models.CharField(max_length=60, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("pick task")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=PickTaskStatus.values),
                name="picktask_status_known",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, picked__gte=0, put_back__gte=0)
                & Q(picked__lte=F("quantity"), put_back__lte=F("picked")),
                name="picktask_picked_within_quantity",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["done", "short"]) | Q(finished_at__isnull=False, started_at__isnull=False),
                name="picktask_finished_is_timed",
            ),
        ]
        # Open work only: finished tasks are millions.
        indexes = [
            models.Index(
                fields=["from_location", "sku"],
                condition=Q(status__in=["open", "assigned", "in_progress"]),
                name="picktask_open_at_bin",
            ),
            models.Index(fields=["round"], condition=Q(round__isnull=False), name="picktask_of_round"),
            BrinIndex(fields=["finished_at"], name="picktask_by_finish", pages_per_range=32, autosummarize=True),
            models.Index(
                fields=["pick_list", "round"],
                condition=Q(status__in=["open", "assigned", "in_progress"]),
                name="picktask_open_work",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku_id} @ {self.from_location_id}"
