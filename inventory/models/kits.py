"""Kits: SKUs that are sold as one thing and held as their components."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.fields import QuantityField
from inventory.models.catalogue import Sku


class KitPolicy(models.TextChoices):
    WHOLE = "whole", _("Whole kits only")
    PARTS = "parts", _("Ship parts")


class Kit(models.Model):
    """What a kit SKU is made of, from one change to the next. Insert-only: an order keeps the row it was sold by.

    The SKU names the row that counts now (Sku.kit); a SKU without one is a plain SKU.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="kits")
    number = models.PositiveIntegerField(help_text=_("Counts the SKU's compositions from 1."))
    policy = models.CharField(max_length=5, choices=KitPolicy, default=KitPolicy.WHOLE)
    reason = models.CharField(max_length=300, blank=True)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    actor_label = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("kit")
        constraints = [
            models.UniqueConstraint(fields=["sku", "number"], name="kit_number_unique"),
            models.CheckConstraint(condition=Q(policy__in=KitPolicy.values), name="kit_policy_known"),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id} ({self.number})"


class KitComponent(models.Model):
    """A SKU in a kit, and how many of it one kit takes. Insert-only."""

    kit = models.ForeignKey(Kit, on_delete=models.PROTECT, related_name="components", db_index=False)
    position = models.PositiveIntegerField()
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="in_kits")
    quantity = QuantityField(help_text=_("In one kit."))

    class Meta:
        verbose_name = _("kit component")
        constraints = [
            models.UniqueConstraint(fields=["kit", "sku"], name="kitcomponent_once_in_a_kit"),
            models.UniqueConstraint(fields=["kit", "position"], name="kitcomponent_position_unique"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="kitcomponent_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku_id}"
