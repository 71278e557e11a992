"""The queue of SKUs that nobody knows: one row for each code, suggestions as buttons, mapped and imported at once."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter

from backoffice.core.actor import Actor
from backoffice.core.admin.base import HouseAdmin
from backoffice.core.admin.pages import render_page, require, run_action
from backoffice.core.errors import InvalidInput
from backoffice.core.scopes import visible
from integrations import services
from integrations.models import CodeMapping
from inventory.models import Sku
from orders.models import Channel

CHANGE = "integrations.add_codemapping"


@admin.register(CodeMapping)
class CodeMappingAdmin(HouseAdmin):
    list_display = ["pattern", "channel", "meaning", "sku", "charge_kind", "account_role", "note"]
    list_select_related = ["channel", "sku"]
    list_filter = [("channel", RelatedDropdownFilter)]
    search_fields = ["=pattern"]
    autocomplete_fields = ["sku", "channel"]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("queue/", view(self.queue_view), name="integrations_codemapping_queue"),
            path("queue/map/", view(self.map_view), name="integrations_codemapping_map"),
            *super().get_urls(),
        ]

    def queue_view(self, request: HttpRequest) -> HttpResponse:
        require(request, "integrations.view_codemapping")
        own = set(visible(Channel.objects.all(), request.user).values_list("pk", flat=True))
        return render_page(
            request,
            self.admin_site,
            "integrations/mapping_queue.html",
            title=_("Unknown SKUs"),
            opts=self.opts,
            rows=[row for row in services.unmapped_skus() if row.channel_id in own],
        )

    def map_view(self, request: HttpRequest) -> HttpResponse:
        def act(actor: Actor) -> str:
            channel = get_object_or_404(Channel, pk=request.POST.get("channel", "0"))
            typed = request.POST.get("sku", "").strip()
            sku = Sku.objects.filter(company_id=channel.company_id, code__iexact=typed).first()
            if sku is None:
                raise InvalidInput(gettext("There is no SKU “%(sku)s” in this company.") % {"sku": typed[:40]})
            done = services.map_sku(
                channel_id=channel.pk, code=request.POST.get("code", ""), sku_id=sku.pk, actor=actor
            )
            return gettext("Mapped to %(sku)s; orders imported now: %(count)s.") % {
                "sku": sku.code,
                "count": done.replayed.resolved,
            }

        back = reverse("admin:integrations_codemapping_queue")
        return run_action(request, act, back=back, permission=CHANGE, atomic=False)
