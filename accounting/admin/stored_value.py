"""Gift cards, store credit and deposits, with what was spent of each."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter
from unfold.decorators import display

from accounting.models import StoredValue
from accounting.services import expire_stored_value
from backoffice.core.actor import Actor
from backoffice.core.admin.base import FactAdmin, show_money
from backoffice.core.admin.pages import render_page, run_action
from backoffice.core.registry import links_of


@admin.register(StoredValue)
class StoredValueAdmin(FactAdmin):
    list_display = ["show_number", "kind", "show_code", "party", "date", "expires_on", "show_amount", "show_open"]
    list_display_links = ["show_number"]
    list_select_related = ["party__person"]
    list_filter = [("kind", ChoicesDropdownFilter), ("date", RangeDateFilter)]
    list_filter_submit = True
    search_fields = ["=code_hint"]
    search_help_text = _("The last four letters of the code")
    ordering = ["-id"]

    @display(description=_("Number"))
    def show_number(self, value: StoredValue) -> str:
        return value.number

    @display(description=_("Code"))
    def show_code(self, value: StoredValue) -> str:
        return f"… {value.code_hint}" if value.code_hint else "–"

    @display(description=_("Amount"))
    def show_amount(self, value: StoredValue) -> str:
        return show_money(value.amount, value.currency)

    @display(description=_("Left"))
    def show_open(self, value: StoredValue) -> str:
        return show_money(value.open_amount, value.currency)

    def get_urls(self) -> list[Any]:
        expire = self.admin_site.admin_view(self.expire)
        return [path("<int:pk>/expire/", expire, name="accounting_storedvalue_expire"), *super().get_urls()]

    def expire(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take what is left on an expired card as income."""

        def act(actor: Actor) -> str:
            value = get_object_or_404(StoredValue, pk=pk)
            expire_stored_value([pk], company_id=value.company_id, effective_at=timezone.now(), actor=actor)
            return gettext("What was left is taken as income.")

        back = reverse("admin:accounting_storedvalue_change", args=[pk])
        return run_action(request, act, back=back, permission="accounting.change_storedvalue")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        value = self.get_object(request, object_id)
        if value is None or not self.has_view_permission(request, value):
            return super().change_view(request, object_id, form_url, extra_context)
        uses = list(value.uses.select_related("entry").order_by("id"))
        source = (value.source_type, value.source_id or 0)
        return render_page(
            request,
            self.admin_site,
            "accounting/stored_value.html",
            title=value.number,
            opts=self.opts,
            value=value,
            uses=uses,
            expired=bool(value.expires_on and value.expires_on < timezone.localdate() and value.open_amount),
            source=links_of([(value.source_type, value.source_id)]).get(source),
        )
