"""Purchase orders: the list, a form to write one, and a page with the next steps."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, show_time
from backoffice.core.admin.lists import ListView
from backoffice.core.admin.pages import posted_reason, render_page, require, run_action
from backoffice.core.errors import DomainError
from inventory import services
from inventory.admin.promising import expect, trust
from inventory.admin.purchase_form import PurchaseForm, PurchaseLines
from inventory.admin.purchasing import changes, desk, receipts, scorecard, supplier
from inventory.admin.purchasing.page import order_page
from inventory.models import PurchaseOrder
from inventory.selectors import late_purchase_orders
from inventory.selectors.late import ON_THE_WAY

# name: (service, button, whether a reason is asked for, the status it leads to)
STEPS: dict[str, tuple[Callable[..., PurchaseOrder], Any, bool, str]] = {
    "submit": (services.submit_purchase_order, _("Ask for approval"), False, "submitted"),
    "approve": (services.approve_purchase_order, _("Approve"), False, "approved"),
    "refuse": (services.refuse_purchase_order, _("Back to the buyer"), True, "draft"),
    "send": (services.send_purchase_order, _("Mark as sent"), False, "sent"),
    "confirm": (services.confirm_purchase_order, _("Confirmed as ordered"), False, "confirmed"),
    "reopen": (services.reopen_purchase_order, _("Open again"), True, "received"),
    "close": (services.close_purchase_order, _("Expect nothing more"), True, "closed"),
    "cancel": (services.cancel_purchase_order, _("Cancel"), True, "cancelled"),
}


def _narrow(**conditions: Any) -> Callable[[QuerySet[Any]], QuerySet[Any]]:
    return lambda rows: rows.filter(Q(**conditions))


@admin.register(PurchaseOrder)
class PurchaseOrderAdmin(FactAdmin):
    list_display = [
        "show_number", "supplier", "warehouse", "show_status", "reference", "show_ordered", "expected_date", "buyer",
    ]  # fmt: skip
    list_select_related = ["supplier__person", "warehouse", "buyer"]
    list_filter = [("status", ChoicesDropdownFilter), ("warehouse", RelatedDropdownFilter)]
    list_views = (
        ListView("all", _("All")),
        ListView("drafts", _("Drafts"), _narrow(status="draft")),
        ListView("to_approve", _("To approve"), _narrow(status="submitted")),
        ListView("to_send", _("To send"), _narrow(status="approved")),
        ListView("open", _("On their way"), _narrow(status__in=ON_THE_WAY)),
        ListView("late", _("Late"), lambda rows: late_purchase_orders(rows, today=timezone.localdate())),
    )
    search_fields = ["=reference", "=supplier_reference", "supplier__code__istartswith", "supplier__name"]
    search_help_text = _("Our or the supplier's reference, or the supplier")
    ordering = ["-id"]

    @display(description=_("Number"))
    def show_number(self, order: PurchaseOrder) -> str:
        return order.number

    @display(description=_("Ordered"))
    def show_ordered(self, order: PurchaseOrder) -> str:
        return show_time(order.ordered_at)

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, order: PurchaseOrder) -> tuple[str, str]:
        return order.status, order.get_status_display()

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("inventory.add_purchaseorder")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("desk/", view(desk.desk_view), name="inventory_purchasing_desk"),
            path("suppliers/", view(scorecard.report_view), name="inventory_supplier_report"),
            path("suppliers/<int:pk>/", view(supplier.supplier_view), name="inventory_supplier"),
            path("suppliers/<int:pk>/list/", view(supplier.upload_view), name="inventory_supplier_list"),
            path("<int:pk>/step/<str:name>/", view(self.step_view), name="inventory_purchaseorder_step"),
            path("<int:pk>/edit/", view(self.edit_view), name="inventory_purchaseorder_edit"),
            path("<int:pk>/expect/", view(expect), name="inventory_purchaseorder_expect"),
            path("<int:pk>/trust/", view(trust), name="inventory_purchaseorder_trust"),
            path("<int:pk>/revise/", view(changes.revise), name="inventory_purchaseorder_revise"),
            path("<int:pk>/confirmation/", view(changes.confirm), name="inventory_purchaseorder_confirmation"),
            path("<int:pk>/revisions/<int:number>/", view(changes.decide), name="inventory_purchaseorder_decide"),
            path("<int:pk>/note/", view(changes.note), name="inventory_purchaseorder_note"),
            path(
                "<int:pk>/receipts/<int:move_id>/reverse/",
                view(receipts.reverse_receipt),
                name="inventory_purchaseorder_receipt_reverse",
            ),
            path("<int:pk>/lines/", view(changes.import_lines), name="inventory_purchaseorder_lines"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A draft from the form; what is wrong stands beside its field, and nothing is written."""
        require(request, "inventory.add_purchaseorder")

        def write(form: Any, lines: Any, actor: Actor) -> PurchaseOrder:
            return services.create_purchase_order(
                lines.inputs, ordered_at=timezone.now(), actor=actor, **form.arguments()
            )

        return self._write(request, write, title=_("New purchase order"))

    def edit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A draft written anew."""
        require(request, "inventory.change_purchaseorder")
        order = get_object_or_404(PurchaseOrder, pk=pk)

        def write(form: Any, lines: Any, actor: Actor) -> PurchaseOrder:
            values = form.cleaned_data
            return services.edit_purchase_order(
                pk,
                lines=lines.inputs,
                company_id=order.company_id,
                actor=actor,
                **{name: values[name] for name in ("expected_date", "reference", "note")},
            )

        return self._write(request, write, title=order.number, order=order)

    def _write(
        self, request: HttpRequest, write: Callable[..., PurchaseOrder], *, title: Any, order: Any = None
    ) -> HttpResponse:
        posted = request.POST if request.method == "POST" else None
        form = PurchaseForm(posted, order=order)
        lines: Any = PurchaseLines(posted, prefix="lines", initial=_rows(order) if order and posted is None else None)
        if posted is not None and "more" in request.POST:
            lines = PurchaseLines(_with_more_rows(posted), prefix="lines")
        elif posted is not None and form.is_valid() and lines.is_valid_for(form.cleaned_data["warehouse"].company_id):
            try:
                with transaction.atomic():
                    made = write(form, lines, Actor.of_request(request))
                messages.success(request, gettext("%(number)s is a draft.") % {"number": made.number})
                return HttpResponseRedirect(_url(made.pk))
            except DomainError as refusal:
                form.add_error(None, refusal.detail)
        return render_page(
            request,
            self.admin_site,
            "inventory/purchase_form.html",
            title=title,
            opts=self.opts,
            form=form,
            lines=lines,
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        order = self.get_object(request, object_id)
        if order is None or not self.has_view_permission(request, order):
            return super().change_view(request, object_id, form_url, extra_context)
        return render_page(
            request,
            self.admin_site,
            "inventory/purchase_order.html",
            title=order.number,
            opts=self.opts,
            **order_page(order, STEPS),
        )

    def step_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        order = get_object_or_404(PurchaseOrder, pk=pk)
        if name not in STEPS:
            return self.change_view(request, str(pk))
        service, _label, asks, _status = STEPS[name]

        def act(actor: Actor) -> str:
            reason = posted_reason(request) if asks else request.POST.get("reason", "").strip()[:300]
            changed = service(pk, company_id=order.company_id, actor=actor, reason=reason)
            return f"{changed.number}: {changed.get_status_display()}"  # type: ignore[attr-defined]

        back = reverse("admin:inventory_purchasing_desk") if "desk" in request.POST else _url(pk)
        return run_action(request, act, back=back, permission="inventory.change_purchaseorder")


def _rows(order: PurchaseOrder) -> list[dict[str, Any]]:
    return [
        {"sku": line.sku.code, "quantity": line.quantity.normalize(), "unit_cost": line.unit_cost.normalize()}
        for line in order.lines.select_related("sku").order_by("position")
    ]


def _with_more_rows(posted: Any) -> Any:
    data = posted.copy()
    rows = data.get("lines-TOTAL_FORMS", "0")
    data["lines-TOTAL_FORMS"] = str(min(int(rows) if rows.isdecimal() else 0, 190) + 10)
    return data


def _url(pk: int) -> str:
    return reverse("admin:inventory_purchaseorder_change", args=[pk])
