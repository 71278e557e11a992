"""Connections, their runs, listings, and what could not be imported."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, HouseAdmin, in_words, show_quantity
from integrations.models import CodeMapping, Connection, Listing, QuarantinedRow, SyncRun, TrackingPush


@admin.register(Connection)
class ConnectionAdmin(HouseAdmin):
    list_display = ["channel", "connector", "show_status", "status_reason", "buffer"]
    list_select_related = ["channel"]

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, connection: Connection) -> tuple[str, str]:
        return connection.status, connection.get_status_display()


@admin.register(SyncRun)
class SyncRunAdmin(FactAdmin):
    list_display = ["started_at", "connection", "job", "show_status", "done", "failed", "total", "finished_at"]
    list_select_related = ["connection__channel"]
    list_filter = ["job", "status"]
    ordering = ["-id"]

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, run: SyncRun) -> tuple[str, str]:
        return run.status, in_words(run.status)


@admin.register(Listing)
class ListingAdmin(FactAdmin):
    list_display = ["external_sku", "sku", "connection", "show_pushed", "pushed_at", "is_dirty", "push_error"]
    list_select_related = ["sku", "connection__channel"]
    list_filter = ["connection", "is_dirty"]
    search_fields = ["=external_sku", "=external_id", "=sku__code"]
    ordering = ["-id"]

    @display(description=_("Pushed"))
    def show_pushed(self, listing: Listing) -> str:
        return show_quantity(listing.pushed_quantity) if listing.pushed_quantity is not None else "–"


@admin.register(TrackingPush)
class TrackingPushAdmin(FactAdmin):
    list_display = ["shipment", "connection", "show_status", "attempts", "due_at", "sent_at", "error"]
    list_select_related = ["shipment", "connection__channel"]
    list_filter = ["status", "connection"]
    ordering = ["-id"]

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, push: TrackingPush) -> tuple[str, str]:
        return push.status, in_words(push.status)


@admin.register(QuarantinedRow)
class QuarantinedRowAdmin(FactAdmin):
    list_display = ["source", "row_number", "external_id", "code", "reason", "value", "status", "created_at"]
    list_filter = ["status", ("channel", RelatedDropdownFilter)]
    search_fields = ["=external_id"]
    ordering = ["-id"]


@admin.register(CodeMapping)
class CodeMappingAdmin(HouseAdmin):
    list_display = ["pattern", "channel", "meaning", "sku", "charge_kind", "account_role", "note"]
    list_select_related = ["channel", "sku"]
    list_filter = [("channel", RelatedDropdownFilter)]
    search_fields = ["=pattern"]
    autocomplete_fields = ["sku", "channel"]
