"""What a listing says at its channel: whose it is to say, what was sent last, and what was found there."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from integrations.models.connections import Listing


class ListingContent(models.Model):
    """Beside the listing, whose row is written with every change of stock. Texts by the names of offers.FIELDS."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    listing = models.OneToOneField(Listing, on_delete=models.PROTECT, related_name="content")
    is_offered = models.BooleanField(default=True, db_default=True, help_text=_("Whether buyers see it there."))
    product_type = models.CharField(
        max_length=120, blank=True, default="", db_default="", help_text=_("The channel's own word for its kind.")
    )
    kept_fields = models.JSONField(
        null=True, blank=True, help_text=_("What of it is the channel's own. Empty: as the connection says.")
    )
    sent = models.JSONField(default=dict, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    found = models.JSONField(
        default=dict, blank=True, help_text=_("What the channel showed when it was looked at last.")
    )
    problems = models.JSONField(default=list, blank=True, help_text=_("What the channel itself finds wrong with it."))
    found_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("listing's content")

    def __str__(self) -> str:
        return str(self.listing_id)
