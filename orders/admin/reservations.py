"""Soft reservations of storefronts' carts: who holds what until when, and a button that gives it back."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import FactAdmin, HouseAdmin, show_quantity, show_time
from backoffice.core.admin.pages import events_of, posted_reason, render_page, run_action
from orders import services
from orders.models import Reservation, ReservationLimit, ReservationLine, ReservationStatus

COLOURS = {"open": "info", "ordered": "success", "released": "", "expired": "warning"}


def state_of(reservation: Reservation) -> str:
    """Its status; open and past its time is expired, whether the sweep has been there or not."""
    if reservation.status == ReservationStatus.OPEN and reservation.expires_at <= timezone.now():
        return ReservationStatus.EXPIRED
    return reservation.status


class OpenFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(ReservationStatus.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Reservation]) -> QuerySet[Reservation]:
        now = timezone.now()
        if self.value() == ReservationStatus.OPEN:
            return queryset.filter(status=ReservationStatus.OPEN, expires_at__gt=now)
        if self.value() == ReservationStatus.EXPIRED:
            over = queryset.filter(status=ReservationStatus.OPEN, expires_at__lte=now)
            return queryset.filter(status=ReservationStatus.EXPIRED) | over
        return queryset.filter(status=self.value()) if self.value() in ReservationStatus.values else queryset


@admin.register(Reservation)
class ReservationAdmin(FactAdmin):
    list_display = ["reference", "channel", "show_key", "show_units", "show_made", "show_expires", "show_state"]
    list_select_related = ["channel", "api_key"]
    list_filter = [OpenFilter, ("channel", RelatedDropdownFilter)]
    search_fields = ["=reference", "=lines__sku__code"]
    search_help_text = _("Reference or SKU")
    ordering = ["-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reservation]:
        return super().get_queryset(request).annotate(units=Sum("lines__quantity"))

    @display(description=_("API key"))
    def show_key(self, reservation: Reservation) -> str:
        return reservation.api_key.name if reservation.api_key else reservation.actor_label

    @display(description=_("Units"))
    def show_units(self, reservation: Reservation) -> str:
        return show_quantity(reservation.units)  # type: ignore[attr-defined]

    @display(description=_("Made"))
    def show_made(self, reservation: Reservation) -> str:
        return show_time(reservation.created_at)

    @display(description=_("Expires"))
    def show_expires(self, reservation: Reservation) -> str:
        return show_time(reservation.expires_at)

    @display(description=_("State"), label=COLOURS)
    def show_state(self, reservation: Reservation) -> tuple[str, str]:
        state = state_of(reservation)
        return state, str(ReservationStatus(state).label)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [path("<int:pk>/release/", view(release), name="orders_reservation_release"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        reservation = self.get_object(request, object_id)
        if reservation is None or not self.has_view_permission(request, reservation):
            return super().change_view(request, object_id, form_url, extra_context)
        state = state_of(reservation)
        return render_page(
            request,
            self.admin_site,
            "orders/reservation.html",
            title=_("Reservation"),
            opts=self.opts,
            reservation=reservation,
            state_text=ReservationStatus(state).label,
            colour=COLOURS[state],
            can_release=reservation.status in (ReservationStatus.OPEN, ReservationStatus.EXPIRED),
            lines=ReservationLine.objects.filter(reservation=reservation).select_related("sku").order_by("position"),
            events=events_of("orders.reservation", reservation.pk),
        )


def release(request: HttpRequest, pk: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        found = get_object_or_404(Reservation, pk=pk)
        reason = posted_reason(request)
        services.release_reservation(found.reference, channel_id=found.channel_id, reason=reason, actor=actor)
        return gettext("Released: its goods can be sold again.")

    back = reverse("admin:orders_reservation_change", args=[pk])
    return run_action(request, act, back=back, permission="orders.change_reservation")


@admin.register(ReservationLimit)
class ReservationLimitAdmin(HouseAdmin):
    """What the carts of a storefront's key may hold."""

    list_display = ["api_key", "max_open", "show_units", "max_per_minute"]
    list_select_related = ["api_key"]

    @display(description=_("Units per SKU"))
    def show_units(self, limit: ReservationLimit) -> str:
        return "" if limit.max_per_sku is None else show_quantity(limit.max_per_sku)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("orders.delete_reservationlimit")
