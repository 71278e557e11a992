"""Reminding customers: plans with levels and texts, stops, and runs with their letters."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models.company import Company
from accounting.models.journal import JournalEntry
from accounting.models.open_items import OpenItem
from accounting.models.parties import Party
from backoffice.core.fields import AmountField, CurrencyCodeField


class DunningPlan(models.Model):
    """How a group of customers is reminded; a company's default one is for those who have none of their own."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    is_default = models.BooleanField(default=False, help_text=_("For customers without a plan of their own."))
    post_charges = models.BooleanField(default=False, help_text=_("Fees and interest are posted and owed."))

    class Meta:
        verbose_name = _("dunning plan")
        verbose_name_plural = _("dunning plans")
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="dunningplan_code_unique"),
            models.UniqueConstraint(fields=["company"], condition=Q(is_default=True), name="dunningplan_one_default"),
        ]

    def __str__(self) -> str:
        return self.name


class DunningLevel(models.Model):
    """One step of a plan: from so many days overdue. fee: in the company's currency; interest: a year."""

    plan = models.ForeignKey(DunningPlan, on_delete=models.CASCADE, related_name="levels")
    number = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(9)])
    days_overdue = models.PositiveSmallIntegerField()
    fee = AmountField(default=0)
    interest_percent = models.DecimalField(
        max_digits=5, decimal_places=2, default=0, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )

    class Meta:
        verbose_name = _("dunning level")
        verbose_name_plural = _("dunning levels")
        ordering = ["plan", "number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="dunninglevel_number_unique"),
            models.CheckConstraint(
                condition=Q(fee__gte=0, interest_percent__gte=0), name="dunninglevel_charges_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} {self.number}"


class DunningText(models.Model):
    """A plan's own words for a level in one language, instead of the built-in ones."""

    plan = models.ForeignKey(DunningPlan, on_delete=models.CASCADE, related_name="texts")
    level = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=8, choices=settings.LANGUAGES)
    subject = models.CharField(max_length=200)
    body = models.TextField(max_length=5000, help_text=_("{name}, {amount}, {company} and {day} are filled in."))

    class Meta:
        verbose_name = _("dunning text")
        verbose_name_plural = _("dunning texts")
        constraints = [
            models.UniqueConstraint(fields=["plan", "level", "language"], name="dunningtext_one_of_a_kind"),
        ]

    def __str__(self) -> str:
        return self.subject


class StopKind(models.TextChoices):
    STOP = "stop", _("Not to be reminded")
    DISPUTE = "dispute", _("Disputed")


class DunningStop(models.Model):
    """A customer, or one item, that is not reminded, and why. Ended ones stay."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    party = models.ForeignKey(Party, on_delete=models.PROTECT)
    open_item = models.ForeignKey(OpenItem, null=True, blank=True, on_delete=models.PROTECT)
    kind = models.CharField(max_length=8, choices=StopKind, default=StopKind.STOP)
    reason = models.CharField(max_length=300)
    until = models.DateField(null=True, blank=True, help_text=_("The last day; empty: until it is ended."))
    created_label = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_label = models.CharField(max_length=150, blank=True)

    class Meta:
        verbose_name = _("dunning stop")
        verbose_name_plural = _("dunning stops")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=StopKind.values), name="dunningstop_kind_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="dunningstop_has_its_reason"),
            models.UniqueConstraint(
                fields=["party", "open_item"],
                condition=Q(ended_at__isnull=True),
                nulls_distinct=False,
                name="dunningstop_one_standing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.party_id}: {self.reason}"


class DunningRunStatus(models.TextChoices):
    PROPOSED = "proposed", _("Proposed")
    APPROVED = "approved", _("Approved")
    CANCELLED = "cancelled", _("Cancelled")


class DunningRun(models.Model):
    """Who is to be reminded on a day; letters leave when it is approved."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    date = models.DateField()
    status = models.CharField(max_length=9, choices=DunningRunStatus, default=DunningRunStatus.PROPOSED)
    scheduled = models.BooleanField(default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_label = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    approved_label = models.CharField(max_length=150, blank=True)

    class Meta:
        verbose_name = _("dunning run")
        verbose_name_plural = _("dunning runs")
        permissions = [("approve_dunningrun", "Can approve dunning runs")]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=DunningRunStatus.values), name="dunningrun_status_known"),
            models.UniqueConstraint(
                fields=["company", "date"], condition=Q(scheduled=True), name="dunningrun_one_scheduled_a_day"
            ),
        ]

    @property
    def number(self) -> str:
        return f"DN-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class DunningLetterStatus(models.TextChoices):
    PROPOSED = "proposed", _("Proposed")
    ISSUED = "issued", _("Issued")
    DROPPED = "dropped", _("Not sent")


class DunningLetter(models.Model):
    """One reminder to one customer in one currency. level: the highest of its items. amount: open at the issue.

    by_mail: it is sent; else it is printed. dropped: why it was not issued (paid, stopped, cancelled).
    """

    run = models.ForeignKey(DunningRun, on_delete=models.PROTECT, related_name="letters")
    party = models.ForeignKey(Party, on_delete=models.PROTECT)
    level = models.ForeignKey(DunningLevel, on_delete=models.PROTECT)
    language = models.CharField(max_length=8)
    currency = CurrencyCodeField()
    amount = AmountField()
    fee = AmountField(default=0)
    interest = AmountField(default=0)
    status = models.CharField(max_length=8, choices=DunningLetterStatus, default=DunningLetterStatus.PROPOSED)
    by_mail = models.BooleanField(default=False)
    dropped = models.CharField(max_length=20, blank=True)
    entry = models.OneToOneField(JournalEntry, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("dunning letter")
        verbose_name_plural = _("dunning letters")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=DunningLetterStatus.values), name="dunningletter_status_known"
            ),
            models.UniqueConstraint(fields=["run", "party", "currency"], name="dunningletter_one_a_run"),
            models.CheckConstraint(
                condition=Q(status="issued", issued_at__isnull=False)
                | (~Q(status="issued") & Q(issued_at__isnull=True)),
                name="dunningletter_issued_has_its_time",
            ),
        ]
        indexes = [models.Index(fields=["party", "-id"], name="dunningletter_by_party")]

    @property
    def number(self) -> str:
        return f"DL-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class DunningLetterItem(models.Model):
    """An overdue item of a letter, at the level it has come to. Issued once at each level."""

    letter = models.ForeignKey(DunningLetter, on_delete=models.PROTECT, related_name="items")
    open_item = models.ForeignKey(OpenItem, on_delete=models.PROTECT, related_name="reminders")
    level = models.PositiveSmallIntegerField()
    open_amount = AmountField()
    overdue_days = models.PositiveIntegerField()
    interest = AmountField(default=0)
    issued = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("item of a dunning letter")
        constraints = [
            models.UniqueConstraint(fields=["letter", "open_item"], name="dunningletteritem_once"),
            models.UniqueConstraint(
                fields=["open_item", "level"], condition=Q(issued=True), name="dunningletteritem_once_a_level"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.open_item_id}: {self.level}"
