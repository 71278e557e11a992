"""Customers and invoices that are not reminded: the list, the form, and each one's page."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounting.admin.journal_form import BOX, day_field
from accounting.admin.taxes import OfCompany
from accounting.models import DunningStop, Invoice, Party, StopKind
from accounting.services import dunning
from backoffice.core.actor import Actor
from backoffice.core.admin.base import FactAdmin
from backoffice.core.admin.pages import events_of, render_page, require, run_action
from backoffice.core.errors import DomainError


class StopForm(OfCompany):
    party = forms.CharField(label=_("Customer's code"), max_length=60, widget=forms.TextInput(attrs=BOX))
    invoice = forms.CharField(
        label=_("Invoice"), max_length=40, required=False, widget=forms.TextInput(attrs=BOX),
        help_text=_("Empty: the customer is not reminded at all."),
    )  # fmt: skip
    kind = forms.ChoiceField(label=_("Kind"), choices=StopKind.choices, widget=forms.Select(attrs=BOX))
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.TextInput(attrs=BOX))
    until = day_field(label=_("Last day"), required=False, help_text=_("Empty: until it is ended."))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            data["found"] = Party.objects.filter(company=data["company"], code=data["party"].strip()).first()
            invoices = Invoice.objects.filter(party=data["found"], number=data["invoice"].strip())
            data["item"] = invoices.values_list("open_item_id", flat=True).first()
            if data["found"] is None:
                self.add_error("party", gettext("There is no such customer."))
            elif data["invoice"] and data["item"] is None:
                self.add_error("invoice", gettext("There is no such invoice."))
        return data


@admin.register(DunningStop)
class DunningStopAdmin(FactAdmin):
    list_display = ["id", "party", "show_item", "kind", "reason", "until", "created_label", "ended_at", "ended_label"]
    list_select_related = ["party__person", "open_item__invoice"]
    ordering = ["-id"]

    @display(description=_("Invoice"))
    def show_item(self, stop: DunningStop) -> str:
        invoice = getattr(stop.open_item, "invoice", None)
        return invoice.number if invoice else (f"#{stop.open_item_id}" if stop.open_item_id else "–")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("accounting.add_dunningstop")

    def get_urls(self) -> list[Any]:
        end = self.admin_site.admin_view(self.end_view)
        return [path("<int:pk>/end/", end, name="accounting_dunningstop_end"), *super().get_urls()]

    def end_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        stop = get_object_or_404(DunningStop, pk=pk)

        def act(actor: Actor) -> str:
            dunning.end_stop(pk, company_id=stop.company_id, actor=actor)
            return gettext("Reminders go on.")

        back = reverse("admin:accounting_dunningstop_changelist")
        return run_action(request, act, back=back, permission="accounting.change_dunningstop")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """?party=C1&invoice=INV-1 fills the form."""
        require(request, "accounting.add_dunningstop")
        given = {name: request.GET[name] for name in ("party", "invoice") if name in request.GET}
        form = StopForm(request.POST if request.method == "POST" else None, initial=given)
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            try:
                with transaction.atomic():
                    dunning.stop_dunning(
                        company_id=data["company"].pk,
                        party_id=data["found"].pk,
                        open_item_id=data["item"],
                        kind=data["kind"],
                        reason=data["reason"],
                        until=data["until"],
                        actor=Actor.of_request(request),
                    )
                return HttpResponseRedirect(reverse("admin:accounting_dunningstop_changelist"))
            except DomainError as refusal:
                form.add_error(None, refusal.detail)
        return render_page(
            request, self.admin_site, "accounting/form.html", title=_("Stop reminders"), opts=self.opts, form=form
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        stop = self.get_object(request, object_id)
        if stop is None or not self.has_view_permission(request, stop):
            return super().change_view(request, object_id, form_url, extra_context)
        return render_page(
            request, self.admin_site, "accounting/dunning_stop.html", title=_("Dunning stop"), opts=self.opts, stop=stop,
            item=self.show_item(stop),
            may=stop.ended_at is None and request.user.has_perm("accounting.change_dunningstop"),
            events=events_of("accounting.dunningstop", stop.pk),
        )  # fmt: skip
