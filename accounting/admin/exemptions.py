"""Certificates of customers who owe no tax."""

from django.contrib import admin

from accounting.models import TaxExemption
from backoffice.core.admin.base import HouseAdmin


@admin.register(TaxExemption)
class TaxExemptionAdmin(HouseAdmin):
    list_display = ["number", "party", "country", "region", "valid_from", "valid_to", "company"]
    list_select_related = ["party__person", "company"]
    list_filter = ["country"]
    search_fields = ["number", "party__code", "party__name"]
    autocomplete_fields = ["party"]
