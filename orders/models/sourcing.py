"""How orders are given to warehouses: a channel's rules, where postcodes are, and every decision that was made."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from inventory.models import Warehouse
from orders.models.channels import Channel, Objective
from orders.models.orders import Order


class SourcingRule(models.Model):
    """What a channel says of one warehouse. Warehouses without a rule come last, by their own priority."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="sourcing_rules", db_index=False)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT)
    position = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("Place in the channel's order of preference, the lowest first.")
    )
    is_excluded = models.BooleanField(
        _("excluded"),
        default=False,
        help_text=_("Never ships for this channel, unless an order is pinned to it by hand."),
    )

    class Meta:
        verbose_name = _("sourcing rule")
        ordering = ["is_excluded", "position", "warehouse"]
        constraints = [
            models.UniqueConstraint(fields=["channel", "warehouse"], name="sourcingrule_one_a_warehouse"),
        ]

    def __str__(self) -> str:
        return str(self.warehouse)


class PostcodeCentroid(models.Model):
    """About where addresses with a postcode lie; a first part of one (such as "SW1A") stands for all below it."""

    country = models.CharField(max_length=2, help_text=_("ISO 3166 code, two letters."))
    postcode = models.CharField(max_length=12, help_text=_("Whole or its first part, in capitals without spaces."))
    latitude = models.DecimalField(
        max_digits=9, decimal_places=6, validators=[MinValueValidator(-90), MaxValueValidator(90)]
    )
    longitude = models.DecimalField(
        max_digits=9, decimal_places=6, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )

    class Meta:
        verbose_name = _("postcode centroid")
        constraints = [
            models.UniqueConstraint(fields=["country", "postcode"], name="postcodecentroid_unique"),
            models.CheckConstraint(
                condition=Q(country__regex="^[A-Z]{2}$", postcode__regex="^[A-Z0-9]+$"),
                name="postcodecentroid_normal_form",
            ),
            models.CheckConstraint(
                condition=Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="postcodecentroid_on_earth",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.postcode}"


class SourcingCause(models.TextChoices):
    PLACED = "placed", _("Order placed")
    CLAIMED_AGAIN = "claimed_again", _("Goods claimed again")
    PINNED = "pinned", _("Pinned by hand")
    UNPINNED = "unpinned", _("Pin taken off")
    SOURCED_AGAIN = "sourced_again", _("Sourced again")


class SourcingDecision(models.Model):
    """Why an order's goods come from where they come: who was asked, what each could do, what was chosen.

    candidates: for each warehouse its verdict and what it could do alone; plan: the chosen warehouses' score and,
    for each demand, how much comes from where; quantities and costs as texts. Insert-only.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="sourcing_decisions")
    cause = models.CharField(max_length=14, choices=SourcingCause)
    objective = models.CharField(max_length=14, choices=Objective)
    pinned_warehouse = models.ForeignKey(Warehouse, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    is_exact = models.BooleanField(help_text=_("Proved to be the best plan."))
    candidates = models.JSONField()
    plan = models.JSONField()
    reason = models.CharField(max_length=300, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    actor_label = models.CharField(max_length=150)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("sourcing decision")
        constraints = [
            models.CheckConstraint(condition=Q(cause__in=SourcingCause.values), name="sourcingdecision_cause_known"),
            models.CheckConstraint(
                condition=~Q(cause="pinned") | Q(pinned_warehouse__isnull=False) & ~Q(reason=""),
                name="sourcingdecision_pin_says_where_and_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order} {self.get_cause_display()}"
