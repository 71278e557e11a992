"""Handling units: made and printed, what is in them, moved, nested, emptied and shipped."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import FactAdmin, show_time
from backoffice.core.admin.pages import events_of, posted_quantity, render_page, require, run_action
from backoffice.core.errors import DomainError, InvalidInput
from backoffice.core.scopes import offered
from inventory.models import Location, StockQuant
from warehouse import services
from warehouse.models import HandlingUnit, UnitKind
from warehouse.services.counting.common import blind_places
from warehouse.unit_labels import unit_labels_pdf, unit_labels_zpl

CHANGE = "warehouse.change_handlingunit"


@admin.register(HandlingUnit)
class HandlingUnitAdmin(FactAdmin):
    list_display = ["code", "kind", "warehouse", "show_place", "show_shipped"]
    list_select_related = ["warehouse", "stands_in", "parent"]
    list_filter = [("warehouse", RelatedDropdownFilter), "kind"]
    search_fields = ["code"]
    ordering = ["-id"]

    @display(description=_("Stands in"))
    def show_place(self, unit: HandlingUnit) -> str:
        return str(unit.stands_in or unit.parent or "")

    @display(description=_("Shipped"))
    def show_shipped(self, unit: HandlingUnit) -> str:
        return show_time(unit.shipped_at)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("warehouse.add_handlingunit")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        steps: dict[str, Callable[[HttpRequest, HandlingUnit, Actor], str]] = {
            "move": _move, "nest": _nest, "put-in": _put_in, "empty": _empty, "ship": _ship,
        }  # fmt: skip
        return [
            path("labels.pdf", view(_labels), name="warehouse_unit_labels"),
            path("labels.zpl", view(_labels_zpl), name="warehouse_unit_labels_zpl"),
            *(
                path(f"<int:pk>/{name}/", view(_step(act)), name=f"warehouse_unit_{name.replace('-', '_')}")
                for name, act in steps.items()
            ),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """So many empty units, and their labels to print."""
        require(request, "warehouse.add_handlingunit")
        made: list[HandlingUnit] = []
        if request.method == "POST":
            try:
                with transaction.atomic():
                    made = self._make(request)
            except DomainError as refusal:
                messages.error(request, refusal.detail)
        places = offered(Location.objects.filter(kind__in=("dock", "staging"), is_active=True)).select_related(
            "warehouse"
        )
        return render_page(
            request, self.admin_site, "warehouse/units_new.html", title=_("New handling units"), opts=self.opts,
            kinds=UnitKind.choices, places=places.order_by("warehouse__code", "code")[:200], made=made,
            ids=",".join(str(unit.pk) for unit in made),
        )  # fmt: skip

    def _make(self, request: HttpRequest) -> list[HandlingUnit]:
        place = get_object_or_404(Location, pk=request.POST.get("place") or 0)
        text = request.POST.get("count", "").strip()
        if not text.isdecimal() or not 0 < int(text[:6]) <= 500:
            raise InvalidInput(gettext("Give a number from 1 to 500."), errors=[{"field": "count"}])
        kind = request.POST.get("kind", "")
        return services.create_units(
            int(text), kind=kind if kind in UnitKind.values else UnitKind.PALLET, stands_in_id=place.pk,
            company_id=place.company_id, actor=Actor.of_request(request),
        )  # fmt: skip

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        unit = self.get_object(request, object_id)
        if unit is None or not self.has_view_permission(request, unit):
            return super().change_view(request, object_id, form_url, extra_context)
        contents = services.contents(unit.pk)
        return render_page(
            request, self.admin_site, "warehouse/unit.html", title=unit.code, opts=self.opts, unit=unit,
            contents=contents, blind=blind_places({each.location_id for each, _own in contents}), may=request.user.has_perm(CHANGE) and unit.shipped_at is None,
            events=events_of("warehouse.handlingunit", unit.pk),
        )  # fmt: skip


def _step(act: Callable[[HttpRequest, HandlingUnit, Actor], str]) -> Callable[..., HttpResponse]:
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        unit = get_object_or_404(HandlingUnit, pk=pk)
        back = reverse("admin:warehouse_handlingunit_change", args=[pk])
        return run_action(request, lambda actor: act(request, unit, actor), back=back, permission=CHANGE)

    return view


def _place(request: HttpRequest, unit: HandlingUnit) -> Location:
    code = request.POST.get("place", "").strip()
    found = Location.objects.filter(warehouse_id=unit.warehouse_id, code__iexact=code, is_active=True).first()
    if found is None:
        raise InvalidInput(gettext("%(code)s is no place of this warehouse.") % {"code": code[:40] or "–"})
    return found


def _move(request: HttpRequest, unit: HandlingUnit, actor: Actor) -> str:
    place = _place(request, unit)
    services.move_unit(unit.pk, to_location_id=place.pk, company_id=unit.company_id, actor=actor)
    return gettext("It stands in %(place)s now, with all that is in it.") % {"place": place.code}


def _nest(request: HttpRequest, unit: HandlingUnit, actor: Actor) -> str:
    own = offered(HandlingUnit.objects.all())
    parent = services.find_unit(request.POST.get("parent", ""), company_id=unit.company_id, among=own)
    services.nest_unit(unit.pk, parent_id=parent.pk, company_id=unit.company_id, actor=actor)
    return gettext("It stands in %(place)s now, with all that is in it.") % {"place": parent.code}


def _put_in(request: HttpRequest, unit: HandlingUnit, actor: Actor) -> str:
    place = _place(request, unit)
    code = request.POST.get("sku", "").strip()
    rows = list(StockQuant.objects.filter(location=place, sku__code__iexact=code, quantity__gt=0)[:2])
    if len(rows) != 1:
        raise InvalidInput(gettext("%(bin)s holds no %(sku)s.") % {"bin": place.code, "sku": code[:40] or "–"})
    quantity = posted_quantity(request, "quantity", code)
    goods = services.UnitGoods(rows[0].sku_id, quantity, rows[0].lot_id, rows[0].owner_id)
    if quantity <= 0:
        raise InvalidInput(gettext("How many? Give a quantity above zero."))
    services.put_in(
        unit.pk, goods=[goods], from_location_id=place.pk, company_id=unit.company_id, at=timezone.now(), actor=actor
    )
    return gettext("It is in the unit.")


def _empty(request: HttpRequest, unit: HandlingUnit, actor: Actor) -> str:
    place = _place(request, unit)
    services.take_goods_out(
        unit.pk, goods=None, to_location_id=place.pk, company_id=unit.company_id, at=timezone.now(), actor=actor
    )
    return gettext("All of it lies in %(place)s now.") % {"place": place.code}


def _ship(request: HttpRequest, unit: HandlingUnit, actor: Actor) -> str:
    done = services.ship_unit(
        unit.pk, company_id=unit.company_id, at=timezone.now(), actor=actor,
        carrier=request.POST.get("carrier", "").strip()[:60],
        tracking_number=request.POST.get("tracking_number", "").strip()[:80],
    )  # fmt: skip
    return gettext("%(n)s shipments have left with it.") % {"n": len(done.results)}


def _chosen(request: HttpRequest) -> list[HandlingUnit]:
    require(request, "warehouse.view_handlingunit")
    ids = [int(pk) for pk in request.GET.get("ids", "").split(",")[:500] if pk.isdecimal() and len(pk) < 18]
    return list(offered(HandlingUnit.objects.filter(pk__in=ids)).select_related("company", "warehouse").order_by("pk"))


def _labels(request: HttpRequest) -> HttpResponse:
    units = _chosen(request)
    if not units:
        return HttpResponse(gettext("There is no such handling unit."), status=404)
    return HttpResponse(unit_labels_pdf(units), content_type="application/pdf")


def _labels_zpl(request: HttpRequest) -> HttpResponse:
    return HttpResponse(unit_labels_zpl(_chosen(request)), content_type="application/zpl; charset=utf-8")
