"""Tags on an order's page, and a filter of the list by them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.core.actor import Actor
from backoffice.core.admin.pages import run_action
from orders.models import Order, OrderTag
from orders.services.automation import add_tags, remove_tags

MOST = 200


class TagFilter(admin.SimpleListFilter):
    title = _("tag")
    parameter_name = "tag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            (name, name) for name in OrderTag.objects.order_by("name").values_list("name", flat=True).distinct()[:MOST]
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        if not self.value():
            return queryset
        return queryset.filter(pk__in=OrderTag.objects.filter(name=self.value()).values("order_id"))


def tag_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Add the given tag, or take the one off that `remove` names."""

    def act(actor: Actor) -> str:
        order = get_object_or_404(Order, pk=pk)
        if gone := request.POST.get("remove", ""):
            remove_tags([pk], tag=gone, company_id=order.company_id, actor=actor)
            return gettext("Tag “%(tag)s” is taken off.") % {"tag": gone}
        tag = request.POST.get("tag", "")
        add_tags([pk], tag=tag, company_id=order.company_id, actor=actor)
        return gettext("Tagged “%(tag)s”.") % {"tag": tag}

    return run_action(
        request, act, back=reverse("admin:orders_order_change", args=[pk]), permission="orders.change_order"
    )
