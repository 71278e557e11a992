"""Mails to customers and suppliers with a letter of the books: work of a worker, and the log of what became of it."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models.company import Company
from accounting.models.parties import Party


class PartyMailKind(models.TextChoices):
    DUNNING = "dunning", _("Reminder")
    STATEMENT = "statement", _("Statement of account")


class PartyMailStatus(models.TextChoices):
    DUE = "due", _("Due")
    SENDING = "sending", _("Being handed over")
    SENT = "sent", _("Sent")
    UNSURE = "unsure", _("Perhaps sent")
    DEAD = "dead", _("Given up")
    SUPPRESSED = "suppressed", _("Not to be sent")


class PartyMail(models.Model):
    """It carries no address: that is read from the person when it is sent, so that an erased person is never mailed.

    facts: what the letter is made of (the letter's id, or the days of a statement). sending is committed before the
    mail server is called: a worker that dies there leaves the mail `unsure`, and nobody is mailed twice.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    party = models.ForeignKey(Party, on_delete=models.PROTECT)
    kind = models.CharField(max_length=10, choices=PartyMailKind)
    facts = models.JSONField(default=dict)
    key = models.CharField(max_length=120, unique=True, help_text=_("One mail for each."))
    asked_by = models.CharField(max_length=150)
    status = models.CharField(max_length=10, choices=PartyMailStatus, default=PartyMailStatus.DUE)
    attempts = models.PositiveSmallIntegerField(default=0)
    requested_at = models.DateTimeField(db_default=Now(), editable=False)
    due_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True, blank=True)
    held_by = models.BigIntegerField(null=True, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("mail of the books")
        verbose_name_plural = _("mails of the books")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=PartyMailKind.values), name="partymail_kind_known"),
            models.CheckConstraint(condition=Q(status__in=PartyMailStatus.values), name="partymail_status_known"),
            models.CheckConstraint(
                condition=Q(status="sent", sent_at__isnull=False) | (~Q(status="sent") & Q(sent_at__isnull=True)),
                name="partymail_sent_has_its_time",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(status__in=["due", "sending"]), name="partymail_due"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.party_id}"
