"""What the counter's pages have in common: who may, one call of a service, and what a form holds."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.admin.views.decorators import staff_member_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext

from backoffice.core.actor import Actor
from backoffice.core.errors import DomainError, InvalidInput
from orders.models import PaymentMethod
from warehouse.errors import ShiftClosed
from warehouse.models import Till, TillReceipt, TillShift
from warehouse.till.amounts import CODED
from warehouse.till.reads import open_shift

View = Callable[..., HttpResponse]
TENDERS = [(method.value, method.label) for method in map(PaymentMethod, ("cash", "card", *CODED))]


def page(permission: str) -> Callable[[View], View]:
    """For signed-in staff with the permission."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return staff_member_required(guarded, login_url="admin:login")

    return decorate


def run(request: HttpRequest, act: Callable[[Actor], None], back: str, said: str = "") -> HttpResponse:
    """Run a form's call in one transaction and go back, with what it says or with its refusal."""
    try:
        with transaction.atomic():
            act(Actor.of_request(request))
        if said:
            messages.success(request, said)
    except DomainError as refusal:
        messages.error(request, refusal.detail)
    return HttpResponseRedirect(back)


def till_of(pk: int) -> Till:
    return get_object_or_404(Till.objects.select_related("channel", "warehouse", "company"), pk=pk, is_active=True)


def receipt_row(pk: int) -> TillReceipt:
    rows = TillReceipt.objects.select_related("order", "shift__till__company", "shift__till__channel")
    return get_object_or_404(rows, pk=pk)


def counter_url(till: Till) -> str:
    return reverse("till:counter", args=[till.pk])


def shift_of(till: Till) -> TillShift:
    shift = open_shift(till.pk)
    if shift is None:
        raise ShiftClosed(gettext("The till has no open shift; open one first."), till_id=till.pk)
    return shift


def posted_key(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        raise InvalidInput(gettext("The form is stale; load the page again."), errors=[{"field": "key"}]) from None


def posted_amount(request: HttpRequest, field: str, empty: Decimal | None = None) -> Decimal:
    """A number of 0 or more. Raises InvalidInput."""
    text = request.POST.get(field, "").strip().replace(" ", "").replace(",", ".")
    if not text and empty is not None:
        return empty
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not 0 <= value < 10**9:
        raise InvalidInput(gettext("“%(text)s” is not an amount.") % {"text": text[:40]}, errors=[{"field": field}])
    return value
