"""Channels with their sourcing rules, and what tells how far postcodes are apart."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from backoffice.core.actor import Actor
from backoffice.core.admin.base import HouseAdmin, HouseInline, apart
from backoffice.core.audit import Change, record
from backoffice.core.scopes import offered
from inventory.models import Warehouse
from orders.admin.documents import MailRuleInline, rules_of
from orders.models import Channel, MailRule, PostcodeCentroid, SourcingRule

SOURCING = ("goods_owner", "warehouse", "objective", "max_parcels", "same_day", "min_remaining_days")


class SourcingRuleInline(HouseInline):
    model = SourcingRule
    extra = 0
    hide_title = True
    fields = ["warehouse", "position", "is_excluded"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "warehouse":
            kwargs["queryset"] = offered(Warehouse.objects.filter(is_transit=False, is_active=True))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Channel)
class ChannelAdmin(HouseAdmin):
    list_display = ["name", "code", "kind", "currency", "warehouse", "payment_policy", "auto_release", "is_active"]
    list_select_related = ["warehouse"]
    search_fields = ["code", "name"]
    autocomplete_fields = ["party", "warehouse"]
    inlines = [SourcingRuleInline, MailRuleInline]
    actions_detail = ["try_sourcing"]

    @action(description=_("Try sourcing settings"), url_path="try-sourcing", permissions=["view"])
    def try_sourcing(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return HttpResponseRedirect(reverse("sourcing_trial", args=[object_id]))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return apart(super().get_fieldsets(request, obj), _("Sourcing"), SOURCING)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Rules are part of the channel, and so is their trail."""
        field, rules = {
            SourcingRule: ("sourcing_rules", _rules), MailRule: ("mail_rules", rules_of)
        }[formset.model]  # fmt: skip
        before = rules(form.instance)
        super().save_formset(request, form, formset, change)
        after = rules(form.instance)
        if before != after:
            entry = Change(
                "orders.channel", form.instance.pk, "changed", field, before, after,
                form.cleaned_data.get("change_reason", ""), form.instance.company_id,
            )  # fmt: skip
            record([entry], actor=Actor.of_request(request))


def _rules(channel: Channel) -> str:
    """The rules in one line: "YRK 1, LON, LEE -"; - is excluded."""
    rules = SourcingRule.objects.filter(channel=channel).select_related("warehouse")
    return ", ".join(
        f"{rule.warehouse} {'-' if rule.is_excluded else '' if rule.position is None else rule.position}".strip()
        for rule in rules
    )


@admin.register(PostcodeCentroid)
class PostcodeCentroidAdmin(HouseAdmin):
    list_display = ["country", "postcode", "latitude", "longitude"]
    list_display_links = ["postcode"]
    search_fields = ["postcode__startswith"]
    ordering = ["country", "postcode"]
