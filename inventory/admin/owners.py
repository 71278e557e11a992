"""Owners of goods that lie with us: their terms, their stock, what was sold of it and what is owed."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from backoffice.core.actor import Actor
from backoffice.core.admin.base import HouseAdmin
from backoffice.core.admin.pages import events_of, posted_quantity, render_page, run_action
from backoffice.core.errors import InvalidInput
from backoffice.core.scopes import offered
from inventory import services
from inventory.admin.documents import moves_of
from inventory.admin.owner_statement import bill_view, statement_view
from inventory.models import Location, Sku, StockOwner
from inventory.selectors.owners import owned_stock, owner_statement

CHANGE = "inventory.change_stockowner"
SHOWN = 100


@admin.register(StockOwner)
class StockOwnerAdmin(HouseAdmin):
    list_display = ["party", "kind", "is_active", "note"]
    list_select_related = ["party__person"]
    list_filter = [("kind", ChoicesDropdownFilter), "is_active"]
    search_fields = ["party__code", "party__name"]
    autocomplete_fields = ["party"]
    ordering = ["id"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["company", "party", "kind"] if obj else []

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/edit/", view(self.edit_view), name="inventory_stockowner_edit"),
            path("<int:pk>/term/", view(self.term_view), name="inventory_stockowner_term"),
            path("<int:pk>/receive/", view(self.receive_view), name="inventory_stockowner_receive"),
            path("<int:pk>/return/", view(self.return_view), name="inventory_stockowner_return"),
            path("<int:pk>/statement/", view(statement_view), name="inventory_stockowner_statement"),
            path("<int:pk>/bill/", view(bill_view), name="inventory_stockowner_bill"),
            *super().get_urls(),
        ]

    def edit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.changeform_view(request, str(pk))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        owner = self.get_object(request, object_id)
        if owner is None or not self.has_view_permission(request, owner):
            return super().change_view(request, object_id, form_url, extra_context)
        sold = owner_statement(owner.pk, company_id=owner.company_id, limit=SHOWN)
        places = offered(
            Location.objects.filter(
                company_id=owner.company_id, warehouse__is_transit=False, kind__in=["bin", "dock"], is_active=True
            )
        )
        return render_page(
            request,
            self.admin_site,
            "inventory/stock_owner.html",
            title=str(owner),
            opts=self.opts,
            owner=owner,
            currency=owner.company.base_currency_id,
            terms=owner.terms.select_related("sku").order_by("sku__code"),
            stock=owned_stock(owner.party_id, company_id=owner.company_id)[:500],
            sold=sold,
            places=places.select_related("warehouse").order_by("warehouse__code", "kind", "code")[:400],
            may=request.user.has_perm(CHANGE),
            key=uuid4().hex,
            moves=moves_of("inventory.stockowner", [owner.pk]),
            events=events_of("inventory.stockowner", owner.pk),
        )

    def term_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        owner = get_object_or_404(StockOwner, pk=pk)

        def act(actor: Actor) -> str:
            services.set_consignment_term(
                pk,
                sku_id=_sku(request, owner),
                unit_price=posted_quantity(request, "price", gettext("Price")),
                is_active=request.POST.get("active") != "0",
                company_id=owner.company_id,
                actor=actor,
            )
            return gettext("The price is saved.")

        return run_action(request, act, back=_url(pk), permission=CHANGE)

    def receive_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        owner = get_object_or_404(StockOwner, pk=pk)

        def act(actor: Actor) -> str:
            line = services.OwnersGoods(
                _sku(request, owner), posted_quantity(request, "quantity", gettext("Quantity")), _place(request)
            )
            services.receive_for_owner(
                [line],
                owner_id=pk,
                company_id=owner.company_id,
                effective_at=timezone.now(),
                actor=actor,
                source_key=f"owner:{pk}:{_key(request)}",
            )
            return gettext("Received; the goods stay their owner's.")

        return run_action(request, act, back=_url(pk), permission=CHANGE)

    def return_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        owner = get_object_or_404(StockOwner, pk=pk)

        def act(actor: Actor) -> str:
            lines = [
                services.OwnersGoods(quant.sku_id, quantity, quant.location_id, quant.lot_id)
                for quant in owned_stock(owner.party_id, company_id=owner.company_id)
                if (quantity := posted_quantity(request, f"quant-{quant.pk}", quant.sku.code, Decimal(0)))
            ]
            services.return_to_owner(
                lines,
                owner_id=pk,
                company_id=owner.company_id,
                effective_at=timezone.now(),
                actor=actor,
                source_key=f"owner_return:{pk}:{_key(request)}",
            )
            return gettext("The goods went back to their owner.")

        return run_action(request, act, back=_url(pk), permission=CHANGE)


def _sku(request: HttpRequest, owner: StockOwner) -> int:
    code = request.POST.get("sku", "").strip()
    found = Sku.objects.filter(company_id=owner.company_id, code__iexact=code).values_list("pk", flat=True).first()
    if found is None:
        raise InvalidInput(gettext("There is no SKU “%(code)s”.") % {"code": code[:60]}, errors=[{"field": "sku"}])
    return found


def _key(request: HttpRequest) -> str:
    """Of the form as it was shown: pressed twice it is one booking."""
    return request.POST.get("key", "")[:40] or uuid4().hex


def _place(request: HttpRequest) -> int:
    place = request.POST.get("location", "")
    if not (place.isdecimal() and len(place) < 19):
        raise InvalidInput(gettext("Choose where the goods are put."), errors=[{"field": "location"}])
    return int(place)


def _url(pk: int) -> str:
    return reverse("admin:inventory_stockowner_change", args=[pk])
