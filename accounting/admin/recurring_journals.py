"""Journals that repeat: the list, the form and the page with what they made."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from accounting import services
from accounting.admin.journal_form import BOX, TICK, day_field
from accounting.models import ManualJournal, RecurringJournal
from accounting.states import RECURRING_JOURNAL
from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, show_money
from backoffice.core.admin.pages import events_of, render_page, require, run_action
from backoffice.core.errors import DomainError

STEPS: dict[str, tuple[str, Any]] = {
    "activate": ("active", _("Switch on")),
    "pause": ("paused", _("Pause")),
    "end": ("ended", _("End")),
}


class ScheduleForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs=BOX))
    first_date = day_field(label=_("First day"))
    every_months = forms.IntegerField(
        label=_("Every … months"), min_value=1, max_value=60, initial=1,
        widget=forms.NumberInput(attrs={"size": 4, **BOX}),
    )  # fmt: skip
    end_date = day_field(label=_("Last day"), required=False, help_text=_("Empty: no end."))
    reverses = forms.BooleanField(
        label=_("Each is reversed"),
        required=False,
        widget=forms.CheckboxInput(attrs=TICK),
        help_text=_("On the first day of the month after it: an accrual."),
    )


class PatternForm(forms.Form):
    """Which journal is to be repeated."""

    pattern = forms.ModelChoiceField(
        ManualJournal.objects.none(), label=_("Journal"), widget=forms.Select(attrs=BOX), empty_label=None
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        posted = ManualJournal.objects.filter(status__in=["posted", "reversed"]).order_by("-pk")
        self.fields["pattern"].queryset = posted  # type: ignore[attr-defined]


@admin.register(RecurringJournal)
class RecurringJournalAdmin(FactAdmin):
    list_display = ["name", "show_status", "pattern", "show_value", "every_months", "next_date", "end_date", "problem"]
    list_select_related = ["pattern", "company"]
    list_filter = [("status", ChoicesDropdownFilter)]
    ordering = ["-id"]

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, schedule: RecurringJournal) -> tuple[str, str]:
        return schedule.status, schedule.get_status_display()  # type: ignore[attr-defined]

    @display(description=_("Value"))
    def show_value(self, schedule: RecurringJournal) -> str:
        return show_money(schedule.pattern.value, schedule.company.base_currency_id)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("accounting.add_recurringjournal")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        step = path("<int:pk>/step/<str:name>/", view(self.step_view), name="accounting_recurringjournal_step")
        return [step, *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Repeat a posted journal (?pattern=7), or choose it first."""
        require(request, "accounting.add_recurringjournal")
        if "pattern" not in request.GET:
            return self._choose(request)
        number = request.GET.get("pattern", "")
        pattern = get_object_or_404(ManualJournal, pk=int(number) if number.isdecimal() and len(number) < 18 else 0)
        posted = request.POST if request.method == "POST" else None
        form = ScheduleForm(posted, initial={"name": pattern.memo})
        if posted is not None and form.is_valid():
            try:
                with transaction.atomic():
                    made = services.create_schedule(
                        pattern.pk,
                        company_id=pattern.company_id,
                        actor=Actor.of_request(request),
                        **form.cleaned_data,
                    )
                return HttpResponseRedirect(_url(made.pk))
            except DomainError as refusal:
                field = str(refusal.context.get("field", ""))
                form.add_error(field if field in form.fields else None, refusal.detail)
        return render_page(
            request, self.admin_site, "accounting/form.html", title=_("Repeat a journal"), opts=self.opts, form=form,
            about=pattern,
        )  # fmt: skip

    def _choose(self, request: HttpRequest) -> HttpResponse:
        form = PatternForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            return HttpResponseRedirect(f"{request.path}?pattern={form.cleaned_data['pattern'].pk}")
        return render_page(
            request, self.admin_site, "accounting/form.html", title=_("Repeat a journal"), opts=self.opts, form=form
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        schedule = self.get_object(request, object_id)
        if schedule is None or not self.has_view_permission(request, schedule):
            return super().change_view(request, object_id, form_url, extra_context)
        return render_page(
            request,
            self.admin_site,
            "accounting/recurring_journal.html",
            title=schedule.name,
            opts=self.opts,
            schedule=schedule,
            base_currency=schedule.company.base_currency_id,
            journals=schedule.journals.order_by("-occurrence")[:60],
            steps=[
                (name, label)
                for name, (status, label) in STEPS.items()
                if status in RECURRING_JOURNAL[schedule.status]
                and request.user.has_perm("accounting.approve_manualjournal")
            ],
            events=events_of("accounting.recurringjournal", schedule.pk),
        )

    def step_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        schedule = get_object_or_404(RecurringJournal, pk=pk)
        status, _label = STEPS.get(name, ("", ""))
        if not status:
            return self.change_view(request, str(pk))

        def act(actor: Actor) -> str:
            changed = services.set_schedule_status(pk, status=status, company_id=schedule.company_id, actor=actor)
            return f"{changed.name}: {changed.get_status_display()}"  # type: ignore[attr-defined]

        return run_action(request, act, back=_url(pk), permission="accounting.approve_manualjournal")


def _url(pk: int) -> str:
    return reverse("admin:accounting_recurringjournal_change", args=[pk])
