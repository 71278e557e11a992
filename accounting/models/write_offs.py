"""What is given up of open items: small differences and bad debts, above a limit only with a second person."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models.company import Company
from accounting.models.journal import JournalEntry
from accounting.models.open_items import OpenItem, Side
from accounting.models.parties import Party
from backoffice.core.fields import AmountField, CurrencyCodeField


class WriteOffKind(models.TextChoices):
    DIFFERENCE = "difference", _("Small difference")
    BAD_DEBT = "bad_debt", _("Bad debt")


class WriteOffStatus(models.TextChoices):
    WAITING = "waiting", _("Waits for approval")
    POSTED = "posted", _("Posted")
    REFUSED = "refused", _("Refused")


class WriteOff(models.Model):
    """Parts of open items of one side, party and currency that are given up, with the reason.

    side: of the items; debit means that we give up what is owed to us. base_amount: at the items' own rates.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    party = models.ForeignKey(Party, on_delete=models.PROTECT)
    kind = models.CharField(max_length=10, choices=WriteOffKind)
    side = models.CharField(max_length=6, choices=Side)
    currency = CurrencyCodeField()
    amount = AmountField()
    base_amount = AmountField()
    date = models.DateField()
    reason = models.CharField(max_length=300)
    status = models.CharField(max_length=8, choices=WriteOffStatus)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_label = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    decided_label = models.CharField(max_length=150, blank=True)
    entry = models.OneToOneField(JournalEntry, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("write-off")
        verbose_name_plural = _("write-offs")
        permissions = [("approve_writeoff", "Can approve write-offs")]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=WriteOffKind.values), name="writeoff_kind_known"),
            models.CheckConstraint(condition=Q(side__in=Side.values), name="writeoff_side_known"),
            models.CheckConstraint(condition=Q(status__in=WriteOffStatus.values), name="writeoff_status_known"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="writeoff_amount_positive"),
            models.CheckConstraint(condition=~Q(reason=""), name="writeoff_has_its_reason"),
            models.CheckConstraint(
                condition=Q(status="posted", entry__isnull=False) | (~Q(status="posted") & Q(entry__isnull=True)),
                name="writeoff_posted_has_entry",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "-id"], condition=Q(status="waiting"), name="writeoff_waiting"),
        ]

    @property
    def number(self) -> str:
        return f"WO-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class WriteOffItem(models.Model):
    """How much of which item is given up."""

    write_off = models.ForeignKey(WriteOff, on_delete=models.PROTECT, related_name="items")
    open_item = models.ForeignKey(OpenItem, on_delete=models.PROTECT, related_name="+")
    amount = AmountField()

    class Meta:
        verbose_name = _("item of a write-off")
        constraints = [
            models.UniqueConstraint(fields=["write_off", "open_item"], name="writeoffitem_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="writeoffitem_amount_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.open_item_id}: {self.amount}"
