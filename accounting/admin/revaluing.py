"""Foreign balances at the rate of a day, and revenue earned month by month: lists, forms, pages."""

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
from accounting.admin.journal_form import BOX, day_field
from accounting.admin.taxes import OfCompany
from accounting.models import CurrencyRevaluation, InvoiceLine, RevenueDeferral
from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, show_money
from backoffice.core.admin.pages import events_of, posted_reason, render_page, require, run_action
from backoffice.core.errors import DomainError


class RevaluationForm(OfCompany):
    date = day_field(
        label=_("As of"), help_text=_("The last day of a month, as a rule; the entry is taken back the day after.")
    )


@admin.register(CurrencyRevaluation)
class CurrencyRevaluationAdmin(FactAdmin):
    list_display = ["date", "company", "show_difference", "made_label", "made_at"]
    list_select_related = ["company"]

    @display(description=_("Gain or loss"))
    def show_difference(self, made: CurrencyRevaluation) -> str:
        return show_money(made.difference, made.company.base_currency_id)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("accounting.add_currencyrevaluation")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        require(request, "accounting.add_currencyrevaluation")
        form = RevaluationForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                with transaction.atomic():
                    made = services.revalue_currencies(
                        company_id=form.cleaned_data["company"].pk,
                        date=form.cleaned_data["date"],
                        actor=Actor.of_request(request),
                    )
                return HttpResponseRedirect(_page("currencyrevaluation", made.pk))
            except DomainError as refusal:
                form.add_error("date" if refusal.context.get("field") == "date" else None, refusal.detail)
        return render_page(
            request,
            self.admin_site,
            "accounting/form.html",
            title=_("Revalue foreign balances"),
            opts=self.opts,
            form=form,
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        made = self.get_object(request, object_id)
        if made is None or not self.has_view_permission(request, made):
            return super().change_view(request, object_id, form_url, extra_context)
        return render_page(
            request,
            self.admin_site,
            "accounting/currency_revaluation.html",
            title=str(made),
            opts=self.opts,
            made=made,
            currency=made.company.base_currency_id,
            lines=made.lines.select_related("account").order_by("account__code", "currency"),
            events=events_of("accounting.currencyrevaluation", made.pk),
        )


class DeferralForm(forms.Form):
    start = day_field(
        label=_("First month"), help_text=_("A day of it; each part is earned on the last day of its month.")
    )
    months = forms.IntegerField(
        label=_("Months"), min_value=1, max_value=120, initial=12, widget=forms.NumberInput(attrs=BOX)
    )


class LineForm(forms.Form):
    """Which line of which invoice."""

    invoice = forms.CharField(label=_("Invoice"), max_length=40, widget=forms.TextInput(attrs=BOX))
    position = forms.IntegerField(
        label=_("Line"), min_value=1, max_value=10_000, initial=1, widget=forms.NumberInput(attrs=BOX)
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            lines = InvoiceLine.objects.filter(invoice__number=data["invoice"].strip(), position=data["position"])
            data["line"] = lines.first()
            if data["line"] is None:
                self.add_error("invoice", gettext("There is no such line of an invoice."))
        return data


@admin.register(RevenueDeferral)
class RevenueDeferralAdmin(FactAdmin):
    list_display = ["__str__", "invoice_line", "show_status", "show_amount", "start_date", "months", "company"]
    list_select_related = ["company", "invoice_line"]
    list_filter = ["status"]

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, found: RevenueDeferral) -> tuple[str, str]:
        return found.status, found.get_status_display()  # type: ignore[attr-defined]

    @display(description=_("Amount"))
    def show_amount(self, found: RevenueDeferral) -> str:
        return show_money(found.amount, found.company.base_currency_id)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("accounting.add_revenuedeferral")

    def get_urls(self) -> list[Any]:
        end = path("<int:pk>/end/", self.admin_site.admin_view(self.end_view), name="accounting_revenuedeferral_end")
        return [end, *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Defer a line of an invoice (?line=7), or choose it first."""
        require(request, "accounting.add_revenuedeferral")
        if "line" not in request.GET:
            return self._choose(request)
        number = request.GET.get("line", "")
        line = get_object_or_404(InvoiceLine, pk=int(number) if number.isdecimal() and len(number) < 18 else 0)
        form = DeferralForm(request.POST if request.method == "POST" else None, initial={"start": line.invoice.date})
        if request.method == "POST" and form.is_valid():
            try:
                with transaction.atomic():
                    made = services.defer_revenue(
                        line.pk,
                        company_id=line.invoice.company_id,
                        actor=Actor.of_request(request),
                        **form.cleaned_data,
                    )
                return HttpResponseRedirect(_page("revenuedeferral", made.pk))
            except DomainError as refusal:
                form.add_error(None, refusal.detail)
        return render_page(
            request, self.admin_site, "accounting/form.html", title=_("Earn over months"), opts=self.opts, form=form,
            about=f"{line.invoice.number} · {line.description}",
        )  # fmt: skip

    def _choose(self, request: HttpRequest) -> HttpResponse:
        form = LineForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            return HttpResponseRedirect(f"{request.path}?line={form.cleaned_data['line'].pk}")
        return render_page(
            request, self.admin_site, "accounting/form.html", title=_("Earn over months"), opts=self.opts, form=form
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        found = self.get_object(request, object_id)
        if found is None or not self.has_view_permission(request, found):
            return super().change_view(request, object_id, form_url, extra_context)
        parts = list(found.parts.order_by("date"))
        return render_page(
            request,
            self.admin_site,
            "accounting/revenue_deferral.html",
            title=str(found),
            opts=self.opts,
            found=found,
            currency=found.company.base_currency_id,
            parts=parts,
            left=sum(part.amount for part in parts if part.entry_id is None),
            may=found.status == "active" and request.user.has_perm("accounting.change_revenuedeferral"),
            events=events_of("accounting.revenuedeferral", found.pk),
        )

    def end_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        found = get_object_or_404(RevenueDeferral, pk=pk)

        def act(actor: Actor) -> str:
            services.end_deferral(
                pk, company_id=found.company_id, at=timezone.now(), actor=actor, reason=posted_reason(request)
            )
            return gettext("What was left is earned.")

        return run_action(
            request, act, back=_page("revenuedeferral", pk), permission="accounting.change_revenuedeferral"
        )


def _page(model: str, pk: int) -> str:
    return reverse(f"admin:accounting_{model}_change", args=[pk])
