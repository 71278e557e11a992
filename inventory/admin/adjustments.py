"""Adjustments of stock: the list, a form to write one, its page with the next steps; and their reasons."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, HouseAdmin, show_money, show_time
from backoffice.core.admin.pages import events_of, filled_panels, posted_reason, render_page, require, run_action
from backoffice.core.approving import approval_terms
from backoffice.core.errors import DomainError
from inventory import services
from inventory.admin.documents import moves_of
from inventory.admin.moving_forms import AdjustmentForm, AdjustmentLines, with_more_rows
from inventory.models import Adjustment, AdjustmentLine, AdjustmentReason
from inventory.states import ADJUSTMENT

CHANGE = "inventory.change_adjustment"
# name: (service, button, whether a reason is asked for, the status it leads to, whether goods move)
STEPS: dict[str, tuple[Callable[..., Adjustment], Any, bool, str, bool]] = {
    "submit": (services.submit_adjustment, _("Submit"), False, "submitted", True),
    "approve": (services.approve_adjustment, _("Approve and post"), False, "approved", True),
    "send-back": (services.send_back_adjustment, _("Send back"), True, "draft", False),
    "cancel": (services.cancel_adjustment, _("Cancel"), True, "cancelled", False),
    "reverse": (services.reverse_adjustment, _("Reverse"), True, "reversed", True),
}


@admin.register(AdjustmentReason)
class AdjustmentReasonAdmin(HouseAdmin):
    list_display = ["name", "code", "direction", "offset_role", "is_shrinkage", "show_above", "is_active"]
    list_filter = ["is_shrinkage", "is_active"]
    search_fields = ["code", "name"]

    @display(description=_("Approval above"))
    def show_above(self, reason: AdjustmentReason) -> str:
        above = reason.approval_above
        return "" if above is None else show_money(above, "")


@admin.register(Adjustment)
class AdjustmentAdmin(FactAdmin):
    list_display = [
        "show_number", "warehouse", "reason", "show_status", "show_value", "created_label", "show_created",
    ]  # fmt: skip
    list_select_related = ["warehouse", "reason", "company"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("warehouse", RelatedDropdownFilter),
        ("reason", RelatedDropdownFilter),
    ]
    list_filter_submit = True
    search_fields = ["=lines__sku__code"]
    ordering = ["-id"]

    @display(description=_("Number"))
    def show_number(self, adjustment: Adjustment) -> str:
        return adjustment.number

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, adjustment: Adjustment) -> tuple[str, str]:
        return adjustment.status, adjustment.get_status_display()

    @display(description=_("Value"))
    def show_value(self, adjustment: Adjustment) -> str:
        return show_money(adjustment.value, adjustment.company.base_currency_id)

    @display(description=_("Made"))
    def show_created(self, adjustment: Adjustment) -> str:
        return show_time(adjustment.created_at)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("inventory.add_adjustment")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/step/<str:name>/", view(self.step_view), name="inventory_adjustment_step"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A draft from the form; what is wrong stands beside its field, and nothing is written."""
        require(request, "inventory.add_adjustment")
        posted = request.POST if request.method == "POST" else None
        form = AdjustmentForm(posted)
        lines: Any = AdjustmentLines(posted, prefix="lines")
        if posted is not None and "more" in request.POST:
            lines = AdjustmentLines(with_more_rows(posted), prefix="lines")
        elif posted is not None and form.is_valid() and lines.is_valid_for(form.cleaned_data["warehouse"].company_id):
            made = _make(request, form, lines) if lines.place(form.cleaned_data["warehouse"]) else None
            if made is not None:
                messages.success(request, gettext("%(number)s is a draft.") % {"number": made.number})
                return HttpResponseRedirect(_url(made.pk))
        return render_page(
            request,
            self.admin_site,
            "inventory/moving_form.html",
            title=_("New adjustment"),
            opts=self.opts,
            form=form,
            lines=lines,
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        adjustment = self.get_object(request, object_id)
        if adjustment is None or not self.has_view_permission(request, adjustment):
            return super().change_view(request, object_id, form_url, extra_context)
        lines = list(
            AdjustmentLine.objects.filter(adjustment=adjustment).select_related("sku", "location", "lot")
            .order_by("position")
        )  # fmt: skip
        return render_page(
            request,
            self.admin_site,
            "inventory/adjustment.html",
            title=adjustment.number,
            opts=self.opts,
            adjustment=adjustment,
            currency=adjustment.company.base_currency_id,
            lines=lines,
            may=request.user.has_perm(CHANGE),
            approvers=_approvers(adjustment),
            mirror=Adjustment.objects.filter(reverses=adjustment).first(),
            steps=[
                (name, label, asks)
                for name, (_service, label, asks, status, _moves) in STEPS.items()
                if status in ADJUSTMENT[adjustment.status] and not (name == "approve" and adjustment.status == "draft")
            ],
            moves=moves_of("inventory.adjustmentline", [line.pk for line in lines]),
            panels=filled_panels("inventory.adjustment", adjustment.pk),
            events=events_of("inventory.adjustment", adjustment.pk),
        )

    def step_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        adjustment = get_object_or_404(Adjustment, pk=pk)
        if name not in STEPS:
            return self.change_view(request, str(pk))
        service, _label, asks, _status, moves = STEPS[name]

        def act(actor: Actor) -> str:
            reason = posted_reason(request) if asks else request.POST.get("reason", "").strip()[:300]
            when: dict[str, Any] = {"effective_at": timezone.now()} if moves else {}
            changed = service(pk, company_id=adjustment.company_id, actor=actor, reason=reason, **when)
            return f"{changed.number}: {changed.get_status_display()}"  # type: ignore[attr-defined]

        return run_action(request, act, back=_url(pk), permission=CHANGE)


def _make(request: HttpRequest, form: AdjustmentForm, lines: Any) -> Adjustment | None:
    data = form.cleaned_data
    try:
        with transaction.atomic():
            return services.create_adjustment(
                lines.inputs,
                company_id=data["warehouse"].company_id,
                warehouse_id=data["warehouse"].pk,
                reason_id=data["reason"].pk,
                note=data["note"],
                actor=Actor.of_request(request),
            )
    except DomainError as refusal:
        form.add_error(None, refusal.detail)
        return None


def _approvers(adjustment: Adjustment) -> list[Any] | None:
    """Who may approve one that waits; None if it does not wait, empty: anybody else with the right. Statements: 2."""
    if adjustment.status != "submitted":
        return None
    terms = approval_terms("adjustment", company_id=adjustment.company_id, free_up_to=adjustment.reason.approval_above)
    return terms.who(adjustment.value)


def _url(pk: int) -> str:
    return reverse("admin:inventory_adjustment_change", args=[pk])
