"""Months and years: closed as a whole, for some books, reopened with a reason."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounting import services
from accounting.admin.journal_form import BOX
from accounting.models import Company, JournalEntry, Period, Subledger, YearClose
from accounting.states import PERIOD
from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, show_money
from backoffice.core.admin.pages import events_of, posted_reason, render_page, require, run_action
from backoffice.core.errors import DomainError

CLOSE, REOPEN = "accounting.close_period", "accounting.reopen_period"
# name: (button, the state it leads to, permission)
STEPS: dict[str, tuple[Any, str, str]] = {
    "soft-close": (_("Soft-close"), "soft_closed", CLOSE),
    "lock": (_("Lock"), "locked", CLOSE),
    "reopen": (_("Reopen"), "", REOPEN),
}


@admin.register(Period)
class PeriodAdmin(FactAdmin):
    list_display = ["start_date", "end_date", "show_state", "show_books", "company"]
    list_filter = ["state"]
    ordering = ["-start_date"]
    list_select_related = ["company"]

    @display(description=_("State"), label=STATUS_LABELS, ordering="state")
    def show_state(self, period: Period) -> tuple[str, str]:
        return period.state, period.get_state_display()  # type: ignore[attr-defined]

    @display(description=_("Closed books"))
    def show_books(self, period: Period) -> str:
        return ", ".join(str(Subledger(book).label) for book in period.closed_books)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/step/<str:name>/", view(self.step_view), name="accounting_period_step"),
            path("<int:pk>/books/", view(self.books_view), name="accounting_period_books"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        period = self.get_object(request, object_id)
        if period is None or not self.has_view_permission(request, period):
            return super().change_view(request, object_id, form_url, extra_context)
        entries = JournalEntry.objects.filter(
            company_id=period.company_id, date__range=(period.start_date, period.end_date)
        )
        return render_page(
            request,
            self.admin_site,
            "accounting/period.html",
            title=str(period),
            opts=self.opts,
            period=period,
            entries=entries.count(),
            books=[(book.value, book.label, book.value in period.closed_books) for book in Subledger],
            steps=[
                (name, label)
                for name, (label, state, permission) in STEPS.items()
                if request.user.has_perm(permission)
                and (state in PERIOD[period.state] if state else period.state != "open")
            ],
            may_books=period.state == "open" and request.user.has_perm(CLOSE),
            events=events_of("accounting.period", period.pk),
        )

    def step_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        period = get_object_or_404(Period, pk=pk)
        if name not in STEPS:
            return self.change_view(request, str(pk))
        _label, state, permission = STEPS[name]

        def act(actor: Actor) -> str:
            where: dict[str, Any] = {"period_id": pk, "company_id": period.company_id, "actor": actor}
            if state:
                services.close_period(state=state, reason=request.POST.get("reason", "").strip()[:300], **where)
            else:
                services.reopen_period(reason=posted_reason(request), **where)
            period.refresh_from_db()
            return str(period)

        return run_action(request, act, back=_page("period", pk), permission=permission)

    def books_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        period = get_object_or_404(Period, pk=pk)
        wanted = set(request.POST.getlist("closed"))
        permission = REOPEN if set(period.closed_books) - wanted else CLOSE

        def act(actor: Actor) -> str:
            services.set_period_books(
                period_id=pk,
                company_id=period.company_id,
                closed=wanted,
                actor=actor,
                reason=request.POST.get("reason", "").strip()[:300],
            )
            return gettext("The closed books of %(period)s are kept.") % {"period": period}

        return run_action(request, act, back=_page("period", pk), permission=permission)


class YearForm(forms.Form):
    company = forms.ModelChoiceField(
        Company.objects.none(), label=_("Company"), widget=forms.Select(attrs=BOX), empty_label=None
    )
    year = forms.IntegerField(
        label=_("Year"), min_value=1900, max_value=2199, widget=forms.NumberInput(attrs=BOX),
        help_text=_("Income and expense go to retained earnings on its last day; its months are locked."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["company"].queryset = Company.objects.order_by("name")  # type: ignore[attr-defined]


@admin.register(YearClose)
class YearCloseAdmin(FactAdmin):
    list_display = ["year", "company", "show_status", "show_result", "closed_label", "closed_at"]
    list_select_related = ["company"]

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, closing: YearClose) -> tuple[str, str]:
        return closing.status, closing.get_status_display()  # type: ignore[attr-defined]

    @display(description=_("Result"))
    def show_result(self, closing: YearClose) -> str:
        return show_money(closing.result, closing.company.base_currency_id)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("accounting.add_yearclose")

    def get_urls(self) -> list[Any]:
        reopen = path(
            "<int:pk>/reopen/", self.admin_site.admin_view(self.reopen_view), name="accounting_yearclose_reopen"
        )
        return [reopen, *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        require(request, "accounting.add_yearclose")
        posted = request.POST if request.method == "POST" else None
        form = YearForm(posted, initial={"year": timezone.localdate().year - 1})
        if posted is not None and form.is_valid():
            try:
                with transaction.atomic():
                    made = services.close_year(
                        company_id=form.cleaned_data["company"].pk,
                        year=form.cleaned_data["year"],
                        actor=Actor.of_request(request),
                    )
                return HttpResponseRedirect(_page("yearclose", made.pk))
            except DomainError as refusal:
                form.add_error(None, refusal.detail)
        return render_page(
            request, self.admin_site, "accounting/form.html", title=_("Close a year"), opts=self.opts, form=form
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        closing = self.get_object(request, object_id)
        if closing is None or not self.has_view_permission(request, closing):
            return super().change_view(request, object_id, form_url, extra_context)
        return render_page(
            request,
            self.admin_site,
            "accounting/year.html",
            title=str(closing.year),
            opts=self.opts,
            closing=closing,
            currency=closing.company.base_currency_id,
            lines=closing.entry.lines.select_related("account").order_by("account__code") if closing.entry else [],
            may=closing.status == "closed" and request.user.has_perm("accounting.reopen_yearclose"),
            events=events_of("accounting.yearclose", closing.pk),
        )

    def reopen_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        closing = get_object_or_404(YearClose, pk=pk)

        def act(actor: Actor) -> str:
            services.reopen_year(pk, company_id=closing.company_id, actor=actor, reason=posted_reason(request))
            return gettext("%(year)s is open again; its months but the last stay soft-closed.") % {"year": closing.year}

        return run_action(request, act, back=_page("yearclose", pk), permission="accounting.reopen_yearclose")


def _page(model: str, pk: int) -> str:
    return reverse(f"admin:accounting_{model}_change", args=[pk])
