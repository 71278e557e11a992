"""The order list, and the page that tells an order's whole story."""

from typing import Any

from django.contrib import admin
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter, RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, in_words, show_money, show_quantity, show_time
from backoffice.core.admin.beside import beside
from backoffice.core.admin.pages import render_page
from backoffice.core.scopes import offered
from inventory.barcodes import barcode_forms
from inventory.models import Barcode, Sku
from orders.admin import buttons, changes, documents, drop_shipping, exchanges, payments, sourcing
from orders.admin.recalls import recall_view
from orders.admin.story import order_page
from orders.admin.tags import TagFilter, tag_view
from orders.admin.views import LIST_VIEWS, PLAIN_COLUMNS
from orders.models import Channel, Hold, HoldKind, Order, OrderLine, OrderStatus
from orders.selectors.search import find_orders


class HeldFilter(admin.SimpleListFilter):
    title = _("held")
    parameter_name = "held"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", _("Yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        if self.value() != "1":
            return queryset
        return queryset.filter(pk__in=Hold.objects.filter(released_at__isnull=True).values("order_id"))


class KindFilter(admin.SimpleListFilter):
    title = _("kind of channel")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            (kind, in_words(kind))
            for kind in offered(Channel.objects.order_by("kind")).values_list("kind", flat=True).distinct()
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        if not self.value():
            return queryset
        return queryset.filter(channel__in=list(Channel.objects.filter(kind=self.value()).values_list("pk", flat=True)))


class LateFilter(admin.SimpleListFilter):
    title = _("late")
    parameter_name = "late"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", _("Yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        if self.value() != "1":
            return queryset
        open_statuses = ["placed", "released", "partly_shipped"]
        return queryset.filter(status__in=open_statuses, promise_date__lt=timezone.localdate())


@admin.register(Order)
class OrderAdmin(FactAdmin):
    list_display = [
        "show_number", "show_external", "channel", "show_placed", "show_promise", "show_buyer", "show_status", "show_total",
    ]  # fmt: skip
    more_columns = ["show_holds", "shipping_service", "priority", "external_id", "show_goods", "show_tax", "note"]
    plain_columns = PLAIN_COLUMNS
    list_views = LIST_VIEWS
    begin = ("orders.add_draftorder", "admin:orders_draftorder_add", _("New order"))
    key_actions = {"release": "orders.release", "hold": "orders.hold", "print": "orders.print_slips"}
    sortable_by = ["show_number", "show_placed"]
    list_display_links = ["show_number"]
    list_select_related = ["channel", "contact__person"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("channel", RelatedDropdownFilter),
        KindFilter,
        HeldFilter,
        LateFilter,
        TagFilter,
        ("placed_at", RangeDateTimeFilter),
    ]
    list_filter_submit = True
    search_fields = ["external_id"]
    search_help_text = _("Number, external id, SKU, barcode, tracking number, buyer")
    ordering = ["-placed_at", "-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        held = Hold.objects.filter(order=OuterRef("pk"), released_at__isnull=True).order_by("pk").values("kind")
        return super().get_queryset(request).annotate(open_holds=ArraySubquery(held))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        if not search_term.strip():
            return queryset, False
        return queryset.filter(pk__in=[hit.order_id for hit in find_orders(search_term)]), False

    @display(description=_("Order"), ordering="id")
    def show_number(self, order: Order) -> str:
        return order.number

    @display(description=_("Promised"))
    def show_promise(self, order: Order) -> str:
        return date_format(order.promise_date, "SHORT_DATE_FORMAT") if order.promise_date else "–"

    @display(description=_("Holds"))
    def show_holds(self, order: Order) -> str:
        return ", ".join(str(HoldKind(kind).label) for kind in order.open_holds)  # type: ignore[attr-defined]

    @display(description=_("Goods"))
    def show_goods(self, order: Order) -> str:
        return show_money(order.goods_total, order.currency)

    @display(description=_("Tax"))
    def show_tax(self, order: Order) -> str:
        return show_money(order.tax_total, order.currency)

    @display(description=_("External number"))
    def show_external(self, order: Order) -> str:
        return order.their_number or "–"

    @display(description=_("Placed"), ordering="placed_at")
    def show_placed(self, order: Order) -> str:
        return show_time(order.placed_at)

    @display(description=_("Buyer"))
    def show_buyer(self, order: Order) -> str:
        return str(order.contact) if order.contact_id else gettext("Guest")

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, order: Order) -> tuple[str, str]:
        if order.open_holds and order.status in ("placed", "draft"):  # type: ignore[attr-defined]
            return "held", gettext("Held")
        return order.status, str(OrderStatus(order.status).label)

    @display(description=_("Total"))
    def show_total(self, order: Order) -> str:
        return show_money(order.total, order.currency)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            *(
                path(f"<int:pk>/{name}/", view(button), name=f"orders_order_{name}")
                for name, button in {
                    **buttons.BUTTONS,
                    **sourcing.BUTTONS,
                    **changes.BUTTONS,
                    **drop_shipping.BUTTONS,
                    "exchange": exchanges.exchange,
                }.items()
            ),
            path("<int:pk>/edit/", view(changes.edit_page(self.admin_site, self.opts)), name="orders_order_edit"),
            path("<int:pk>/pay/", view(payments.pay), name="orders_order_pay"),
            *(
                path(f"<int:pk>/payments/<int:payment_id>/{name}/", view(button), name=f"orders_payment_{name}")
                for name, button in payments.BUTTONS.items()
            ),
            path("<int:pk>/tag/", view(tag_view), name="orders_order_tag"),
            path("<int:pk>/holds/<int:hold_id>/release/", view(buttons.release_hold), name="orders_hold_release"),
            path("recall/<str:kind>/<int:pk>/", view(recall_view), name="orders_recall"),
            *documents.document_urls(view),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        order = self.get_object(request, object_id)
        if order is None or not self.has_view_permission(request, order):
            return super().change_view(request, object_id, form_url, extra_context)
        return render_page(
            request,
            self.admin_site,
            "orders/order.html",
            title=order.number,
            opts=self.opts,
            beside=beside(self, request, order),
            **order_page(order),
            **changes.change_section(order),
        )


@admin.register(OrderLine)
class OrderLineAdmin(FactAdmin):
    """Every line sold, newest first; each leads to its order."""

    list_display = ["show_order", "channel_sku", "sku", "description", "show_ordered", "show_shipped", "show_price"]
    list_select_related = ["order", "sku"]
    list_display_links = ["show_order"]
    search_fields = ["=channel_sku"]
    search_help_text = _("SKU, barcode or the channel's code")
    ordering = ["-id"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[OrderLine], search_term: str
    ) -> tuple[QuerySet[OrderLine], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        skus = [
            *Sku.objects.filter(code__iexact=term).values_list("pk", flat=True)[:50],
            *Barcode.objects.filter(code__in=barcode_forms(term)).values_list("sku_id", flat=True)[:50],
        ]
        return queryset.filter(sku_id__in=skus), False

    @display(description=_("Order"))
    def show_order(self, line: OrderLine) -> str:
        return line.order.number

    @display(description=_("Ordered"))
    def show_ordered(self, line: OrderLine) -> str:
        return show_quantity(line.quantity)

    @display(description=_("Shipped"))
    def show_shipped(self, line: OrderLine) -> str:
        return show_quantity(line.shipped)

    @display(description=_("Price"))
    def show_price(self, line: OrderLine) -> str:
        return show_money(line.unit_price, line.order.currency)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        line = self.get_object(request, object_id)
        if line is None or not self.has_view_permission(request, line):
            return super().change_view(request, object_id, form_url, extra_context)
        return HttpResponseRedirect(buttons.order_url(line.order_id))
