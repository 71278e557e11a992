"""Reasons, policies and write-downs of returns."""

from django.contrib import admin

from backoffice.core.admin.base import HouseAdmin, HouseInline
from orders.models import GradeWriteDown, RestockingFee, ReturnPolicy, ReturnReason


@admin.register(ReturnReason)
class ReturnReasonAdmin(HouseAdmin):
    list_display = ["name", "code", "seller_at_fault", "position", "is_active"]
    search_fields = ["code", "name"]


class RestockingFeeInline(HouseInline):
    model = RestockingFee
    extra = 0
    hide_title = True
    fields = ["reason", "percent", "fixed"]


@admin.register(ReturnPolicy)
class ReturnPolicyAdmin(HouseAdmin):
    list_display = ["channel", "window_days", "auto_approve_limit", "refund_shipping", "exchange_ships"]
    list_select_related = ["channel"]
    inlines = [RestockingFeeInline]


@admin.register(GradeWriteDown)
class GradeWriteDownAdmin(HouseAdmin):
    list_display = ["grade", "percent", "company"]
    list_display_links = ["grade"]
    list_select_related = ["company"]
