"""Goods received, not invoiced: the items, the ageing at any day, write-offs, and the tolerances of bills."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter, RelatedDropdownFilter
from unfold.decorators import display

from accounting.models import Company, Party
from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, HouseAdmin, show_money, show_quantity
from backoffice.core.admin.lists import ListView
from backoffice.core.admin.pages import asked_date, events_of, posted_reason, render_page, require, run_action
from backoffice.core.errors import InvalidInput
from backoffice.core.export import table_response
from backoffice.core.money import ZERO
from backoffice.core.scopes import offered
from inventory import services
from inventory.models import BillTolerance, GrniItem, GrniKind, GrniMatch, GrniWriteOff, Warehouse
from inventory.selectors.grni import BUCKETS, Uninvoiced, grni_ages, grni_balance, uninvoiced

SHOWN = 500
HEADINGS = (
    _("Supplier"), _("Kind"), _("Order"), _("SKU"), _("Bill"), _("Date"), _("Days"), _("Quantity"), _("Value"),
)  # fmt: skip


@admin.register(GrniItem)
class GrniItemAdmin(FactAdmin):
    list_display = ["show_number", "kind", "supplier", "sku", "show_order", "date", "show_quantity", "show_open",
                    "show_value"]  # fmt: skip
    list_select_related = ["supplier__person", "sku", "po_line", "company"]
    list_filter = [("kind", ChoicesDropdownFilter), ("supplier", RelatedDropdownFilter), ("date", RangeDateFilter)]
    list_filter_submit = True
    search_fields = ["sku__code__istartswith"]
    ordering = ["-id"]
    list_views = (
        ListView("", _("All")),
        ListView("open", _("Open"), lambda rows: rows.filter(open_quantity__gt=0), ("date", "id")),
    )

    @display(description=_("Item"))
    def show_number(self, item: GrniItem) -> str:
        return item.number

    @display(description=_("Order"))
    def show_order(self, item: GrniItem) -> str:
        return f"PO-{item.po_line.purchase_order_id:06d}" if item.po_line else "–"

    @display(description=_("Quantity"))
    def show_quantity(self, item: GrniItem) -> str:
        return show_quantity(item.quantity)

    @display(description=_("Open"))
    def show_open(self, item: GrniItem) -> str:
        return show_quantity(item.open_quantity)

    @display(description=_("Open value"))
    def show_value(self, item: GrniItem) -> str:
        return show_money(item.open_value, item.company.base_currency_id)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("ageing/", view(self.ageing_view), name="inventory_grni_ageing"),
            path("write-off/", view(self.write_off_view), name="inventory_grni_write_off"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        item = self.get_object(request, object_id)
        if item is None or not self.has_view_permission(request, item):
            return super().change_view(request, object_id, form_url, extra_context)
        matches = GrniMatch.objects.filter(Q(debit=item) | Q(credit=item)).order_by("id")
        return render_page(
            request,
            self.admin_site,
            "inventory/grni_item.html",
            title=item.number,
            opts=self.opts,
            item=item,
            currency=item.company.base_currency_id,
            matches=[
                (row, row.credit if row.debit_id == item.pk else row.debit)
                for row in matches.select_related(
                    "debit__bill_line__bill", "credit__bill_line__bill", "debit__write_off", "credit__write_off"
                )
            ],
        )

    def ageing_view(self, request: HttpRequest) -> HttpResponseBase:
        """The report: by supplier and age, then item by item; ?as=csv or ?as=xlsx sends all rows."""
        require(request, "inventory.view_grniitem")
        asked = _asked(request)
        if request.GET.get("as") in ("csv", "xlsx"):
            rows = _exported(uninvoiced(**asked)) if asked["company_id"] else iter(())
            name = f"grni-{asked['as_of']}"
            return table_response(request.GET["as"], name, HEADINGS, rows)
        items = list(uninvoiced(**asked)) if asked["company_id"] else []
        total = sum((item.value for item in items), ZERO)
        whole = not any(asked[name] for name in ("supplier_id", "order_id", "min_days", "warehouse_id"))
        balance = grni_balance(company_id=asked["company_id"], as_of=asked["as_of"]) if asked["company_id"] else ZERO
        ages = grni_ages(items)
        buckets = _buckets()
        return render_page(
            request,
            self.admin_site,
            "inventory/grni_ageing.html",
            title=_("Goods received, not invoiced"),
            opts=self.opts,
            asked=asked,
            query=request.GET.urlencode(),
            suppliers=Party.objects.filter(is_supplier=True).select_related("person").order_by("code"),
            warehouses=offered(Warehouse.objects.filter(is_active=True, is_transit=False)).order_by("code"),
            buckets=buckets,
            ages=[(row, list(zip(buckets, row.parts, strict=True))) for row in ages],
            sums=[(title, sum((row.parts[place] for row in ages), ZERO)) for place, title in enumerate(buckets)],
            items=items[:SHOWN],
            kinds={kind.value: kind.label for kind in GrniKind},
            more=max(0, len(items) - SHOWN),
            total=total,
            balance=balance,
            agrees=balance == total if whole else None,
            currency=_currency(asked["company_id"]),
        )  # fmt: skip

    def write_off_view(self, request: HttpRequest) -> HttpResponse:
        back = reverse("admin:inventory_grni_ageing")
        ids = [int(pk) for pk in request.POST.getlist("item") if pk.isdecimal()]
        company_id = _company_of(ids)

        def act(actor: Actor) -> str:
            if company_id is None:
                raise InvalidInput(gettext("Tick what is to be written off."), errors=[{"field": "item"}])
            made = services.write_off_uninvoiced(
                ids, company_id=company_id, effective_at=timezone.now(), actor=actor, reason=posted_reason(request)
            )
            return f"{made.number}: {made.get_status_display()}"  # type: ignore[attr-defined]

        return run_action(request, act, back=back, permission="inventory.add_grniwriteoff")


@admin.register(GrniWriteOff)
class GrniWriteOffAdmin(FactAdmin):
    list_display = ["show_number", "show_status", "show_value", "reason", "made_by_label", "recorded_at",
                    "decided_by_label"]  # fmt: skip
    list_select_related = ["company"]
    list_filter = [("status", ChoicesDropdownFilter)]
    ordering = ["-id"]

    @display(description=_("Number"))
    def show_number(self, row: GrniWriteOff) -> str:
        return row.number

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, row: GrniWriteOff) -> tuple[str, str]:
        return row.status, row.get_status_display()

    @display(description=_("Value"))
    def show_value(self, row: GrniWriteOff) -> str:
        return show_money(row.value, row.company.base_currency_id)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/<str:name>/decide/", view(self.decide_view), name="inventory_grniwriteoff_decide"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        found = self.get_object(request, object_id)
        if found is None or not self.has_view_permission(request, found):
            return super().change_view(request, object_id, form_url, extra_context)
        return render_page(
            request,
            self.admin_site,
            "inventory/grni_write_off.html",
            title=found.number,
            opts=self.opts,
            found=found,
            currency=found.company.base_currency_id,
            lines=found.lines.select_related("item__supplier__person", "item__sku").order_by("id"),
            events=events_of("inventory.grniwriteoff", found.pk),
        )

    def decide_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        require(request, "inventory.change_grniwriteoff")
        found = get_object_or_404(GrniWriteOff, pk=pk)
        back = reverse("admin:inventory_grniwriteoff_change", args=[pk])
        if name not in ("approve", "refuse"):
            return HttpResponseRedirect(back)

        def act(actor: Actor) -> str:
            given: dict[str, Any] = {"company_id": found.company_id, "actor": actor}
            if name == "approve":
                reason = request.POST.get("reason", "").strip()[:300]
                changed = services.approve_write_off(pk, effective_at=timezone.now(), reason=reason, **given)
            else:
                changed = services.refuse_write_off(pk, reason=posted_reason(request), **given)
            return f"{changed.number}: {changed.get_status_display()}"  # type: ignore[attr-defined]

        return run_action(request, act, back=back, permission="inventory.change_grniwriteoff")


@admin.register(BillTolerance)
class BillToleranceAdmin(HouseAdmin):
    list_display = ["__str__", "price_percent", "price_amount", "quantity_percent", "quantity_units", "total_percent",
                    "total_amount"]  # fmt: skip
    list_select_related = ["supplier__person"]
    autocomplete_fields = ["supplier"]


def _buckets() -> list[str]:
    first, *others = BUCKETS
    return [
        gettext("Up to %(days)s days") % {"days": first},
        *(gettext("Up to %(days)s") % {"days": days} for days in others),
        gettext("Older"),
    ]


def _asked(request: HttpRequest) -> dict[str, Any]:
    company = Company.objects.order_by("id").first()
    supplier, order, days = (request.GET.get(name, "").strip() for name in ("supplier", "order", "days"))
    place = offered(Warehouse.objects.filter(company=company, code=request.GET.get("warehouse", ""))).first()
    digits = "".join(letter for letter in order if letter.isdecimal())
    return {
        "company_id": company.pk if company else None,
        "as_of": asked_date(request, "as_of") or timezone.localdate(),
        "supplier_id": int(supplier) if supplier.isdecimal() else None,
        "order_id": int(digits[:18]) if digits else None,
        "min_days": int(days) if days.isdecimal() and len(days) < 6 else 0,
        "warehouse_id": place.pk if place else None,
    }


def _currency(company_id: int | None) -> str:
    return Company.objects.values_list("base_currency_id", flat=True).filter(pk=company_id).first() or ""


def _company_of(ids: list[int]) -> int | None:
    return GrniItem.objects.filter(pk__in=ids).values_list("company_id", flat=True).first()


def _exported(items: Iterator[Uninvoiced]) -> Iterator[tuple[Any, ...]]:
    for item in items:
        yield (
            item.supplier, str(GrniKind(item.kind).label), item.order_number, item.sku or "", item.bill_number or "",
            item.date, item.days, item.quantity, item.value,
        )  # fmt: skip
