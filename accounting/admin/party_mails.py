"""Mails of the books, and what became of each."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from accounting.models import PartyMail
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin


@admin.register(PartyMail)
class PartyMailAdmin(FactAdmin):
    list_display = ["id", "kind", "party", "show_status", "requested_at", "sent_at", "attempts", "error", "asked_by"]
    list_select_related = ["party__person"]
    list_filter = [("status", ChoicesDropdownFilter), ("kind", ChoicesDropdownFilter)]
    list_filter_submit = True
    ordering = ["-id"]

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, mail: PartyMail) -> tuple[str, str]:
        return mail.status, mail.get_status_display()  # type: ignore[attr-defined]
