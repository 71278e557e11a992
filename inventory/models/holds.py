"""Lots that nothing may be sold of until two people say otherwise."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from inventory.models.catalogue import Lot


class HoldCause(models.TextChoices):
    RECALL = "recall", _("Recall")
    QUALITY = "quality", _("Quality")
    PAPERS = "papers", _("Papers are missing")
    OTHER = "other", _("Other")


class LotHold(models.Model):
    """A lot is blocked: nothing of it is claimed, picked or shipped, what comes in later neither.

    It ends when one person asks for it and another one lifts it. A lifted one stays as it is (trigger).
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="holds")
    cause = models.CharField(max_length=10, choices=HoldCause)
    reason = models.CharField(max_length=300)
    made_by_label = models.CharField(max_length=150)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    asked_by_label = models.CharField(max_length=150, blank=True)
    asked_reason = models.CharField(max_length=300, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    lifted_by_label = models.CharField(max_length=150, blank=True)
    lifted_reason = models.CharField(max_length=300, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("blocked lot")
        verbose_name_plural = _("blocked lots")
        permissions = [("lift_lothold", "Can lift the block of a lot that another person asked for")]
        constraints = [
            models.UniqueConstraint(fields=["lot"], condition=Q(lifted_at__isnull=True), name="lothold_one_a_lot"),
            models.CheckConstraint(condition=Q(cause__in=HoldCause.values), name="lothold_cause_known"),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False, asked_by__isnull=False)
                & ~Q(lifted_by=F("asked_by")),
                name="lothold_lifted_by_another",
            ),
        ]

    @property
    def state(self) -> str:
        """blocked, asked (somebody wants it lifted) or lifted."""
        return "lifted" if self.lifted_at else "asked" if self.asked_by_id else "blocked"

    def __str__(self) -> str:
        return f"{self.lot} · {self.get_cause_display()}"
