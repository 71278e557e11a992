"""Waves: work released to the floor together; templates that make them; rounds that people walk for them."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from inventory.models import Location, Warehouse
from orders.models import Channel, Fulfilment


class PickMethod(models.TextChoices):
    SINGLE = "single", _("Single: one order at a time")
    BATCH = "batch", _("Batch: several orders by SKU, sorted at the bench")
    CLUSTER = "cluster", _("Cluster: several orders, each into its tote")
    ZONE = "zone", _("Zone: each picker in one zone")


class OrderSize(models.TextChoices):
    ANY = "any", _("Any")
    ONE_LINE = "one_line", _("One line")
    MANY_LINES = "many_lines", _("Several lines")


class WaveStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    RELEASED = "released", _("Released")
    IN_PROGRESS = "in_progress", _("In progress")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")


class _Limits(models.Model):
    """What a wave takes, and how it is picked."""

    method = models.CharField(max_length=8, choices=PickMethod, default=PickMethod.SINGLE)
    round_orders = models.PositiveSmallIntegerField(
        _("orders a round"), default=12, validators=[MinValueValidator(1), MaxValueValidator(500)],
        help_text=_("How many orders one person picks on one walk; for single picking always one."),
    )  # fmt: skip

    class Meta:
        abstract = True


class WaveTemplate(_Limits):
    """How waves of one kind are made: by hand, or by themselves some time before the carrier comes."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT)
    name = models.CharField(max_length=60)
    shipping_services = models.CharField(
        max_length=300, blank=True,
        help_text=_("The shipping services whose orders it takes, with commas between. Empty: all."),
    )  # fmt: skip
    channel = models.ForeignKey(
        Channel, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False,
        help_text=_("Empty: all channels."),
    )  # fmt: skip
    order_size = models.CharField(max_length=10, choices=OrderSize, default=OrderSize.ANY)
    max_orders = models.PositiveIntegerField(
        _("orders at most"), default=200, validators=[MinValueValidator(1), MaxValueValidator(5000)]
    )
    max_lines = models.PositiveIntegerField(
        _("lines at most"), null=True, blank=True, validators=[MinValueValidator(1)], help_text=_("Empty: no limit.")
    )
    cut_off = models.TimeField(
        _("carrier cut-off"), null=True, blank=True,
        help_text=_("When the carrier comes, by the warehouse's clock. Empty: waves are made by hand only."),
    )  # fmt: skip
    lead_minutes = models.PositiveSmallIntegerField(
        default=90, validators=[MaxValueValidator(1440)], help_text=_("Released so long before the cut-off.")
    )
    weekdays = models.CharField(
        max_length=7, default="12345", validators=[RegexValidator(r"^[1-7]+$", _("Digits 1 (Monday) to 7 (Sunday)."))],
        help_text=_("On these days: 1 is Monday, 7 is Sunday."),
    )  # fmt: skip
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("wave template")
        constraints = [
            models.UniqueConstraint(
                fields=["warehouse", "name"], name="wavetemplate_name_unique",
                violation_error_message=_("Another template of this warehouse has this name."),
            ),
            models.CheckConstraint(condition=Q(method__in=PickMethod.values), name="wavetemplate_method_known"),
            models.CheckConstraint(condition=Q(order_size__in=OrderSize.values), name="wavetemplate_size_known"),
            models.CheckConstraint(
                condition=Q(max_orders__gte=1, round_orders__gte=1) & (Q(max_lines__isnull=True) | Q(max_lines__gte=1)),
                name="wavetemplate_limits_positive",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class Wave(_Limits):
    """Fulfilments of one warehouse that are released to the floor together."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, db_index=False)
    template = models.ForeignKey(WaveTemplate, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    status = models.CharField(max_length=11, choices=WaveStatus, default=WaveStatus.DRAFT)
    cut_off_at = models.DateTimeField(null=True, blank=True, help_text=_("When the carrier comes."))
    note = models.CharField(max_length=200, blank=True, default="")
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    released_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("wave")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=WaveStatus.values), name="wave_status_known"),
            models.CheckConstraint(condition=Q(method__in=PickMethod.values), name="wave_method_known"),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "cancelled"]) | Q(released_at__isnull=False),
                name="wave_released_is_timed",
            ),
            models.UniqueConstraint(
                fields=["template", "cut_off_at"], name="wave_one_a_cut_off",
                condition=Q(template__isnull=False, cut_off_at__isnull=False),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["warehouse", "id"], condition=Q(status__in=["draft", "released", "in_progress"]),
                name="wave_open_work",
            )
        ]  # fmt: skip

    @property
    def number(self) -> str:
        return f"WV-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class WaveItemState(models.TextChoices):
    PLANNED = "planned", _("Planned")
    RELEASED = "released", _("Released")
    REFUSED = "refused", _("Refused")
    RETURNED = "returned", _("Taken out")


class WaveItem(models.Model):
    """A fulfilment in a wave. code: why it could not be released. A fulfilment is in one live wave at a time."""

    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="items")
    fulfilment = models.ForeignKey(Fulfilment, on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=8, choices=WaveItemState, default=WaveItemState.PLANNED)
    code = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        verbose_name = _("fulfilment in a wave")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=WaveItemState.values), name="waveitem_state_known"),
            models.UniqueConstraint(
                fields=["fulfilment"],
                condition=Q(state__in=["planned", "released"]),
                name="waveitem_one_wave_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.wave_id}: {self.fulfilment_id}"


class RoundStatus(models.TextChoices):
    OPEN = "open", _("Open")
    IN_PROGRESS = "in_progress", _("In progress")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")


class PickRound(models.Model):
    """One walk of one person: tasks of several pick lists, in walking order.

    zone: the code of the zone that it stays in, where picking is by zone.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, db_index=False)
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="rounds")
    method = models.CharField(max_length=8, choices=PickMethod)
    zone = models.CharField(max_length=40, blank=True, default="")
    status = models.CharField(max_length=11, choices=RoundStatus, default=RoundStatus.OPEN)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("pick round")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=RoundStatus.values), name="pickround_status_known"),
            models.CheckConstraint(condition=Q(method__in=PickMethod.values), name="pickround_method_known"),
        ]
        indexes = [
            models.Index(
                fields=["warehouse", "id"], condition=Q(status__in=["open", "in_progress"]), name="pickround_open_work"
            )
        ]

    @property
    def number(self) -> str:
        return f"PR-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class RoundTote(models.Model):
    """The tote of one pick list on a cluster round. location: empty until the picker has scanned one.

    is_open: on its round; a tote is on one open round at a time.
    """

    round = models.ForeignKey(PickRound, on_delete=models.PROTECT, related_name="totes")
    pick_list = models.ForeignKey("PickList", on_delete=models.PROTECT, related_name="+", db_index=False)
    position = models.PositiveSmallIntegerField()
    location = models.ForeignKey(
        Location, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    is_open = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("tote on a round")
        constraints = [
            models.UniqueConstraint(fields=["round", "position"], name="roundtote_position_unique"),
            models.UniqueConstraint(fields=["round", "pick_list"], name="roundtote_one_a_list"),
            models.UniqueConstraint(
                fields=["location"], condition=Q(is_open=True, location__isnull=False), name="roundtote_on_one_round"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id}/{self.position}"
