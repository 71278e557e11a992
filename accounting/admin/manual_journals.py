"""Journals by hand: the list, the form of a draft, and the page with the next steps."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter
from unfold.decorators import display

from accounting import services
from accounting.admin.attachments import attach_view, attachment_view, detach_view, papers_context
from accounting.admin.journal_form import (
    MAX_ROWS,
    JournalForm,
    JournalLines,
    initial_of,
    input_of,
    offers,
    sums_of,
    typed_of,
)
from accounting.models import ManualJournal, RecurringJournal
from accounting.states import MANUAL_JOURNAL
from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, show_money
from backoffice.core.admin.pages import (
    events_of,
    filled_panels,
    posted_date,
    posted_reason,
    render_page,
    require,
    run_action,
)
from backoffice.core.approving import approval_terms
from backoffice.core.errors import DomainError

CHANGE, APPROVE = "accounting.change_manualjournal", "accounting.approve_manualjournal"
# name: (service, button, whether a reason is asked for, the status it leads to, permission)
STEPS: dict[str, tuple[Callable[..., ManualJournal], Any, bool, str, str]] = {
    "submit": (services.submit_journal, _("Submit"), False, "submitted", CHANGE),
    "approve": (services.approve_journal, _("Approve and post"), False, "posted", APPROVE),
    "send-back": (services.send_back_journal, _("Send back"), True, "draft", APPROVE),
    "cancel": (services.cancel_journal, _("Cancel"), True, "cancelled", CHANGE),
    "reverse": (services.reverse_journal, _("Reverse"), True, "reversed", APPROVE),
}


@admin.register(ManualJournal)
class ManualJournalAdmin(FactAdmin):
    list_display = ["show_number", "date", "memo", "show_status", "show_value", "reverse_on", "created_label"]
    list_select_related = ["company"]
    list_filter = [("status", ChoicesDropdownFilter), ("date", RangeDateFilter)]
    list_filter_submit = True
    search_fields = ["memo"]
    ordering = ["-id"]

    @display(description=_("Number"))
    def show_number(self, journal: ManualJournal) -> str:
        return journal.number

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, journal: ManualJournal) -> tuple[str, str]:
        return journal.status, journal.get_status_display()  # type: ignore[attr-defined]

    @display(description=_("Value"))
    def show_value(self, journal: ManualJournal) -> str:
        return show_money(journal.value, journal.company.base_currency_id)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("accounting.add_manualjournal")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("sums/", view(self.sums_view), name="accounting_manualjournal_sums"),
            path("<int:pk>/edit/", view(self.edit_view), name="accounting_manualjournal_edit"),
            path("<int:pk>/step/<str:name>/", view(self.step_view), name="accounting_manualjournal_step"),
            path("papers/<str:object_type>/<int:pk>/", view(attach_view), name="accounting_attach"),
            path("papers/<int:pk>/", view(attachment_view), name="accounting_attachment"),
            path("papers/<int:pk>/remove/", view(detach_view), name="accounting_detach"),
            *super().get_urls(),
        ]

    def sums_view(self, request: HttpRequest) -> HttpResponse:
        """What is typed so far, and what is still missing: a fragment for the form."""
        require(request, CHANGE)
        debits, credits = sums_of(request.POST)
        context = {"debits": debits, "credits": credits, "difference": debits - credits}
        return render(request, "accounting/_journal_sums.html", context)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A draft from the form; what is wrong stands beside its field, and nothing is written."""
        require(request, "accounting.add_manualjournal")
        return self._form(request, None)

    def edit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, CHANGE)
        return self._form(request, get_object_or_404(ManualJournal, pk=pk))

    def _form(self, request: HttpRequest, journal: ManualJournal | None) -> HttpResponse:
        head, rows = initial_of(journal) if journal else ({"date": timezone.localdate()}, [])
        posted = request.POST if request.method == "POST" else None
        form = JournalForm(posted, initial=head)
        lines: Any = JournalLines(posted, prefix="lines", initial=rows if posted is None else None)
        if posted is not None and "more" in posted:
            lines = JournalLines(_with_more_rows(posted), prefix="lines")
        elif posted is not None and form.is_valid() and lines.is_valid_for(form.cleaned_data["company"].pk):
            made = _save(request, form, lines, journal)
            if made is not None:
                messages.success(request, gettext("%(number)s is a draft.") % {"number": made.number})
                return HttpResponseRedirect(_url(made.pk))
        debits, credits = sums_of(posted or typed_of(rows))
        return render_page(
            request,
            self.admin_site,
            "accounting/manual_journal_form.html",
            title=journal.number if journal else _("New journal"),
            opts=self.opts,
            form=form,
            lines=lines,
            journal=journal,
            version=request.POST.get("version") or (journal.version if journal else ""),
            debits=debits,
            credits=credits,
            difference=debits - credits,
            **offers(),
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        journal = self.get_object(request, object_id)
        if journal is None or not self.has_view_permission(request, journal):
            return super().change_view(request, object_id, form_url, extra_context)
        lines = journal.lines.select_related("account", "party__person", "dimension_set").order_by("position")
        return render_page(
            request,
            self.admin_site,
            "accounting/manual_journal.html",
            title=journal.number,
            opts=self.opts,
            journal=journal,
            base_currency=journal.company.base_currency_id,
            lines=lines,
            may_change=request.user.has_perm(CHANGE),
            approvers=_approvers(journal),
            repetitions=RecurringJournal.objects.filter(pattern=journal),
            steps=[
                (name, label, asks)
                for name, (_service, label, asks, status, permission) in STEPS.items()
                if status in MANUAL_JOURNAL[journal.status] and request.user.has_perm(permission)
            ],
            today=timezone.localdate().isoformat(),
            panels=filled_panels("accounting.manualjournal", journal.pk),
            events=events_of("accounting.manualjournal", journal.pk),
            **papers_context(request, "accounting.manualjournal", journal.pk, removable=journal.status == "draft"),
        )

    def step_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        journal = get_object_or_404(ManualJournal, pk=pk)
        if name not in STEPS:
            return self.change_view(request, str(pk))
        service, _label, asks, _status, permission = STEPS[name]

        def act(actor: Actor) -> str:
            reason = posted_reason(request) if asks else request.POST.get("reason", "").strip()[:300]
            when = {"date": posted_date(request, "date") or timezone.localdate()} if name == "reverse" else {}
            changed = service(pk, company_id=journal.company_id, actor=actor, reason=reason, **when)
            return f"{changed.number}: {changed.get_status_display()}"  # type: ignore[attr-defined]

        return run_action(request, act, back=_url(pk), permission=permission)


def _save(request: HttpRequest, form: JournalForm, lines: Any, journal: ManualJournal | None) -> ManualJournal | None:
    version = request.POST.get("version", "")
    try:
        with transaction.atomic():
            return services.save_journal(
                input_of(form, lines),
                company_id=form.cleaned_data["company"].pk,
                actor=Actor.of_request(request),
                journal_id=journal.pk if journal else None,
                version=int(version) if version.isdecimal() and len(version) < 9 else None,
            )
    except DomainError as refusal:
        field = str(refusal.context.get("field", ""))
        form.add_error(field if field in form.fields else None, refusal.detail)
        return None


def _with_more_rows(posted: Any) -> Any:
    data = posted.copy()
    rows = data.get("lines-TOTAL_FORMS", "0")
    data["lines-TOTAL_FORMS"] = str(min(int(rows) if rows.isdecimal() else 0, MAX_ROWS - 10) + 10)
    return data


def _approvers(journal: ManualJournal) -> list[Any] | None:
    """Who may approve one that waits; None if it does not wait, empty: anybody else with the right. Statements: 2."""
    if journal.status != "submitted":
        return None
    return approval_terms("manual_journal", company_id=journal.company_id).who(journal.value)


def _url(pk: int) -> str:
    return reverse("admin:accounting_manualjournal_change", args=[pk])
