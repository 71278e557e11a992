"""What was wrong with a delivery, and the pictures that show it."""

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.fields import QuantityField
from backoffice.core.stripping import MEDIA_TYPES
from inventory.models import Lot, PurchaseOrder, PurchaseOrderLine, Sku
from warehouse.models.receiving import Receipt


class ProblemKind(models.TextChoices):
    OVER = "over", _("More than ordered")
    SHORT = "short", _("Less than announced")
    DAMAGED = "damaged", _("Damaged")
    WRONG_ITEM = "wrong_item", _("Not what was ordered")
    PAPERS = "papers", _("Papers missing or wrong")
    OTHER = "other", _("Other")


class ProblemStatus(models.TextChoices):
    OPEN = "open", _("Open")
    SETTLED = "settled", _("Settled")


class ReceiptProblem(models.Model):
    """Something about a delivery that the buyer must settle with the supplier. The goods' own books are elsewhere:
    damaged goods lie in quarantine, what is over waits as an over-delivery, what is short stays expected."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    receipt = models.ForeignKey(Receipt, null=True, blank=True, on_delete=models.PROTECT, related_name="problems")
    purchase_order = models.ForeignKey(
        PurchaseOrder, null=True, blank=True, on_delete=models.PROTECT, related_name="receipt_problems"
    )
    purchase_order_line = models.ForeignKey(
        PurchaseOrderLine, null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    kind = models.CharField(max_length=10, choices=ProblemKind)
    status = models.CharField(
        max_length=7, choices=ProblemStatus, default=ProblemStatus.OPEN, db_default=ProblemStatus.OPEN
    )
    sku = models.ForeignKey(Sku, null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="+")
    lot = models.ForeignKey(Lot, null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="+")
    quantity = QuantityField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    actor_label = models.CharField(max_length=150)
    device = models.CharField(max_length=60, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by_label = models.CharField(max_length=150, blank=True)
    settlement = models.CharField(max_length=300, blank=True, help_text=_("What was agreed."))

    class Meta:
        verbose_name = _("problem of a delivery")
        verbose_name_plural = _("problems of deliveries")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ProblemKind.values), name="receiptproblem_kind_known"),
            models.CheckConstraint(
                condition=Q(quantity__isnull=True) | Q(quantity__gt=0), name="receiptproblem_quantity_positive"
            ),
            models.CheckConstraint(
                condition=Q(receipt__isnull=False) | Q(purchase_order__isnull=False),
                name="receiptproblem_of_a_delivery",
            ),
            models.CheckConstraint(
                condition=Q(status="open", settled_at__isnull=True, settlement="")
                | (Q(status="settled", settled_at__isnull=False) & ~Q(settlement="")),
                name="receiptproblem_settled_says_how",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "id"], condition=Q(status="open"), name="receiptproblem_open"),
        ]

    @property
    def number(self) -> str:
        return f"RP-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


def photo_path(photo: Any, filename: str) -> str:
    """Where a photo is stored: a name that tells nothing and that nobody guesses."""
    return f"receipts/{uuid4().hex}.{photo.kind}"


class ReceiptPhoto(models.Model):
    """A picture taken at the dock, of a delivery or of one problem with it. People may be on it: it may be erased.

    digest: of what was sent, so that the same picture again is the same row.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    receipt = models.ForeignKey(Receipt, null=True, blank=True, on_delete=models.PROTECT, related_name="photos")
    problem = models.ForeignKey(ReceiptProblem, null=True, blank=True, on_delete=models.PROTECT, related_name="photos")
    content = models.FileField(_("file"), upload_to=photo_path, max_length=100, blank=True)
    kind = models.CharField(max_length=3, choices=[(kind, kind.upper()) for kind in MEDIA_TYPES])
    size = models.PositiveIntegerField(help_text=_("In bytes."))
    digest = models.CharField(max_length=64)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    actor_label = models.CharField(max_length=150)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("photo of a delivery")
        verbose_name_plural = _("photos of deliveries")
        constraints = [
            models.CheckConstraint(
                condition=Q(receipt__isnull=False, problem__isnull=True)
                | Q(receipt__isnull=True, problem__isnull=False),
                name="receiptphoto_of_one_thing",
            ),
            models.UniqueConstraint(
                fields=["receipt", "problem", "digest"],
                condition=Q(erased_at__isnull=True),
                nulls_distinct=False,
                name="receiptphoto_once",
            ),
            models.CheckConstraint(condition=Q(kind__in=list(MEDIA_TYPES)), name="receiptphoto_kind_known"),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) | Q(content=""), name="receiptphoto_erased_has_no_file"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.receipt_id or self.problem_id}-{self.pk}"
