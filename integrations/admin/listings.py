"""Listings: what each shows at its channel beside what we have, sent again or looked at with a button."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import FactAdmin, show_quantity, show_time
from backoffice.core.admin.pages import events_of, posted_quantity, render_page, run_action
from integrations import services
from integrations.admin.connection_rules import EMPTY, FIELD_NAMES, field_choices, posted_fields, whole
from integrations.connectors.registry import kind_of
from integrations.models import Listing
from integrations.services.products.building import contents_of, kept_of

CHANGE = "integrations.change_listing"


@admin.register(Listing)
class ListingAdmin(FactAdmin):
    list_display = ["external_sku", "sku", "connection", "show_pushed", "show_pushed_at", "is_dirty", "show_errors"]
    list_select_related = ["sku", "connection__channel"]
    list_filter = ["connection", "is_dirty"]
    search_fields = ["=external_sku", "=external_id", "=sku__code"]
    ordering = ["-id"]

    @display(description=_("Pushed"))
    def show_pushed(self, listing: Listing) -> str:
        return show_quantity(listing.pushed_quantity) if listing.pushed_quantity is not None else "–"

    @display(description=_("Pushed at"))
    def show_pushed_at(self, listing: Listing) -> str:
        return show_time(listing.pushed_at)

    @display(description=_("What is wrong"))
    def show_errors(self, listing: Listing) -> str:
        return " · ".join(filter(None, (listing.product_error, listing.price_error, listing.push_error))) or "–"

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/push/", view(self.push_view), name="integrations_listing_push"),
            path("<int:pk>/look/", view(self.look_view), name="integrations_listing_look"),
            path("<int:pk>/rules/", view(self.rules_view), name="integrations_listing_rules"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        rows = Listing.objects.select_related("connection__channel", "sku__product__brand")
        listing = rows.filter(pk=object_id).first() if object_id.isdecimal() else None
        if listing is None or not self.has_view_permission(request, listing):
            return super().change_view(request, object_id, form_url, extra_context)
        content = contents_of([listing])[listing.pk]
        kind = kind_of(listing.connection.connector)
        return render_page(
            request,
            self.admin_site,
            "integrations/listing.html",
            title=listing.external_sku,
            opts=self.opts,
            listing=listing,
            content=content,
            pictures_go=bool(settings.PUBLIC_URL),
            kind=kind,
            compared=[(FIELD_NAMES[row.name], row) for row in services.compare(listing)],
            choices=[
                (name, label, name in kept_of(listing.connection, content)) for name, label in field_choices(kind)
            ],
            events=events_of("integrations.listing", listing.pk),
        )

    def push_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The next sweep sends it, within seconds."""

        def act(actor: Actor) -> str:
            get_object_or_404(Listing, pk=pk)
            services.push_again(listing_ids=[pk], actor=actor, reason=gettext("By hand"))
            return gettext("It is sent again in a few seconds; see the result here.")

        return run_action(request, act, back=_url(pk), permission=CHANGE)

    def look_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def act(_actor: Actor) -> str:
            get_object_or_404(Listing, pk=pk)
            services.look_at_listings(listing_ids=[pk])
            return gettext("This is what the channel shows now.")

        return run_action(request, act, back=_url(pk), permission=CHANGE, atomic=False)

    def rules_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def act(actor: Actor) -> str:
            kind = kind_of(get_object_or_404(Listing.objects.select_related("connection"), pk=pk).connection.connector)
            cap = posted_quantity(request, "cap", gettext("At most"), EMPTY)
            rules = {
                "share_percent": whole(request, "share_percent", gettext("Share"), default=None),
                "cap": None if cap == EMPTY else cap,
                "product_type": request.POST.get("product_type", "").strip()[:120],
                "kept_fields": posted_fields(request, kind) if "own_fields" in request.POST else None,
                **(
                    {"is_offered": "is_offered" in request.POST}
                    if "visible" in kind.product_fields or kind.hides_by_stock
                    else {}
                ),
            }
            changed = services.change_listing(listing_id=pk, rules=rules, actor=actor)
            return gettext("Saved.") if changed else gettext("Nothing was changed.")

        return run_action(request, act, back=_url(pk), permission=CHANGE)


def _url(pk: int) -> str:
    return reverse("admin:integrations_listing_change", args=[pk])
