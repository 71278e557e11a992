"""Returns: the list, and a page with what may be done next."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import show_time
from backoffice.core.admin.pages import posted_reason, require, run_action
from backoffice.core.admin.step_up import step_up
from orders import services
from orders.admin.exchanges import money_section, store_credit
from orders.admin.fulfilment import NumberedAdmin
from orders.documents.barcodes import code_128
from orders.models import Disposition, ReturnOrder, ReturnPhoto
from orders.photos import find_photo, photo_response
from orders.selectors.returned import goods_left
from orders.states import RETURN


def _send(ids: Sequence[int], *, company_id: int, actor: Actor, reason: str) -> None:
    """The text is the parcel's tracking number."""
    services.send_return(ids[0], company_id=company_id, actor=actor, tracking_number=reason)


# name: (service, button, whether a reason is asked for, the status it leads to)
STEPS: dict[str, tuple[Callable[..., None], Any, bool, str]] = {
    "approve": (services.approve_returns, _("Approve"), False, "approved"),
    "send": (_send, _("On its way"), False, "in_transit"),
    "reject": (services.reject_returns, _("Reject"), True, "rejected"),
    "inspect": (services.inspect_returns, _("Nothing more will come"), True, "inspected"),
    "cancel": (services.cancel_returns, _("Cancel"), True, "cancelled"),
    "close": (services.close_returns, _("Close"), True, "closed"),
}


@admin.register(ReturnOrder)
class ReturnOrderAdmin(NumberedAdmin):
    list_display = ["show_number", "channel", "order", "show_status", "reason", "show_requested"]
    list_select_related = ["order", "channel"]
    list_filter = [("status", ChoicesDropdownFilter), ("channel", RelatedDropdownFilter)]
    search_fields = ["=external_id"]

    @display(description=_("Asked for"))
    def show_requested(self, document: ReturnOrder) -> str:
        return show_time(document.requested_at)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/step/<str:name>/", view(self.step_view), name="orders_returnorder_step"),
            path("<int:pk>/store-credit/", view(store_credit), name="orders_returnorder_store_credit"),
            path("<int:pk>/refund/", view(self.refund_view), name="orders_returnorder_refund"),
            path("<int:pk>/photos/<int:photo_id>/", view(self.photo_view), name="orders_returnorder_photo"),
            path("<int:pk>/photos/erase/", view(self.erase_view), name="orders_returnorder_erase_photos"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return self.story(request, object_id, "orders/return.html", _page)

    def step_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        found = get_object_or_404(ReturnOrder, pk=pk)
        if name not in STEPS:
            return self.change_view(request, str(pk))
        service, _label, asks, _status = STEPS[name]

        def act(actor: Actor) -> str:
            reason = posted_reason(request) if asks else request.POST.get("reason", "").strip()[:300]
            service([pk], company_id=found.company_id, actor=actor, reason=reason)
            return gettext("Return %(number)s has changed.") % {"number": found.number}

        return run_action(request, act, back=_url(pk), permission="orders.change_returnorder")

    @method_decorator(step_up)
    def refund_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        found = get_object_or_404(ReturnOrder, pk=pk)

        def act(actor: Actor) -> str:
            [note] = services.resolve_returns(
                [pk], company_id=found.company_id, effective_at=timezone.now(), actor=actor
            )
            if note is None:
                return gettext("The return is done; nothing is refunded for it.")
            return gettext("Refunded by credit note %(number)s.") % {"number": note.number}

        return run_action(request, act, back=_url(pk), permission="orders.change_returnorder")

    def photo_view(self, request: HttpRequest, pk: int, photo_id: int) -> HttpResponse:
        require(request, "orders.view_returnphoto")
        photo = find_photo(pk, photo_id)
        if photo is None:
            raise Http404
        return photo_response(photo)

    def erase_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        found = get_object_or_404(ReturnOrder, pk=pk)

        def act(actor: Actor) -> str:
            count = services.erase_photos(pk, company_id=found.company_id, actor=actor, reason=posted_reason(request))
            return gettext("Photos erased: %(count)s.") % {"count": count}

        return run_action(request, act, back=_url(pk), permission="orders.delete_returnphoto")


def barcode_svg(number: str) -> str:
    """The return's number to be scanned at the dock, drawn by us."""
    svg: str = code_128(number).get("svg", "")
    return mark_safe(svg[svg.find("<svg") :]) if "<svg" in svg else ""


def _page(found: ReturnOrder) -> dict[str, Any]:
    lines = list(found.lines.select_related("sku", "order_line").order_by("position"))
    goods = goods_left(return_order_ids=[found.pk])
    return {
        **money_section(found),
        "lines": lines,
        "goods": [
            (row, Disposition(row.disposition).label, row.disposition in ("inspect", "quarantine", "refurbish"))
            for row in goods.values()
            if row.left > 0
        ],
        "next": _next(found, any(row.disposition == "inspect" and row.left > 0 for row in goods.values())),
        "barcode": barcode_svg(found.number),
        "photos": list(
            ReturnPhoto.objects.filter(return_line__return_order=found)
            .select_related("return_line")
            .order_by("return_line__position", "pk")
        ),
        "steps": [
            (name, label, asks or (name == "approve" and found.outside_window))
            for name, (_service, label, asks, status) in STEPS.items()
            if status in RETURN[found.status]
        ],
        "can_refund": found.status == "inspected" or (found.status == "approved" and found.refunds),
        "without_goods": found.status == "approved",
        "total": sum(line.net + line.tax for line in lines),
        "credit_note": found.credit_note,
    }


NEXT = {
    "requested": _("Approve or reject it."),
    "approved": _("The customer sends the goods; book them in when they are here."),
    "in_transit": _("The parcel is on its way: book it in at the dock, or close the return if it never comes."),
    "received": _("More is expected: book it in, or say that nothing more will come."),
    "inspected": _("Everything is decided: refund it."),
}


def _next(found: ReturnOrder, waiting: bool) -> Any:
    """What somebody has to do now, in one sentence; empty when it is done."""
    if waiting:
        return _("Goods wait to be inspected: say what becomes of them.")
    if found.status == "requested" and found.outside_window:
        return _("Asked for outside the window: approve it with a reason, or reject it.")
    if found.status == "approved" and not found.goods_expected:
        return _("No goods come back: refund it.")
    return NEXT.get(found.status, "")


def _url(pk: int) -> str:
    return reverse("admin:orders_returnorder_change", args=[pk])
