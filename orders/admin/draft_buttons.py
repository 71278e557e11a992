"""The buttons of a quote or draft: quoted until a day, placed as an order, given up."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.core.actor import Actor
from backoffice.core.admin.pages import posted_date, posted_reason, run_action
from backoffice.core.errors import InvalidInput
from orders import services
from orders.admin.buttons import order_url
from orders.models import DraftOrder


def draft_url(pk: int) -> str:
    return reverse("admin:orders_draftorder_change", args=[pk])


def quote(request: HttpRequest, pk: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        draft = get_object_or_404(DraftOrder, pk=pk)
        day = posted_date(request, "valid_until")
        if day is None:
            raise InvalidInput(gettext("Say until which day the quote holds."))
        services.quote_draft(
            pk,
            company_id=draft.company_id,
            actor=actor,
            valid_until=day,
            today=timezone.localdate(),
            version=_version(request),
        )
        return gettext("Quoted: it holds until the end of that day.")

    return run_action(request, act, back=draft_url(pk), permission="orders.change_draftorder")


def place(request: HttpRequest, pk: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        draft = get_object_or_404(DraftOrder, pk=pk)
        version = None if request.POST.get("then") else _version(request)
        result = services.place_draft(
            pk, company_id=draft.company_id, actor=actor, placed_at=timezone.now(), version=version
        )
        return gettext("Order %(number)s is placed.") % {"number": f"SO-{result.order_id:06d}"}

    answer = run_action(request, act, back=draft_url(pk), permission="orders.add_order")
    order_id = DraftOrder.objects.filter(pk=pk).values_list("order_id", flat=True).first()
    return HttpResponseRedirect(order_url(order_id)) if order_id else answer


def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        draft = get_object_or_404(DraftOrder, pk=pk)
        reason = posted_reason(request)
        services.cancel_draft(pk, company_id=draft.company_id, actor=actor, reason=reason, version=_version(request))
        return gettext("The draft is given up.")

    return run_action(request, act, back=draft_url(pk), permission="orders.change_draftorder")


def _version(request: HttpRequest) -> int:
    given = request.POST.get("version", "")
    if not given.isdecimal():
        raise InvalidInput(gettext("The form is incomplete; open it again."))
    return int(given)


BUTTONS = {"quote": quote, "place": place, "cancel": cancel}
