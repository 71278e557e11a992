"""The order page's changes: the edit form, revisions, cancel requests, splitting and merging."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from backoffice.core.actor import Actor
from backoffice.core.admin.pages import posted_date, posted_quantity, posted_reason, render_page, require, run_action
from backoffice.core.errors import DomainError, InvalidInput
from backoffice.core.models import AuditEvent
from inventory.selectors import skus_by_code
from orders import services
from orders.admin.buttons import as_seen, order_url, seen_version
from orders.admin.charges_form import charge_rows, posted_charges
from orders.admin.order_form import (
    MAX_ROWS,
    address_fields,
    blank_rows,
    goods_of,
    number_of,
    posted_address,
    posted_rows,
)
from orders.errors import VersionConflict
from orders.models import CancelRequest, Fulfilment, FulfilmentLine, Order
from orders.selectors.merges import mergeable_with, parcel_mates
from orders.services.changing.edits import EDITABLE

ZERO = Decimal(0)
SPLITTABLE = ("pending", "ready", "on_hold")


def change_section(order: Order) -> dict[str, Any]:
    """The context of orders/_changes.html. Statements: at most 8."""
    revisions = list(order.revisions.order_by("version"))
    work = list(Fulfilment.objects.filter(order=order).order_by("pk"))
    lines = FulfilmentLine.objects.filter(
        fulfilment__in=[f.pk for f in work if f.status in SPLITTABLE], quantity__gt=0
    ).select_related("order_line", "allocation__sku")
    parts: dict[int, list[FulfilmentLine]] = {}
    for line in lines.order_by("pk"):
        parts.setdefault(line.fulfilment_id, []).append(line)
    groups = {f.merge_group_id for f in work if f.merge_group_id is not None}
    mates = parcel_mates(groups) if groups else {}
    return {
        "can_edit": order.status in EDITABLE,
        "revisions": revisions,
        "as_sent": revisions[0].before if revisions else None,
        "cancel_requests": list(
            order.cancel_requests.select_related(
                "order_line", "fulfilment", "fulfilment_line__allocation__sku"
            ).order_by("-pk")[:20]
        ),
        "splittable": [
            (f, parts[f.pk])
            for f in work
            if f.pk in parts and (len(parts[f.pk]) > 1 or sum((p.quantity for p in parts[f.pk]), ZERO) > 1)
        ],
        "merge_with": [(mine, found) for mine, found in mergeable_with(order.pk) if found and mine.group_id is None],
        "merged": [
            (f, [mate for mate in mates[f.merge_group_id] if mate[0] != f.pk])
            for f in work
            if f.merge_group_id in mates and f.status not in ("shipped", "cancelled")
        ],
    }


def edit_page(site: AdminSite, opts: Any) -> Any:
    """The view of the edit form."""

    def view(request: HttpRequest, pk: int) -> HttpResponse:
        require(request, "orders.change_order")
        order = get_object_or_404(Order.objects.select_related("channel", "shipping_address", "contact__person"), pk=pk)
        if order.status not in EDITABLE:
            messages.error(
                request,
                gettext("An order that is %(status)s cannot be changed.") % {"status": order.get_status_display()},
            )
            return HttpResponseRedirect(order_url(pk))
        told: dict[str, Any] = {}
        if request.method == "POST":
            try:
                with transaction.atomic():
                    said = _change(request, order)
            except VersionConflict as refusal:
                order.refresh_from_db()
                told = {"conflict": refusal.detail, "news": _news(order, request.POST.get("seen", ""))}
            except DomainError as refusal:
                told = {"refusal": refusal.detail}
            else:
                messages.success(request, said)
                return HttpResponseRedirect(order_url(pk))
        context = _form(request, order) | told
        page = render_page(request, site, "orders/edit.html", title=order.number, opts=opts, **context)
        page.status_code = 409 if told else 200
        return page

    return view


def _change(request: HttpRequest, order: Order) -> str:
    """Read the form against what it showed, and change what differs. Raises what change_order raises."""
    version = request.POST.get("version", "")
    if not version.isdecimal():
        raise InvalidInput(gettext("The form is incomplete; open it again."))
    priced = request.user.has_perm("orders.change_price")
    result = services.change_order(
        order.pk,
        edit=_edit(request, order),
        company_id=order.company_id,
        actor=Actor.of_request(request),
        reason=posted_reason(request),
        today=timezone.localdate(),
        may_price=priced,
        version=int(version),
    )
    if result.requests:
        return ngettext(
            "Changed; %(count)s part is being picked: the warehouse is asked to give it up.",
            "Changed; %(count)s parts are being picked: the warehouse is asked to give them up.",
            len(result.requests),
        ) % {"count": len(result.requests)}
    if result.back_ordered:
        return gettext("Changed. Some goods are not in stock yet: they wait for a delivery.")
    return gettext("Changed: claims, work and the later invoice follow.")


def _edit(request: HttpRequest, order: Order) -> services.OrderEdit:
    """Only what the editor changed: each field comes with what the form had shown."""
    swaps = {
        line_id: code
        for line_id in order.lines.values_list("pk", flat=True)
        if (code := request.POST.get(f"swap-{line_id}", "").strip())
    }
    known = skus_by_code(order.company_id, sorted(set(swaps.values()))) if swaps else {}
    for code in swaps.values():
        if code not in known:
            raise InvalidInput(gettext("There is no SKU “%(code)s”.") % {"code": code[:60]})
    edits = []
    for line in order.lines.order_by("position"):
        name = gettext("Line %(position)s") % {"position": line.position}
        quantity = _changed(request, f"quantity-{line.pk}", name)
        price = _changed(request, f"price-{line.pk}", name)
        swap = known[swaps[line.pk]] if line.pk in swaps else None
        discount = _changed(request, f"discount-{line.pk}", name)
        if any(typed is not None for typed in (quantity, price, swap, discount)):
            edits.append(services.LineEdit(line.pk, quantity, price, swap, discount))
    added = [
        services.LineAddition(goods.sku_id, goods.quantity, goods.unit_price, discount=goods.discount)
        for goods in goods_of(posted_rows(request), order.company_id)
    ]
    charges, added_charges = posted_charges(request, order)
    address = posted_address(request)
    shown = {name: request.POST.get(f"was-address-{name}", "") for name, _l, _s, _v in address_fields(None)}
    moved = any(getattr(address, name) != value for name, value in shown.items())
    service = request.POST.get("shipping_service", "").strip()[:60]
    due = request.POST.get("promise_date") != request.POST.get("was-promise_date")
    return services.OrderEdit(
        lines=edits,
        added=added,
        charges=charges,
        added_charges=added_charges,
        shipping_address=address if moved else None,
        shipping_service=service if service != request.POST.get("was-shipping_service", "") else None,
        promise_date=posted_date(request, "promise_date") if due else None,
    )


def _changed(request: HttpRequest, field: str, name: str) -> Decimal | None:
    """What was typed, where it differs from what the form had shown."""
    typed = number_of(request.POST.get(field, ""), name)
    return None if typed is None or typed == number_of(request.POST.get(f"was-{field}", ""), name) else typed


def _form(request: HttpRequest, order: Order) -> dict[str, Any]:
    """The form: as the order stands, with what was typed on top of it."""
    posted = request.POST if request.method == "POST" else {}
    lines = []
    for line in order.lines.select_related("sku").order_by("position"):
        kept = line.quantity - line.cancelled
        lines.append(
            {
                "line": line,
                "kept": kept,
                "quantity": posted.get(f"quantity-{line.pk}"),
                "price": posted.get(f"price-{line.pk}"),
                "swap": posted.get(f"swap-{line.pk}", ""),
                "discount": posted.get(f"discount-{line.pk}"),
                "differs": _differs(posted, f"quantity-{line.pk}", kept)
                or _differs(posted, f"price-{line.pk}", line.unit_price),
            }
        )
    typed = posted_rows(request) if request.method == "POST" else []
    newest = AuditEvent.objects.filter(object_type="orders.order", object_id=order.pk).order_by("-id").first()
    return {
        "order": order,
        "lines": lines,
        **charge_rows(order, posted),
        "rows": blank_rows(typed, least=2),
        "max_rows": MAX_ROWS,
        "address": [
            (name, label, size, value, posted.get(f"address-{name}", value))
            for name, label, size, value in address_fields(order.shipping_address)
        ],
        "service": posted.get("shipping_service", order.shipping_service),
        "promise": posted.get("promise_date", order.promise_date.isoformat() if order.promise_date else ""),
        "reason": posted.get("reason", ""),
        "seen": newest.pk if newest else 0,
    }


def _differs(posted: Any, field: str, now: Decimal) -> bool:
    """Whether somebody changed meanwhile what this form had shown."""
    shown = posted.get(f"was-{field}")
    try:
        return shown is not None and number_of(shown, field) != now
    except InvalidInput:
        return False


def _news(order: Order, seen: str) -> list[AuditEvent]:
    """What happened since the form was opened."""
    rows = AuditEvent.objects.filter(object_type="orders.order", object_id=order.pk)
    if seen.isdecimal() and len(seen) < 18:
        rows = rows.filter(pk__gt=int(seen))
    return list(rows.select_related("actor").order_by("-id")[:20])


def split(request: HttpRequest, pk: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        order = get_object_or_404(Order, pk=pk)
        as_seen(request, pk)
        work = get_object_or_404(Fulfilment, pk=request.POST.get("fulfilment") or 0, order=order)
        asked = {}
        for line in work.lines.select_related("order_line").order_by("pk"):
            name = gettext("Line %(position)s") % {"position": line.order_line.position}
            if quantity := posted_quantity(request, f"part-{line.pk}", name, ZERO):
                asked[line.pk] = quantity
        made = services.split_fulfilment(work.pk, lines=asked, company_id=order.company_id, actor=actor)
        return gettext("Parted: %(number)s leaves apart.") % {"number": f"FO-{made:06d}"}

    return run_action(request, act, back=order_url(pk), permission="orders.change_fulfilment")


def merge(request: HttpRequest, pk: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        order = get_object_or_404(Order, pk=pk)
        services.merge_fulfilments(_ids(request), company_id=order.company_id, actor=actor, versions=_seen(request, pk))
        return gettext("They leave in one parcel now; each order keeps its own invoice.")

    return run_action(request, act, back=order_url(pk), permission="orders.change_fulfilment")


def unmerge(request: HttpRequest, pk: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        order = get_object_or_404(Order, pk=pk)
        services.unmerge_fulfilments(
            _ids(request), company_id=order.company_id, actor=actor, versions=_seen(request, pk)
        )
        return gettext("It leaves in a parcel of its own again.")

    return run_action(request, act, back=order_url(pk), permission="orders.change_fulfilment")


def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        asked = get_object_or_404(CancelRequest, pk=request.POST.get("request") or 0, order_id=pk)
        services.refuse_cancels(
            [asked.pk], company_id=asked.company_id, actor=actor, answer=posted_reason(request), withdrawn=True
        )
        return gettext("The request is taken back: the goods may leave.")

    return run_action(request, act, back=order_url(pk), permission="orders.change_order")


def _seen(request: HttpRequest, pk: int) -> dict[int, int]:
    """The version of this order that the form was made from; the others' locks come with the service's."""
    version = seen_version(request)
    return {} if version is None else {pk: version}


def _ids(request: HttpRequest) -> list[int]:
    given = request.POST.getlist("fulfilment")
    if not given or not all(item.isdecimal() and len(item) < 18 for item in given):
        raise InvalidInput(gettext("Choose what is to leave together."))
    return [int(item) for item in given]


BUTTONS = {"split": split, "merge": merge, "unmerge": unmerge, "withdraw": withdraw}
