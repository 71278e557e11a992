"""Blanket orders: the list, a form to agree on one, and a page to call off."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin
from backoffice.core.admin.pages import events_of, posted_quantity, posted_reason, render_page, require, run_action
from backoffice.core.errors import DomainError, InvalidInput
from inventory.admin.purchase_form import PurchaseLineForm, SkuLines
from orders import services
from orders.admin.order_form import named_contact
from orders.models import BlanketLine, BlanketOrder, Contact, Order
from orders.selectors.blanket import called_off

_BOX = {"class": "bo-input"}
ZERO = Decimal(0)


class BlanketForm(forms.Form):
    """The agreement. The buyer is found while typing, by name, e-mail or their id on the channel."""

    buyer = forms.CharField(
        label=_("Buyer"),
        max_length=220,
        widget=forms.TextInput(
            attrs={
                **_BOX,
                "list": "buyers",
                "autocomplete": "off",
                "data-search": reverse_lazy("admin:orders_find_contacts"),
            }
        ),
        help_text=_("Type a part of the name, the e-mail or the external id, and choose."),
    )
    reference = forms.CharField(label=_("Agreement number"), max_length=120, widget=forms.TextInput(attrs=_BOX))
    valid_from = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date", **_BOX}))
    valid_to = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs={"type": "date", **_BOX}))
    note = forms.CharField(
        label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2, **_BOX})
    )

    def clean_buyer(self) -> Contact:
        text = self.cleaned_data["buyer"].strip()
        rows = Contact.objects.select_related("channel", "person")
        if (chosen := named_contact(text)) is not None and (contact := rows.filter(pk=chosen).first()):
            return contact
        found = list(rows.filter(external_id=text)[:2]) or list(rows.filter(person__name__icontains=text)[:2])
        if len(found) != 1:
            raise forms.ValidationError(
                gettext("Several buyers match; choose one of the list.")
                if found
                else gettext("There is no such buyer.")
            )
        return found[0]


class BlanketLineForm(PurchaseLineForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit_cost"].label = _("Unit price")


BlanketLines = forms.formset_factory(
    BlanketLineForm, formset=SkuLines, extra=6, max_num=200, absolute_max=200, validate_max=True
)


@admin.register(BlanketOrder)
class BlanketOrderAdmin(FactAdmin):
    list_display = ["show_number", "reference", "contact", "channel", "show_status", "valid_from", "valid_to"]
    list_select_related = ["contact__person", "channel"]
    list_filter = [("status", ChoicesDropdownFilter), ("channel", RelatedDropdownFilter)]
    search_fields = ["=reference", "contact__person__name"]
    ordering = ["-id"]

    @display(description=_("Number"))
    def show_number(self, blanket: BlanketOrder) -> str:
        return blanket.number

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, blanket: BlanketOrder) -> tuple[str, str]:
        return blanket.status, blanket.get_status_display()

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("orders.add_blanketorder")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/call-off/", view(self.call_view), name="orders_blanketorder_call"),
            path("<int:pk>/status/<str:status>/", view(self.status_view), name="orders_blanketorder_status"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """What is wrong stands beside its field, and nothing is written."""
        require(request, "orders.add_blanketorder")
        posted = request.POST if request.method == "POST" else None
        form = BlanketForm(posted)
        lines: Any = BlanketLines(posted, prefix="lines")
        if posted is not None and form.is_valid() and lines.is_valid_for(form.cleaned_data["buyer"].company_id):
            data = form.cleaned_data
            try:
                with transaction.atomic():
                    blanket = services.create_blanket_order(
                        [services.BlanketLineInput(row.sku_id, row.quantity, row.unit_cost) for row in lines.inputs],
                        contact_id=data["buyer"].pk,
                        reference=data["reference"],
                        currency=data["buyer"].channel.currency,
                        valid_from=data["valid_from"],
                        valid_to=data["valid_to"],
                        note=data["note"],
                        actor=Actor.of_request(request),
                    )
                messages.success(request, gettext("%(number)s is agreed.") % {"number": blanket.number})
                return HttpResponseRedirect(_url(blanket.pk))
            except InvalidInput as refusal:
                for error in refusal.context["errors"]:
                    form.add_error(error["field"] if error["field"] in form.fields else None, error["message"])
        return render_page(
            request,
            self.admin_site,
            "orders/blanket_form.html",
            title=_("New blanket order"),
            opts=self.opts,
            form=form,
            lines=lines,
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        blanket = self.get_object(request, object_id)
        if blanket is None or not self.has_view_permission(request, blanket):
            return super().change_view(request, object_id, form_url, extra_context)
        called = called_off([blanket.pk])
        lines = list(BlanketLine.objects.filter(blanket=blanket).select_related("sku").order_by("position"))
        orders = (
            Order.objects.filter(lines__blanket_call__blanket_line__blanket=blanket).distinct().order_by("-placed_at")
        )
        return render_page(
            request,
            self.admin_site,
            "orders/blanket.html",
            title=blanket.number,
            opts=self.opts,
            blanket=blanket,
            lines=[_shown(line, called.get(line.pk, ZERO)) for line in lines],
            orders=orders[:100],
            once=uuid4().hex,
            events=events_of("orders.blanketorder", blanket.pk),
        )

    def call_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """An order of what was typed beside the lines; the form's own key keeps a second click from a second order."""
        blanket = get_object_or_404(BlanketOrder, pk=pk)
        placed: list[int] = []

        def act(actor: Actor) -> str:
            quantities = {
                line.pk: quantity
                for line in BlanketLine.objects.filter(blanket=blanket).select_related("sku")
                if (quantity := posted_quantity(request, f"line-{line.pk}", line.sku.code, ZERO)) > 0
            }
            result = services.call_off(
                pk,
                quantities=quantities,
                company_id=blanket.company_id,
                external_id=f"{blanket.number}-{request.POST.get('once', '')[:32] or uuid4().hex}",
                placed_at=timezone.now(),
                actor=actor,
            )
            if result.state == "refused":
                raise DomainError(result.detail)
            placed.append(result.order_id or 0)
            return gettext("%(number)s was placed.") % {"number": f"SO-{result.order_id:06d}"}

        response = run_action(request, act, back=_url(pk), permission="orders.change_blanketorder")
        return HttpResponseRedirect(reverse("admin:orders_order_change", args=placed)) if placed else response

    def status_view(self, request: HttpRequest, pk: int, status: str) -> HttpResponse:
        blanket = get_object_or_404(BlanketOrder, pk=pk)
        if status not in ("open", "closed"):
            return self.change_view(request, str(pk))

        def act(actor: Actor) -> str:
            changed = services.set_blanket_status(
                pk, company_id=blanket.company_id, status=status, reason=posted_reason(request), actor=actor
            )
            return f"{changed.number}: {changed.get_status_display()}"

        return run_action(request, act, back=_url(pk), permission="orders.change_blanketorder")


def _shown(line: BlanketLine, called: Decimal) -> dict[str, Any]:
    left = line.quantity - called
    return {"line": line, "called": called, "left": left, "percent": round(100 * called / line.quantity)}


def _url(pk: int) -> str:
    return reverse("admin:orders_blanketorder_change", args=[pk])
