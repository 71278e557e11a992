"""Working a fulfilment in the browser: make its pick list, pick, pack, ship."""

from collections.abc import Sequence
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
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, show_number, show_time
from backoffice.core.admin.pages import events_of, posted_quantity, posted_reason, render_page, require, run_action
from backoffice.core.errors import DomainError, InvalidInput
from backoffice.core.scopes import is_visible, offered
from orders.models import CancelRequest, Fulfilment, Shipment
from warehouse import services
from warehouse.admin import cancels, transfers
from warehouse.admin.bench import bench_urls
from warehouse.admin.receiving_rows import posted_serials
from warehouse.admin.walks import walk_urls
from warehouse.label_papers import live_labels
from warehouse.models import Parcel, ParcelLabel, PickList, PickTask
from warehouse.selectors import WALK

WORK_URL = "admin:warehouse_work"
PACKED = ("draft", "labelled")
REFUSALS = {
    "order_held": _("The order is held: release its holds first."),
    "order_cancelled": _("The order is cancelled: put the goods back."),
    "on_hold": _("The order is held: release its holds first."),
    "not_ready": _("It is not at this step any more: look at its status."),
    "empty": _("There is nothing to pick."),
    "not_in_bins": _("The goods are not in the bins: count them, or put them away first."),
    "not_picked": _("Pick first: not everything has been picked."),
    "parcels_do_not_match": _("The parcels do not hold what was picked."),
    "not_found": _("It does not exist any more."),
    "cancelled": _("The pick was cancelled."),
    "picked_otherwise": _("It was picked already, with another quantity."),
    "more_than_asked": _("More was given than is asked for."),
    "negative": _("A quantity is 0 or more."),
    "merged_apart": _("It shares a parcel with other orders: pick those first, they are packed and shipped together."),
    "labels_differ": _("One parcel has one label: give one tracking number for all."),
    "cancel_requested": _("A part of it is to be cancelled: answer that first."),
    "packed": _("It is packed: unpack it first."),
    "not_picking": _("Nothing of it is picked: look at its status."),
    "wrong_lot": _("That is another lot than the one claimed."),
    "held_lot": _("The lot is blocked: pick none of it; the order waits for other goods."),
    "expired_lot": _("The lot has expired: pick none of it; the order waits for other goods."),
}


@admin.register(PickList)
class PickListAdmin(FactAdmin):
    list_display = ["show_number", "show_fulfilment", "warehouse", "show_status", "assigned_to", "show_created"]
    list_select_related = ["fulfilment", "warehouse", "assigned_to"]
    list_filter = [("status", ChoicesDropdownFilter), ("warehouse", RelatedDropdownFilter)]
    ordering = ["-id"]

    @display(description=_("Pick list"))
    def show_number(self, pick_list: PickList) -> str:
        return pick_list.number

    @display(description=_("Fulfilment"))
    def show_fulfilment(self, pick_list: PickList) -> str:
        return pick_list.fulfilment.number

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, pick_list: PickList) -> tuple[str, str]:
        return pick_list.status, pick_list.get_status_display()

    @display(description=_("Made"))
    def show_created(self, pick_list: PickList) -> str:
        return show_time(pick_list.created_at)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            *bench_urls(self.admin_site),
            *walk_urls(self.admin_site),
            path("work/", view(self.queue_view), name="warehouse_queue"),
            path("work/transfers/<int:pk>/ship/", view(transfers.ship_view), name="warehouse_transfer_ship"),
            path("work/transfers/<int:pk>/receive/", view(transfers.receive_view), name="warehouse_transfer_receive"),
            path("work/cancels/<int:pk>/", view(cancels.answer(_work_url)), name="warehouse_cancel_answer"),
            path("work/<int:pk>/", view(self.work_view), name="warehouse_work"),
            path("work/<int:pk>/start/", view(self.start_view), name="warehouse_start"),
            path("work/<int:pk>/pick/", view(self.pick_view), name="warehouse_pick"),
            path("work/<int:pk>/pack/", view(self.pack_view), name="warehouse_pack"),
            path("work/<int:pk>/ship/", view(self.ship_view), name="warehouse_ship"),
            path("work/<int:pk>/unpick/", view(self.unpick_view), name="warehouse_unpick"),
            path("work/<int:pk>/unpack/", view(self.unpack_view), name="warehouse_unpack"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        pick_list = self.get_object(request, object_id)
        if pick_list is None:
            return super().change_view(request, object_id, form_url, extra_context)
        return self.work_view(request, pick_list.fulfilment_id)

    def queue_view(self, request: HttpRequest) -> HttpResponse:
        """What waits in the warehouse, oldest first."""
        require(request, "warehouse.view_picklist")
        waiting = (
            offered(Fulfilment.objects.exclude(status__in=["shipped", "cancelled"]))
            .select_related("order__channel", "warehouse")
            .order_by("id")[:200]
        )
        return render_page(
            request,
            self.admin_site,
            "warehouse/queue.html",
            title=_("Work"),
            opts=self.opts,
            waiting=waiting,
            asked=[row for row in services.open_requests() if is_visible(CancelRequest, row.pk, request.user)],
            transfer_lists=transfers.waiting_transfers(),
        )

    def work_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, "warehouse.view_picklist")
        fulfilment = get_object_or_404(Fulfilment.objects.select_related("order__channel", "warehouse"), pk=pk)
        return render_page(
            request,
            self.admin_site,
            "warehouse/work.html",
            title=fulfilment.number,
            opts=self.opts,
            fulfilment=fulfilment,
            **cancels.cancel_section(fulfilment),
            lines=fulfilment.lines.select_related("order_line__sku", "allocation__sku").order_by(
                "order_line__position", "id"
            ),
            tasks=_tasks(request, fulfilment),
            shipments=_shipments(fulfilment),
            parcels=Parcel.objects.filter(shipment__fulfilment=fulfilment).order_by("id"),
            events=events_of("orders.fulfilment", pk),
        )

    def start_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        fulfilment = get_object_or_404(Fulfilment, pk=pk)

        def act(actor: Actor) -> str:
            _done(services.create_pick_lists([pk], company_id=fulfilment.company_id, actor=actor))
            return gettext("The pick list is ready.")

        return run_action(request, act, back=_work_url(pk), permission="warehouse.change_picklist")

    def pick_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, "warehouse.change_picklist")
        fulfilment = get_object_or_404(Fulfilment, pk=pk)

        def act(actor: Actor) -> str:
            picks = [
                services.Pick(
                    task_id=task.pk,
                    quantity=posted_quantity(request, f"task-{task.pk}", task.sku.code, task.quantity),
                    serials=posted_serials(request, f"serials-{task.pk}"),
                )
                for task in PickTask.objects.filter(
                    pick_list__fulfilment=pk, status__in=["open", "assigned", "in_progress"]
                )
                .select_related("sku")
                .order_by("id")
            ]
            _done(
                services.confirm_picks(
                    picks, company_id=fulfilment.company_id, effective_at=timezone.now(), actor=actor, device="browser"
                )
            )
            return gettext("Picked.")

        if request.method != "POST":
            return HttpResponseRedirect(_work_url(pk))
        require(request, "warehouse.change_picktask")
        try:
            with transaction.atomic():
                messages.success(request, act(Actor.of_request(request)))
        except DomainError as refusal:
            messages.error(request, refusal.detail)
            return self.work_view(request, pk)  # with what was typed
        return HttpResponseRedirect(_work_url(pk))

    def unpick_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        fulfilment = get_object_or_404(Fulfilment, pk=pk)

        def act(actor: Actor) -> str:
            reason = posted_reason(request)
            [result] = services.unpick([pk], company_id=fulfilment.company_id, actor=actor, reason=reason)
            _done([result])
            if result.put_back:
                said = gettext("Un-picked: %(quantity)s wait in staging to be put back.")
                return said % {"quantity": show_number(result.put_back)}
            return gettext("Un-picked: it is ready again.")

        return run_action(request, act, back=_work_url(pk), permission="warehouse.change_picklist")

    def unpack_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        fulfilment = get_object_or_404(Fulfilment, pk=pk)

        def act(actor: Actor) -> str:
            services.unpack([pk], company_id=fulfilment.company_id, actor=actor, reason=posted_reason(request))
            return gettext("Unpacked: its label is void, pack it anew.")

        return run_action(request, act, back=_work_url(pk), permission="warehouse.add_parcel")

    def pack_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        fulfilment = get_object_or_404(Fulfilment, pk=pk)

        def act(actor: Actor) -> str:
            _done(
                services.pack(
                    [services.Pack(fulfilment_id=each) for each in [pk, *services.packed_with([pk])]],
                    company_id=fulfilment.company_id,
                    effective_at=timezone.now(),
                    actor=actor,
                )
            )
            return gettext("Packed: the shipment is ready to leave.")

        return run_action(request, act, back=_work_url(pk), permission="warehouse.add_parcel")

    def ship_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        fulfilment = get_object_or_404(Fulfilment, pk=pk)

        def act(actor: Actor) -> str:
            own = list(Shipment.objects.filter(fulfilment=pk, status__in=PACKED).values_list("pk", flat=True))
            shipments = Shipment.objects.filter(pk__in=[*own, *services.shipped_with(own)]).order_by("id")
            if not shipments:
                raise InvalidInput(gettext("Pack first: there is no shipment to send."))
            results = services.ship(
                [
                    services.Dispatch(
                        shipment_id=shipment.pk,
                        carrier=request.POST.get("carrier", "")[:60] or shipment.carrier,
                        service=request.POST.get("service", "")[:60] or shipment.service,
                        tracking_number=request.POST.get("tracking_number", "").strip()[:80]
                        or shipment.tracking_number,
                        shipped_at=timezone.now(),
                        tracking_url=shipment.tracking_url,
                    )
                    for shipment in shipments
                ],
                company_id=fulfilment.company_id,
                actor=actor,
            )
            _done(results)
            numbers = ", ".join(result.invoice_number for result in results if result.invoice_number)
            return gettext("Shipped and invoiced: %(numbers)s") % {"numbers": numbers or "–"}

        return run_action(request, act, back=_work_url(pk), permission="orders.change_shipment")


def _shipments(fulfilment: Fulfilment) -> list[tuple[Shipment, list[services.Offer], list[ParcelLabel]]]:
    """Each with the carriers' offers where it waits for a label, and the labels it has."""
    found = []
    for shipment in Shipment.objects.filter(fulfilment=fulfilment).order_by("id"):
        labels = live_labels([shipment.pk])
        asks = shipment.status in PACKED and not labels
        offers = services.rate_shop(shipment.pk, company_id=shipment.company_id) if asks else []
        found.append((shipment, offers, labels))
    return found


def _tasks(request: HttpRequest, fulfilment: Fulfilment) -> list[tuple[PickTask, dict[str, str]]]:
    """The tasks in walking order, with what was typed for each, or is proposed."""
    tasks = (
        PickTask.objects.filter(pick_list__fulfilment=fulfilment)
        .select_related(
            "sku",
            "lot",
            "from_location",
            "to_location",
            "picked_by",
            "pick_list",
            "fulfilment_line__order_line__sku",
        )
        .order_by(*WALK)
    )
    return [
        (
            task,
            {
                "quantity": request.POST.get(f"task-{task.pk}", f"{task.quantity.normalize():f}"),
                "serials": request.POST.get(f"serials-{task.pk}", ""),
            },
        )
        for task in tasks
    ]


def _done(results: Sequence[Any]) -> None:
    """Say the first refusal of a batch that the page made."""
    for result in results:
        if result.state == "refused":
            raise InvalidInput(str(REFUSALS.get(result.code, result.code)))


def _work_url(pk: int) -> str:
    return reverse(WORK_URL, args=[pk])
