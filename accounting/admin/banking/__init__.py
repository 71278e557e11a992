"""Bank accounts, statements, rules and profiles in the admin; the desk where lines are matched is desk.py."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import display

from accounting.admin.banking import desk
from accounting.models import BankAccount, BankCsvProfile, BankLine, BankReconciliation, BankRule, BankStatement
from accounting.selectors.banking import BankStatus, bank_status
from backoffice.core.admin.base import FactAdmin, HouseAdmin, show_money


def _status(account: BankAccount) -> BankStatus:
    """Asked once for the columns of a row."""
    known: BankStatus | None = account.__dict__.get("_bank_status")
    if known is None:
        known = account.__dict__["_bank_status"] = bank_status(account)
    return known


@admin.register(BankAccount)
class BankAccountAdmin(HouseAdmin):
    list_display = ["name", "number", "show_bank", "show_book", "show_open", "is_active", "show_desk"]
    list_select_related = ["account", "currency"]
    search_fields = ["name", "number"]
    autocomplete_fields = ["account"]
    readonly_fields: list[str] = []

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Where statements came in, currency and account stand."""
        taken_in = obj is not None and BankStatement.objects.filter(bank_account=obj).exists()
        return ["company", "currency", "account"] if taken_in else []

    @display(description=_("Bank"))
    def show_bank(self, account: BankAccount) -> str:
        status = _status(account)
        return show_money(status.bank, account.currency_id) if status.bank is not None else "–"

    @display(description=_("Books"))
    def show_book(self, account: BankAccount) -> str:
        return show_money(_status(account).book_today, account.currency_id)

    @display(description=_("Lines not matched"))
    def show_open(self, account: BankAccount) -> int:
        return _status(account).open_count

    @display(description=_("Desk"))
    def show_desk(self, account: BankAccount) -> str:
        url = reverse("admin:accounting_bank_desk", args=[account.pk])
        return format_html('<a class="bo-link" href="{}">{}</a>', url, _("Reconcile"))

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        base = "desk/<int:pk>/"  # below the desk's own address: the menu marks the desk
        return [
            path("desk/", view(desk.first_desk), name="accounting_bank_desks"),
            path(base, view(desk.desk_view), name="accounting_bank_desk"),
            path(f"{base}upload/", view(desk.upload_view), name="accounting_bank_upload"),
            path(f"{base}certain/", view(desk.certain_view), name="accounting_bank_certain"),
            path(f"{base}<int:line>/accept/", view(desk.accept_view), name="accounting_bank_accept"),
            path(f"{base}<int:line>/match/", view(desk.match_view), name="accounting_bank_match"),
            path(f"{base}<int:line>/unmatch/", view(desk.unmatch_view), name="accounting_bank_unmatch"),
            path(f"{base}reconcile/", view(desk.reconcile_view), name="accounting_bank_reconcile"),
            path(f"{base}reopen/", view(desk.reopen_view), name="accounting_bank_reopen"),
            *super().get_urls(),
        ]


@admin.register(BankCsvProfile)
class BankCsvProfileAdmin(HouseAdmin):
    list_display = ["name", "delimiter", "decimal", "date_format", "date_column", "company"]
    search_fields = ["name"]


@admin.register(BankRule)
class BankRuleAdmin(HouseAdmin):
    list_display = ["name", "position", "text_contains", "direction", "action", "show_target", "automatic", "is_active"]
    list_select_related = ["account", "transfer_to", "party__person"]
    list_filter = ["automatic", "is_active"]
    search_fields = ["name", "text_contains"]
    autocomplete_fields = ["account", "party"]

    @display(description=_("Target"))
    def show_target(self, rule: BankRule) -> str:
        return str(rule.account or rule.transfer_to or rule.party or "–")


@admin.register(BankStatement)
class BankStatementAdmin(FactAdmin):
    list_display = [
        "__str__", "bank_account", "format", "first_date", "last_date", "show_opening", "show_closing", "new_lines",
        "known_lines", "recorded_at",
    ]  # fmt: skip
    list_select_related = ["bank_account"]
    list_filter = ["bank_account", ("last_date", RangeDateFilter)]
    list_filter_submit = True
    ordering = ["-id"]

    @display(description=_("Opening balance"))
    def show_opening(self, row: BankStatement) -> str:
        return show_money(row.opening, row.bank_account.currency_id) if row.opening is not None else "–"

    @display(description=_("Closing"))
    def show_closing(self, row: BankStatement) -> str:
        return show_money(row.closing, row.bank_account.currency_id) if row.closing is not None else "–"


@admin.register(BankLine)
class BankLineAdmin(FactAdmin):
    list_display = ["date", "bank_account", "name", "text", "show_amount", "show_matched"]
    list_select_related = ["bank_account"]
    list_filter = ["bank_account", ("date", RangeDateFilter)]
    list_filter_submit = True
    search_fields = ["text", "name", "bank_reference"]
    ordering = ["-id"]

    @display(description=_("Amount"))
    def show_amount(self, line: BankLine) -> str:
        return show_money(line.amount, line.currency)

    @display(description=_("Matched"))
    def show_matched(self, line: BankLine) -> str:
        return show_money(line.matched, line.currency)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A line is worked on at the desk of its account."""
        line = self.get_object(request, object_id)
        if line is None or not self.has_view_permission(request, line):
            return super().change_view(request, object_id, form_url, extra_context)
        url = reverse("admin:accounting_bank_desk", args=[line.bank_account_id])
        return HttpResponseRedirect(f"{url}?line={line.pk}")


@admin.register(BankReconciliation)
class BankReconciliationAdmin(FactAdmin):
    list_display = ["date", "bank_account", "closing", "book", "outstanding", "reopens", "reason", "actor_label"]
    list_select_related = ["bank_account", "reopens"]
    list_filter = ["bank_account"]
    ordering = ["-id"]
