"""The packing bench: keyboard and scanner, each unit scanned, weighed, labelled."""

import json
from typing import Any

from django.contrib.admin.sites import AdminSite
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.core.actor import Actor
from backoffice.core.admin.pages import render_page, require
from backoffice.core.errors import DomainError, InvalidInput
from backoffice.core.scopes import visible
from orders.models import Fulfilment
from warehouse import bench, services
from warehouse.carriers.labels import label_pdf, label_zpl
from warehouse.label_papers import label_papers, live_labels
from warehouse.models import Box

PACK = "warehouse.add_parcel"
TEXTS = {
    "wrong": _("%(text)s is not in this order: put it aside."),
    "too_many": _("%(sku)s: all %(of)s are in already. Take one out."),
    "unknown_box": _("No box has the code %(text)s."),
    "counted": _("%(sku)s: %(n)s of %(of)s"),
    "all_in": _("All is in: weigh it and press Enter."),
    "not_all": _("Not all is in: %(sku)s is missing. Scan it, or un-pick the rest."),
    "empty": _("Nothing is in this parcel yet."),
    "next_parcel": _("Parcel %(n)s: scan what goes in."),
    "packed": _("Packed: %(number)s."),
    "box": _("Box %(code)s"),
}
REFUSED = {
    "not_picked": _("It is not picked whole, was cancelled, or is packed already: scan it again to see."),
    "parcels_do_not_match": _("What you scanned is not what was picked: count it again."),
    "merged_apart": _("It shares its parcel with orders that are not picked yet: wait for them."),
}


def bench_urls(site: AdminSite) -> list[Any]:
    def view(which: Any) -> Any:
        return site.admin_view(lambda request, **kwargs: which(request, site=site, **kwargs))

    return [
        path("bench/", view(bench_view), name="warehouse_bench"),
        path("bench/find/", view(find_view), name="warehouse_bench_find"),
        path("bench/pack/", view(pack_view), name="warehouse_bench_pack"),
        path("shipments/<int:pk>/labels.pdf", view(labels_pdf), name="warehouse_labels_pdf"),
        path("shipments/<int:pk>/labels.zpl", view(labels_zpl), name="warehouse_labels_zpl"),
    ]


def bench_view(request: HttpRequest, site: AdminSite) -> HttpResponse:
    require(request, PACK)
    config = {
        "find": reverse("admin:warehouse_bench_find"),
        "pack": reverse("admin:warehouse_bench_pack"),
        "texts": {name: str(text) for name, text in TEXTS.items()},
        "start": request.GET.get("q", "")[:80],
    }
    return render_page(request, site, "warehouse/bench.html", title=_("Packing bench"), config=config)


def find_view(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """The work that was scanned, as JSON."""
    require(request, PACK)
    try:
        found = bench.find_work(request.GET.get("q", ""))
    except DomainError as refusal:
        return JsonResponse({"detail": refusal.detail}, status=404)
    others = services.packed_with([found.pk])
    return JsonResponse(
        {
            "fulfilment": found.pk,
            "number": found.number,
            "order": found.order.number,
            "buyer_service": found.order.shipping_service,
            "merged": len(others),
            "lines": bench.lines_of([found.pk, *others]),
            "boxes": bench.boxes_of(found.company_id),
            "services": bench.services_of(found.company_id, found.order.shipping_service),
        }
    )


def pack_view(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """body: fulfilment, parcels [{lines, weight_g, box}], service. Packs, then buys the label."""
    require(request, PACK)
    if request.method != "POST":
        return HttpResponse(status=405)
    try:
        body = json.loads(request.body)
        found = get_object_or_404(visible(Fulfilment.objects.all(), request.user), pk=int(body["fulfilment"]))
        parcels = list(body["parcels"])
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"detail": gettext("What was scanned cannot be read: scan the parcel again.")}, status=400)
    actor = Actor.of_request(request)
    try:
        with transaction.atomic():
            shipment_id = _pack(found, parcels, actor)
    except DomainError as refusal:
        return JsonResponse({"detail": refusal.detail, "code": refusal.code}, status=409)
    answer = {
        "shipment": shipment_id,
        "number": f"SH-{shipment_id:06d}",
        "slip": reverse("admin:orders_document_pdf", args=["packing_slip", shipment_id]),
        "label": "",
        "label_refused": "",
    }
    if service := body.get("service"):
        try:  # the parcel is packed either way: its label can be bought again at the work page
            services.buy_labels({shipment_id: int(service)}, company_id=found.company_id, actor=actor)
            answer["label"] = reverse("admin:warehouse_labels_pdf", args=[shipment_id])
        except (DomainError, ValueError) as refusal:
            answer["label_refused"] = getattr(refusal, "detail", str(refusal))
    return JsonResponse(answer)


def _number(parcel: Any, field: str) -> int | None:
    """A whole number from the page, None where it is empty. Raises InvalidInput."""
    text = str(parcel.get(field) or "").strip() if isinstance(parcel, dict) else "?"
    if text and not (text.isdecimal() and len(text) < 10):
        raise InvalidInput(
            gettext("What was scanned cannot be read: scan the parcel again."), errors=[{"field": field}]
        )
    return int(text) if text else None


def _pack(found: Fulfilment, parcels: list[Any], actor: Actor) -> int:
    others = services.packed_with([found.pk])
    boxes = {box.pk: box for box in Box.objects.filter(company_id=found.company_id)}
    named = []
    for parcel in parcels:
        box, weight = boxes.get(_number(parcel, "box") or 0), _number(parcel, "weight_g")
        bench.check_weight(box, weight)
        named.append((weight, bench.as_quantities(parcel.get("lines")), box.pk if box else None))
    scanned: dict[int, Any] = {}
    for _weight, lines, _box in named:
        for line, quantity in lines.items():
            scanned[line] = scanned.get(line, 0) + quantity
    for row in bench.lines_of([found.pk, *others]):
        if scanned.get(row["id"], 0) != bench.as_quantities({row["id"]: row["quantity"]})[row["id"]]:
            raise InvalidInput(
                gettext("%(sku)s: what was scanned is not what was picked. Count it again.") % {"sku": row["sku"]}
            )
    own = None if others else [(weight, lines) for weight, lines, _box in named]
    cartons = tuple(box for _weight, _lines, box in named)
    weight_g = named[0][0] if named else None
    [result, *_rest] = services.pack(
        [services.Pack(found.pk, own, boxes=cartons, weight_g=weight_g), *(services.Pack(pk) for pk in others)],
        company_id=found.company_id,
        effective_at=timezone.now(),
        actor=actor,
        device="bench",
    )
    if result.state != "packed" or result.shipment_id is None:
        raise InvalidInput(str(REFUSED.get(result.code, gettext("Somebody has packed this already."))))
    return result.shipment_id


def labels_pdf(request: HttpRequest, pk: int, site: AdminSite) -> HttpResponse:
    """4 × 6 inches, a page for each parcel."""
    require(request, "warehouse.view_parcellabel")
    labels = live_labels([pk])
    if not labels:
        return HttpResponse(gettext("This shipment has no label."), status=404)
    if labels[0].content_type == "application/pdf" and len(labels) == 1:
        return HttpResponse(bytes(labels[0].content), content_type="application/pdf")
    return HttpResponse(label_pdf(label_papers(labels)), content_type="application/pdf")


def labels_zpl(request: HttpRequest, pk: int, site: AdminSite) -> HttpResponse:
    """The same for a label printer."""
    require(request, "warehouse.view_parcellabel")
    labels = live_labels([pk])
    if not labels:
        return HttpResponse(gettext("This shipment has no label."), status=404)
    response = HttpResponse(label_zpl(label_papers(labels)), content_type="application/zpl; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="SH-{pk:06d}.zpl"'
    return response
