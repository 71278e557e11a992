"""The journal: lists, and an entry with its lines and the document it comes from."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter
from unfold.decorators import display

from accounting.dimensions import CATEGORY, CHANNEL, WAREHOUSE
from accounting.models import DimensionValue, JournalEntry, JournalLine
from accounting.selectors import lines_carrying
from accounting.selectors.dimensions import NONE
from backoffice.core.admin.base import FactAdmin, show_money
from backoffice.core.admin.pages import events_of, filled_panels, render_page
from backoffice.core.registry import links_of


@admin.register(JournalEntry)
class JournalEntryAdmin(FactAdmin):
    list_display = ["__str__", "date", "subledger", "memo", "show_source", "show_amount"]
    list_filter = [("subledger", ChoicesDropdownFilter), ("date", RangeDateFilter)]
    list_filter_submit = True
    search_fields = ["source_key"]
    search_help_text = _("Number (JE-…) or source key")
    ordering = ["-id"]
    list_select_related = ["company"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[JournalEntry]:
        debits = JournalLine.objects.filter(entry=OuterRef("pk"), base_amount__gt=0).order_by().values("entry")
        debit = Subquery(debits.annotate(total=Sum("base_amount")).values("total"))  # of the shown rows only
        return super().get_queryset(request).annotate(debit=debit)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[JournalEntry], search_term: str
    ) -> tuple[QuerySet[JournalEntry], bool]:
        number = search_term.strip().upper().removeprefix("JE-")
        if number.isdecimal():
            return queryset.filter(pk=int(number)), False
        return (queryset.filter(source_key=search_term.strip()) if search_term.strip() else queryset), False

    @display(description=_("Source"))
    def show_source(self, entry: JournalEntry) -> str:
        return entry.source_key

    @display(description=_("Amount"))
    def show_amount(self, entry: JournalEntry) -> str:
        return show_money(entry.debit, entry.company.base_currency_id)  # type: ignore[attr-defined]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        entry = self.get_object(request, object_id)
        if entry is None or not self.has_view_permission(request, entry):
            return super().change_view(request, object_id, form_url, extra_context)
        lines = entry.lines.select_related("account", "party__person", "dimension_set").order_by("id")
        return render_page(
            request,
            self.admin_site,
            "accounting/entry.html",
            title=str(entry),
            opts=self.opts,
            entry=entry,
            lines=lines,
            source=links_of([(entry.source_type, entry.source_id)]).get((entry.source_type, entry.source_id or 0)),
            reversal=JournalEntry.objects.filter(reverses=entry).first(),
            panels=filled_panels("accounting.journalentry", entry.pk),
            events=events_of("accounting.journalentry", entry.pk),
        )


class AxisFilter(admin.SimpleListFilter):
    """Lines by their code on one axis."""

    axis = ""

    def __init__(self, *args: Any) -> None:
        self.parameter_name = self.axis
        super().__init__(*args)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        codes = DimensionValue.objects.filter(axis=self.axis).order_by("code").values_list("code", flat=True).distinct()
        return [*((code, code) for code in codes[:200]), (NONE, _("None"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[JournalLine]) -> QuerySet[JournalLine]:
        code = self.value()
        return lines_carrying(queryset, {self.axis: [code]}) if code else queryset


class ChannelFilter(AxisFilter):
    title, axis = _("channel"), CHANNEL


class WarehouseFilter(AxisFilter):
    title, axis = _("warehouse"), WAREHOUSE


class CategoryFilter(AxisFilter):
    title, axis = _("category"), CATEGORY


@admin.register(JournalLine)
class JournalLineAdmin(FactAdmin):
    list_display = ["date", "entry_link", "account", "party", "show_debit", "show_credit", "dimension_set"]
    list_select_related = ["account", "party__person", "dimension_set", "entry"]
    list_filter = ["account__type", ("date", RangeDateFilter), ChannelFilter, WarehouseFilter, CategoryFilter]
    list_filter_submit = True
    ordering = ["-id"]

    @display(description=_("Entry"))
    def entry_link(self, line: JournalLine) -> str:
        return str(line.entry)

    @display(description=_("Debit"))
    def show_debit(self, line: JournalLine) -> str:
        return show_money(line.amount, line.currency) if line.base_amount > 0 else ""

    @display(description=_("Credit"))
    def show_credit(self, line: JournalLine) -> str:
        return show_money(-line.amount, line.currency) if line.base_amount < 0 else ""
