"""Booking a return parcel in at the dock, and deciding on goods that waited: a page for a phone."""

from collections.abc import Sequence
from decimal import Decimal

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.core.actor import Actor
from backoffice.core.admin.pages import posted_quantity, render_page, require, run_action
from backoffice.core.errors import InvalidInput
from inventory.selectors import skus_by_code
from orders.models import Disposition, Grade, ReturnLine, ReturnOrder
from orders.selectors.returned import GoodsLeft, goods_left
from warehouse import services
from warehouse.admin.receiving_rows import posted_serials
from warehouse.services.regrading import WAITING
from warehouse.services.return_places import KINDS

GOODS = [(value, Disposition(value).label) for value in KINDS]
DECIDED = [(value, label) for value, label in GOODS if value != Disposition.INSPECT]
PARTS = (1, 2, 3)  # a line may be split over so many at once
ZERO = Decimal(0)


def receive_return(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what came of each line and what becomes of it; the refund follows when all is in."""
    require(request, "warehouse.add_receipt")
    found = get_object_or_404(ReturnOrder.objects.select_related("channel", "order"), pk=pk)
    lines = list(
        ReturnLine.objects.filter(return_order=found, sku__isnull=False).select_related("sku").order_by("position")
    )
    goods = [row for row in goods_left(return_order_ids=[pk]).values() if row.left > 0 and row.disposition in WAITING]
    if request.method == "POST":
        act = _decide if request.POST.get("what") == "decide" else _receive
        return run_action(
            request,
            lambda actor: act(request, found, lines, goods, actor),
            back=reverse("admin:orders_returnorder_change", args=[pk]),
            permission="warehouse.add_receipt",
        )
    return render_page(
        request,
        admin.site,
        "warehouse/receive_return.html",
        title=_("Receive a return"),
        document=found,
        rows=[
            (line, line.quantity - line.received, _endings(f"{line.pk}"))
            for line in lines
            if line.received < line.quantity
        ],
        goods=[(row, Disposition(row.disposition).label, _endings(f"goods-{row.goods_id}")) for row in goods],
        dispositions=GOODS,
        decisions=DECIDED,
        grades=Grade.choices,
        expected=found.goods_expected and found.status in ("approved", "in_transit", "received"),
    )


def _receive(
    request: HttpRequest, found: ReturnOrder, lines: Sequence[ReturnLine], goods: Sequence[GoodsLeft], actor: Actor
) -> str:
    came = [
        services.ReturnedLine(line.pk, quantity, what, None, grade, note, serials)
        for line in lines
        for quantity, what, grade, note, serials in _parts(request, f"{line.pk}", line.code)
    ]
    unexpected = _unexpected(request, found.company_id)
    if not (came or unexpected):
        raise InvalidInput(gettext("Give a quantity for at least one line."))
    [result] = services.receive_returns(
        [services.ReturnReceipt(found.pk, came, unexpected)],
        company_id=found.company_id,
        effective_at=timezone.now(),
        actor=actor,
        refund=request.POST.get("refund") == "1",
        device="browser",
    )
    if result.credit_note_number:
        return gettext("Received and refunded: %(number)s") % {"number": result.credit_note_number}
    return gettext("Received into stock.")


def _decide(
    request: HttpRequest, found: ReturnOrder, lines: Sequence[ReturnLine], goods: Sequence[GoodsLeft], actor: Actor
) -> str:
    decisions = [
        services.Decision(row.goods_id, quantity, what, grade, None, note)
        for row in goods
        for quantity, what, grade, note, _serials in _parts(request, f"goods-{row.goods_id}", row.sku_code)
    ]
    if not decisions:
        raise InvalidInput(gettext("Give a quantity for at least one line."))
    services.decide_goods(decisions, company_id=found.company_id, effective_at=timezone.now(), actor=actor)
    return gettext("It is written down what becomes of the goods.")


def _endings(key: str) -> list[str]:
    """How the fields of a line's parts are named: line-7, line-7-2, line-7-3."""
    return [key if part == 1 else f"{key}-{part}" for part in PARTS]


def _parts(request: HttpRequest, key: str, name: str) -> list[tuple[Decimal, str, str, str, tuple[str, ...]]]:
    """(quantity, disposition, grade, note, serial numbers) of each part of a line that was filled in."""
    found = []
    for ending in _endings(key):
        quantity = posted_quantity(request, f"line-{ending}", name, ZERO)
        if quantity > 0:
            values = [request.POST.get(f"{field}-{ending}", "").strip() for field in ("disposition", "grade", "note")]
            serials = posted_serials(request, f"serials-{ending}")
            found.append((quantity, values[0], values[1], values[2][:300], serials))
    return found


def _unexpected(request: HttpRequest, company_id: int) -> list[services.UnexpectedGoods]:
    code = request.POST.get("unexpected-sku", "").strip()
    if not code:
        return []
    known = skus_by_code(company_id, [code])
    if code not in known:
        raise InvalidInput(gettext("There is no SKU “%(code)s”.") % {"code": code[:60]})
    return [
        services.UnexpectedGoods(known[code], quantity, what, grade, note)
        for quantity, what, grade, note, _serials in _parts(request, "unexpected", code)[:1]
    ]
