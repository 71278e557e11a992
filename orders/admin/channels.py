"""Channels and the people who buy there."""

from django.contrib import admin

from backoffice.core.admin.base import HouseAdmin
from orders.models import Channel, Contact


@admin.register(Channel)
class ChannelAdmin(HouseAdmin):
    list_display = ["name", "code", "kind", "currency", "warehouse", "payment_policy", "auto_release", "is_active"]
    list_select_related = ["warehouse"]
    search_fields = ["code", "name"]
    autocomplete_fields = ["party", "warehouse"]


@admin.register(Contact)
class ContactAdmin(HouseAdmin):
    list_display = ["person", "channel", "external_id", "country", "party"]
    list_select_related = ["person", "channel", "party"]
    search_fields = ["=external_id", "person__name", "person__email"]
    autocomplete_fields = ["person", "party", "channel"]
