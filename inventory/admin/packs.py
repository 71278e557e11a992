"""The parts of a SKU's page about packs, codes, substitutes and its life, with their buttons."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext

from backoffice.core.actor import Actor
from backoffice.core.admin.pages import posted_quantity, require
from backoffice.core.errors import InvalidInput
from inventory import services
from inventory.admin.acting import press
from inventory.labels import MAX_LABELS, BarcodeLabel, labels_pdf
from inventory.models import Barcode, Pack, PackKind, Sku, SkuOption, SkuStatus, Substitute
from inventory.selectors import skus_by_code
from inventory.services import BarcodeInput
from inventory.states import SKU

SIZES = ("weight_g", "length_mm", "width_mm", "height_mm")


def pack_context(sku: Sku) -> dict[str, Any]:
    """Packs with their codes, what makes the variant, substitutes, and where its life may go. Queries: 4."""
    codes = list(Barcode.objects.filter(sku=sku).order_by("pk"))
    packs = list(Pack.objects.filter(sku=sku).order_by("quantity", "pk"))
    following = [(status, SkuStatus(status).label) for status in SkuStatus.values if status in SKU[sku.status]]
    substitutes = list(Substitute.objects.filter(sku=sku).select_related("substitute").order_by("position"))
    return {
        "base_codes": [code for code in codes if code.pack_id is None],
        "packs": [(pack, [code for code in codes if code.pack_id == pack.pk]) for pack in packs],
        "pack_kinds": PackKind.choices,
        "variant": list(
            SkuOption.objects.filter(sku=sku).select_related("option", "value").order_by("option__position")
        ),
        "substitutes": substitutes,
        "substitute_codes": ", ".join(row.substitute.code for row in substitutes),
        "next_statuses": following,
    }


def urls(view: Any) -> list[Any]:
    return [
        path("<int:pk>/pack/", view(add_pack), name="inventory_sku_pack"),
        path("<int:pk>/pack/<int:pack>/remove/", view(remove_pack), name="inventory_sku_unpack"),
        path("<int:pk>/barcode/", view(add_barcode), name="inventory_sku_barcode"),
        path("<int:pk>/barcode/<int:code>/remove/", view(remove_barcode), name="inventory_sku_unbarcode"),
        path("<int:pk>/barcode/<int:code>/labels/", view(labels), name="inventory_sku_labels"),
        path("<int:pk>/status/", view(change_status), name="inventory_sku_status"),
        path("<int:pk>/substitutes/", view(save_substitutes), name="inventory_sku_substitutes"),
    ]


def _url(pk: int) -> str:
    return reverse("admin:inventory_sku_change", args=[pk])


def add_pack(request: HttpRequest, pk: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        sku = get_object_or_404(Sku, pk=pk)
        pack = Pack(
            company_id=sku.company_id,
            sku=sku,
            code=request.POST.get("code", "").strip()[:20],
            kind=request.POST.get("kind", ""),
            quantity=posted_quantity(request, "quantity", gettext("Quantity")),
            **{name: _size(request, name) for name in SIZES},
        )
        if not pack.code or pack.kind not in PackKind.values:
            raise InvalidInput(gettext("Give the pack a short code and its kind."), errors=[{"field": "code"}])
        if pack.quantity <= 0 or (pack.kind == PackKind.EACH and pack.quantity != 1):
            raise InvalidInput(
                gettext("A pack holds more than nothing; one of the kind “each” holds one."),
                errors=[{"field": "quantity"}],
            )
        codes = [code for code in request.POST.get("barcodes", "").replace(",", " ").split() if code]
        services.create_pack(pack, codes=codes, actor=actor)
        return gettext("%(pack)s holds %(quantity)s of %(sku)s.") % {
            "pack": pack.code,
            "quantity": f"{pack.quantity.normalize():f}",
            "sku": sku.code,
        }

    return press(request, act, back=_url(pk), permission="inventory.add_pack")


def _size(request: HttpRequest, name: str) -> int | None:
    text = request.POST.get(name, "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise InvalidInput(gettext("“%(text)s” is no whole number.") % {"text": text[:40]}, errors=[{"field": name}])
    return int(text)


def remove_pack(request: HttpRequest, pk: int, pack: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        row = get_object_or_404(Pack, pk=pack, sku_id=pk)
        services.delete_row(row, company_id=row.company_id, actor=actor)
        return gettext("Taken away.")

    return press(request, act, back=_url(pk), permission="inventory.delete_pack")


def add_barcode(request: HttpRequest, pk: int) -> HttpResponse:
    """A code that is on the goods, or one of the company's own if none is given."""

    def act(actor: Actor) -> str:
        sku = get_object_or_404(Sku, pk=pk)
        pack = request.POST.get("pack", "")
        row = BarcodeInput(pk, request.POST.get("code", "").strip()[:60], int(pack) if pack.isdecimal() else None)
        [made] = services.add_barcodes([row], company_id=sku.company_id, actor=actor)
        return gettext("%(code)s means %(quantity)s of %(sku)s.") % {
            "code": made.code,
            "quantity": f"{made.pack_quantity.normalize():f}",
            "sku": sku.code,
        }

    return press(request, act, back=_url(pk), permission="inventory.add_barcode")


def remove_barcode(request: HttpRequest, pk: int, code: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        row = get_object_or_404(Barcode, pk=code, sku_id=pk)
        services.delete_row(row, company_id=row.company_id, actor=actor)
        return gettext("Taken away.")

    return press(request, act, back=_url(pk), permission="inventory.delete_barcode")


def labels(request: HttpRequest, pk: int, code: int) -> HttpResponse:
    """?count= labels of one barcode as a PDF."""
    require(request, "inventory.view_barcode")
    row = get_object_or_404(Barcode.objects.select_related("sku", "pack"), pk=code, sku_id=pk)
    count = request.GET.get("count", "1")
    if not count.isdecimal() or not 1 <= int(count[:4]) <= MAX_LABELS:
        raise Http404
    note = f"{row.sku.code} × {row.pack_quantity.normalize():f}" if row.pack_id else row.sku.code
    pdf = labels_pdf([BarcodeLabel(row.code, row.symbology, row.sku.name, note)] * int(count))
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="labels-{row.pk}.pdf"'
    return response


def change_status(request: HttpRequest, pk: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        sku = get_object_or_404(Sku, pk=pk)
        services.change_sku_status(
            [pk],
            status=request.POST.get("status", ""),
            company_id=sku.company_id,
            actor=actor,
            reason=request.POST.get("reason", "").strip()[:300],
        )
        sku.refresh_from_db()
        return gettext("%(sku)s: %(status)s.") % {"sku": sku.code, "status": sku.get_status_display()}

    return press(request, act, back=_url(pk), permission="inventory.change_sku")


def save_substitutes(request: HttpRequest, pk: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        sku = get_object_or_404(Sku, pk=pk)
        codes = [code.strip() for code in request.POST.get("codes", "").replace("\n", ",").split(",") if code.strip()]
        known = skus_by_code(sku.company_id, codes) if codes else {}
        for code in codes:
            if code not in known:
                raise InvalidInput(
                    gettext("There is no SKU “%(code)s”.") % {"code": code[:60]}, errors=[{"field": "codes"}]
                )
        services.set_substitutes(
            pk,
            substitute_ids=[known[code] for code in codes],
            company_id=sku.company_id,
            actor=actor,
            both_ways=request.POST.get("both_ways") == "1",
        )
        return gettext("Saved.")

    return press(request, act, back=_url(pk), permission="inventory.change_sku")
