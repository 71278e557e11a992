"""Dunning: plans with levels and texts, runs with their preview, letters."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from accounting.admin.journal_form import day_field
from accounting.admin.taxes import OfCompany
from accounting.letters import print_letters, reminder
from accounting.models import (
    DunningLetter,
    DunningLevel,
    DunningPlan,
    DunningRun,
    DunningText,
)
from accounting.services import dunning
from backoffice.core import bulk
from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, HouseAdmin, HouseInline, show_money
from backoffice.core.admin.bulk import job_url
from backoffice.core.admin.pages import events_of, posted_reason, render_page, require, run_action
from backoffice.core.errors import DomainError


class LevelInline(HouseInline):
    model = DunningLevel
    extra = 0
    hide_title = True


class TextInline(HouseInline):
    model = DunningText
    extra = 0
    hide_title = True


@admin.register(DunningPlan)
class DunningPlanAdmin(HouseAdmin):
    list_display = ["code", "name", "is_default", "post_charges", "company"]
    search_fields = ["code", "name"]
    inlines = [LevelInline, TextInline]


class RunForm(OfCompany):
    date = day_field(label=_("As of"))


@admin.register(DunningRun)
class DunningRunAdmin(FactAdmin):
    list_display = ["show_number", "date", "show_status", "scheduled", "created_label", "approved_label", "company"]
    list_select_related = ["company"]
    list_filter = [("status", ChoicesDropdownFilter)]
    list_filter_submit = True
    ordering = ["-id"]

    @display(description=_("Number"))
    def show_number(self, run: DunningRun) -> str:
        return run.number

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, run: DunningRun) -> tuple[str, str]:
        return run.status, run.get_status_display()  # type: ignore[attr-defined]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("accounting.add_dunningrun")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        steps = [
            path(f"<int:pk>/{name}/", view(getattr(self, f"{name}_view")), name=f"accounting_dunningrun_{name}")
            for name in ("approve", "cancel", "issue", "pdf")
        ]
        return [*steps, *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        require(request, "accounting.add_dunningrun")
        form = RunForm(request.POST if request.method == "POST" else None, initial={"date": timezone.localdate()})
        if request.method == "POST" and form.is_valid():
            try:
                with transaction.atomic():
                    made = dunning.propose_run(
                        company_id=form.cleaned_data["company"].pk,
                        date=form.cleaned_data["date"],
                        actor=Actor.of_request(request),
                    )
                if made is not None:
                    return HttpResponseRedirect(_page("dunningrun", made.pk))
                form.add_error("date", gettext("Nobody is due to be reminded on this day."))
            except DomainError as refusal:
                form.add_error(None, refusal.detail)
        return render_page(
            request, self.admin_site, "accounting/form.html", title=_("Propose reminders"), opts=self.opts, form=form
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        run = self.get_object(request, object_id)
        if run is None or not self.has_view_permission(request, run):
            return super().change_view(request, object_id, form_url, extra_context)
        letters = run.letters.select_related("party__person", "level").prefetch_related("items__open_item__invoice")
        shown = list(letters.order_by("-amount", "pk")[:500])
        return render_page(
            request,
            self.admin_site,
            "accounting/dunning_run.html",
            title=run.number,
            opts=self.opts,
            run=run,
            letters=shown,
            waiting=run.letters.filter(status="proposed").count(),
            to_print=run.letters.filter(status="issued", by_mail=False).count(),
            may=request.user.has_perm("accounting.approve_dunningrun"),
            events=events_of("accounting.dunningrun", run.pk),
        )

    def approve_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def act(run: DunningRun, actor: Actor) -> str:
            dunning.approve_run(pk, company_id=run.company_id, actor=actor)
            return gettext("%(number)s is approved; its letters may be issued.") % {"number": run.number}

        return self._act(request, pk, act)

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def act(run: DunningRun, actor: Actor) -> str:
            dunning.cancel_run(pk, company_id=run.company_id, actor=actor, reason=posted_reason(request))
            return gettext("%(number)s is called off.") % {"number": run.number}

        return self._act(request, pk, act)

    def _act(self, request: HttpRequest, pk: int, act: Callable[[DunningRun, Actor], str]) -> HttpResponse:
        run = get_object_or_404(DunningRun, pk=pk)
        return run_action(
            request,
            lambda actor: act(run, actor),
            back=_page("dunningrun", pk),
            permission="accounting.approve_dunningrun",
        )

    def issue_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A job that issues the run's letters, by mail or to be printed."""
        run = get_object_or_404(DunningRun, pk=pk)
        jobs: list[int] = []

        def act(actor: Actor) -> str:
            jobs.append(start_issuing(run, request.POST.get("how", "mail"), actor).pk)
            return gettext("The letters are being issued.")

        back = run_action(request, act, back=_page("dunningrun", pk), permission="accounting.approve_dunningrun")
        return HttpResponseRedirect(job_url(jobs[0])) if jobs else back

    def pdf_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The letters that are to be printed; before the issue, all as they would be."""
        require(request, "accounting.view_dunningrun")
        run = get_object_or_404(DunningRun, pk=pk)
        rows = run.letters.order_by("pk")
        rows = (
            rows.filter(status="proposed") if run.status == "proposed" else rows.filter(status="issued", by_mail=False)
        )
        letters = [reminder(one) for one in rows.values_list("pk", flat=True)[:200]]
        return pdf_response([letter for letter in letters if letter is not None], run.number)


def start_issuing(run: DunningRun, how: str, actor: Actor) -> Any:
    rows = DunningLetter.objects.filter(run=run, status="proposed").order_by("pk")
    return bulk.start_job(
        "accounting.issue_reminders", rows=rows, params={"how": how}, actor=actor, selection=run.number
    )


def pdf_response(letters: list[Any], name: str) -> HttpResponse:
    if not letters:
        return HttpResponse(gettext("There is nothing to print."), status=404, content_type="text/plain")
    response = HttpResponse(print_letters(letters), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


@admin.register(DunningLetter)
class DunningLetterAdmin(FactAdmin):
    list_display = ["show_number", "party", "level", "show_amount", "show_status", "dropped", "by_mail", "issued_at"]
    list_select_related = ["party__person", "level__plan"]
    list_filter = [("status", ChoicesDropdownFilter)]
    list_filter_submit = True
    ordering = ["-id"]

    @display(description=_("Number"))
    def show_number(self, letter: DunningLetter) -> str:
        return letter.number

    @display(description=_("Amount"))
    def show_amount(self, letter: DunningLetter) -> str:
        return show_money(letter.amount, letter.currency)

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, letter: DunningLetter) -> tuple[str, str]:
        return letter.status, letter.get_status_display()  # type: ignore[attr-defined]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The letter itself, as PDF."""
        letter = self.get_object(request, object_id)
        if letter is None or not self.has_view_permission(request, letter):
            return super().change_view(request, object_id, form_url, extra_context)
        made = reminder(letter.pk)
        return pdf_response([made] if made else [], letter.number)


def _page(model: str, pk: int) -> str:
    return reverse(f"admin:accounting_{model}_change", args=[pk])
