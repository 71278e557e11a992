"""Cancel requests on the warehouse's pages: what waits for an answer, and answering."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.core.actor import Actor
from backoffice.core.admin.pages import require, run_action
from backoffice.core.errors import InvalidInput
from backoffice.core.show import show_number
from inventory.models import Location
from orders.models import CancelRequest, Fulfilment
from orders.selectors.merges import parcel_mates
from warehouse import services


def cancel_section(fulfilment: Fulfilment) -> dict[str, Any]:
    """What the work page tells of requests and of what shares the parcel. Statements: at most 3."""
    asked = CancelRequest.objects.filter(fulfilment=fulfilment, status="open").select_related(
        "order_line__sku", "fulfilment_line__allocation__sku"
    )
    group = fulfilment.merge_group_id
    mates = parcel_mates([group]).get(group, []) if group is not None else []
    return {
        "asked": list(asked.order_by("pk")),
        "mates": [mate for mate in mates if mate[0] != fulfilment.pk],
        "bins": Location.objects.filter(
            warehouse=fulfilment.warehouse_id, kind="bin", is_active=True, blocked_at=None
        ).order_by("code")[:500],
    }


def answer(back: Callable[[int], str]) -> Callable[..., HttpResponse]:
    """The view of the answer; back: the work page of a fulfilment."""

    def view(request: HttpRequest, pk: int) -> HttpResponse:
        require(request, "orders.change_fulfilment")
        asked = get_object_or_404(CancelRequest, pk=pk)

        def act(actor: Actor) -> str:
            accept = request.POST.get("accept") == "1"
            said = request.POST.get("answer", "").strip()[:300]
            if not accept and not said:
                raise InvalidInput(gettext("Say why it is refused: the order desk tells the buyer."))
            place = request.POST.get("location", "")
            [result] = services.answer_cancels(
                [services.Answer(pk, accept, said, int(place) if place.isdecimal() and len(place) < 18 else None)],
                company_id=asked.company_id,
                effective_at=timezone.now(),
                actor=actor,
            )
            if result.state == "refused":
                return gettext("Refused: the goods may leave.")
            if result.put_back:
                said = gettext("Cancelled: %(quantity)s go back to their bin.")
                return said % {"quantity": show_number(result.put_back)}
            return gettext("Cancelled: it is off the pick list.")

        return run_action(request, act, back=back(asked.fulfilment_id), permission="orders.change_fulfilment")

    return view
