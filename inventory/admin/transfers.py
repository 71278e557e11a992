"""Transfers: the list, a form to ask for one, and a page with the next steps."""

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

from accounting.models import Party
from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, show_time
from backoffice.core.admin.pages import (
    events_of,
    filled_panels,
    posted_date,
    posted_quantity,
    posted_reason,
    render_page,
    require,
    run_action,
)
from backoffice.core.errors import InvalidInput
from backoffice.core.money import ZERO
from backoffice.core.scopes import offered
from inventory import services
from inventory.admin.documents import moves_of
from inventory.admin.moving_forms import TransferForm, TransferLines, with_more_rows
from inventory.models import Location, SettlementKind, Transfer, TransferLine, TransferSettlement
from inventory.states import TRANSFER

CHANGE = "inventory.change_transfer"
# name: (service, button, whether a reason is asked for, the status it leads to)
STEPS: dict[str, tuple[Callable[..., Any], Any, bool, str]] = {
    "approve": (services.approve_transfers, _("Approve"), False, "approved"),
    "close": (services.close_transfers, _("Close"), False, "closed"),
    "cancel": (services.cancel_transfers, _("Cancel"), True, "cancelled"),
}
SHORT = (
    ("refuse", _("all of it or nothing")),
    ("wait", _("what there is, and wait for the rest")),
    ("cut", _("what there is, and give the rest up")),
)


@admin.register(Transfer)
class TransferAdmin(FactAdmin):
    list_display = ["show_number", "source", "target", "show_status", "expected_date", "show_shipped", "note"]
    list_select_related = ["source", "target"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("source", RelatedDropdownFilter),
        ("target", RelatedDropdownFilter),
    ]
    list_filter_submit = True
    search_fields = ["=tracking_number", "=lines__sku__code"]
    ordering = ["-id"]

    @display(description=_("Number"))
    def show_number(self, transfer: Transfer) -> str:
        return transfer.number

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, transfer: Transfer) -> tuple[str, str]:
        return transfer.status, transfer.get_status_display()

    @display(description=_("Shipped"))
    def show_shipped(self, transfer: Transfer) -> str:
        return show_time(transfer.shipped_at)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("inventory.add_transfer")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/step/<str:name>/", view(self.step_view), name="inventory_transfer_step"),
            path("<int:pk>/allocate/", view(self.allocate_view), name="inventory_transfer_allocate"),
            path("<int:pk>/expect/", view(self.expect_view), name="inventory_transfer_expect"),
            path("<int:pk>/give-up/", view(self.give_up_view), name="inventory_transfer_give_up"),
            path("<int:pk>/settle/", view(self.settle_view), name="inventory_transfer_settle"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A draft from the form; what is wrong stands beside its field, and nothing is written."""
        require(request, "inventory.add_transfer")
        posted = request.POST if request.method == "POST" else None
        form = TransferForm(posted)
        lines: Any = TransferLines(posted, prefix="lines")
        if posted is not None and "more" in request.POST:
            lines = TransferLines(with_more_rows(posted), prefix="lines")
        elif posted is not None and form.is_valid() and lines.is_valid_for(form.cleaned_data["source"].company_id):
            data = form.cleaned_data
            draft = services.TransferDraft(
                data["source"].pk, data["target"].pk, lines.inputs, data["expected_date"], note=data["note"]
            )
            with transaction.atomic():
                [made] = services.create_transfers(
                    [draft], company_id=data["source"].company_id, actor=Actor.of_request(request)
                )
            if made.transfer_id is not None:
                messages.success(request, gettext("The transfer is a draft."))
                return HttpResponseRedirect(_url(made.transfer_id))
            form.add_error(None, made.detail)
        return render_page(
            request,
            self.admin_site,
            "inventory/moving_form.html",
            title=_("New transfer"),
            opts=self.opts,
            form=form,
            lines=lines,
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        transfer = self.get_object(request, object_id)
        if transfer is None or not self.has_view_permission(request, transfer):
            return super().change_view(request, object_id, form_url, extra_context)
        lines = list(
            TransferLine.objects.filter(transfer=transfer).select_related("sku", "lot", "owner__person", "demand")
            .order_by("position")
        )  # fmt: skip
        may = request.user.has_perm(CHANGE)
        moving = [line for line in lines if line.in_transit > 0]
        return render_page(
            request,
            self.admin_site,
            "inventory/transfer.html",
            title=transfer.number,
            opts=self.opts,
            transfer=transfer,
            lines=lines,
            waiting=[line for line in lines if line.demand and line.demand.unmet > 0 and line.to_ship > 0],
            next=NEXT.get(transfer.status, ""),
            may=may,
            steps=[
                (name, label, asks)
                for name, (_service, label, asks, status) in STEPS.items()
                if status in TRANSFER[transfer.status] and not (name == "close" and moving)
            ],
            short=SHORT if may and transfer.status == "approved" else (),
            settle=_settle_choices(transfer, moving) if may and moving else None,
            settlements=TransferSettlement.objects.filter(line__transfer=transfer)
            .select_related("line__sku", "claim_on__person")
            .order_by("id"),
            moves=moves_of("inventory.transferline", [line.pk for line in lines]),
            panels=filled_panels("inventory.transfer", transfer.pk),
            events=events_of("inventory.transfer", transfer.pk),
        )

    def step_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        transfer = get_object_or_404(Transfer, pk=pk)
        if name not in STEPS:
            return self.change_view(request, str(pk))
        service, _label, asks, status = STEPS[name]

        def act(actor: Actor) -> str:
            reason = posted_reason(request) if asks else request.POST.get("reason", "").strip()[:300]
            service([pk], company_id=transfer.company_id, actor=actor, reason=reason)
            return f"{transfer.number}: {dict(Transfer._meta.get_field('status').flatchoices)[status]}"

        return run_action(request, act, back=_url(pk), permission=CHANGE)

    def allocate_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        transfer = get_object_or_404(Transfer, pk=pk)

        def act(actor: Actor) -> str:
            short: Any = request.POST.get("short", "refuse")
            if short not in dict(SHORT):
                raise InvalidInput(gettext("Choose what to do where less is there."), errors=[{"field": "short"}])
            [status] = services.allocate_transfers([pk], company_id=transfer.company_id, actor=actor, short=short)
            if status == "approved":
                return gettext("What is there is claimed; the rest waits for goods that come in.")
            return gettext("Everything is claimed: it can be shipped.")

        return run_action(request, act, back=_url(pk), permission=CHANGE)

    def expect_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        transfer = get_object_or_404(Transfer, pk=pk)

        def act(actor: Actor) -> str:
            services.set_transfer_date(
                pk,
                company_id=transfer.company_id,
                date=posted_date(request, "expected"),
                actor=actor,
                reason=request.POST.get("reason", "").strip()[:300],
            )
            return gettext("Saved: what was promised from it is counted again.")

        return run_action(request, act, back=_url(pk), permission=CHANGE)

    def give_up_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        transfer = get_object_or_404(Transfer, pk=pk)

        def act(actor: Actor) -> str:
            services.give_up_rest(pk, company_id=transfer.company_id, actor=actor, reason=posted_reason(request))
            return gettext("The rest is given up.")

        return run_action(request, act, back=_url(pk), permission=CHANGE)

    def settle_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What became of goods that never arrived."""
        transfer = get_object_or_404(Transfer, pk=pk)

        def act(actor: Actor) -> str:
            kind = request.POST.get("kind", "")
            if kind not in SettlementKind.values:
                raise InvalidInput(gettext("Say what became of the goods."), errors=[{"field": "kind"}])
            place, party = (_number(request, field) for field in ("location", "claim_on"))
            parts = [
                services.Settlement(
                    line.pk,
                    quantity,
                    kind,
                    location_id=place if kind in ("found_source", "found_target") else None,
                    claim_on_id=party if kind == "claim" else None,
                    serials=tuple(request.POST.get(f"serials-{line.pk}", "").split()),
                )
                for line in TransferLine.objects.filter(transfer=transfer).select_related("sku").order_by("position")
                if (quantity := posted_quantity(request, f"line-{line.pk}", line.sku.code, ZERO))
            ]
            changed = services.settle_transfer(
                pk,
                settlements=parts,
                company_id=transfer.company_id,
                effective_at=timezone.now(),
                actor=actor,
                reason=posted_reason(request),
            )
            return f"{changed.number}: {changed.get_status_display()}"

        return run_action(request, act, back=_url(pk), permission=CHANGE)


def _settle_choices(transfer: Transfer, moving: list[TransferLine]) -> dict[str, Any]:
    """What the form about a difference offers. Statements: 2."""
    places = offered(
        Location.objects.filter(
            warehouse_id__in=[transfer.source_id, transfer.target_id],
            is_active=True,
            kind__in=["dock", "bin", "quarantine"],
        )
    )
    carriers = Party.objects.filter(company_id=transfer.company_id, is_supplier=True).select_related("person")
    return {
        "lines": moving,
        "kinds": SettlementKind.choices,
        "places": places.select_related("warehouse").order_by("warehouse__code", "-kind", "code")[:400],
        "parties": carriers.order_by("code")[:400],
    }


def _number(request: HttpRequest, field: str) -> int | None:
    text = request.POST.get(field, "")
    return int(text) if text.isdecimal() and len(text) < 19 else None


def _url(pk: int) -> str:
    return reverse("admin:inventory_transfer_change", args=[pk])


NEXT = {
    "draft": _("Approve it: then its goods are wanted at the source."),
    "approved": _("Claim its goods: then the warehouse can ship them."),
    "allocated": _("The warehouse ships it."),
    "partly_shipped": _("Ship the rest, or give it up."),
    "shipped": _("The target warehouse receives it."),
    "partly_received": _("Receive the rest, or say what became of it."),
    "received": _("All of it is there: close it."),
}
