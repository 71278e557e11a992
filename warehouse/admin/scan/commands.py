"""What was scanned, and what became of it."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, show_time
from warehouse.models import ScanCommand


@admin.register(ScanCommand)
class ScanCommandAdmin(FactAdmin):
    list_display = [
        "show_number",
        "kind",
        "show_state",
        "device",
        "actor_label",
        "show_scanned",
        "show_arrived",
        "detail",
    ]
    list_display_links = ["show_number"]
    list_select_related = ["device"]
    list_filter = [("state", ChoicesDropdownFilter), ("device", RelatedDropdownFilter)]
    ordering = ["-id"]

    @display(description=_("Scan"))
    def show_number(self, command: ScanCommand) -> str:
        return command.number

    @display(description=_("State"), label=STATUS_LABELS | {"refused": "danger", "discarded": "warning"})
    def show_state(self, command: ScanCommand) -> tuple[str, str]:
        return command.state, command.get_state_display()

    @display(description=_("Scanned"))
    def show_scanned(self, command: ScanCommand) -> str:
        return show_time(command.effective_at)

    @display(description=_("Arrived"))
    def show_arrived(self, command: ScanCommand) -> str:
        return show_time(command.recorded_at)
