"""The release dates that channels have of their own."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter

from backoffice.core.actor import Actor
from backoffice.core.admin.base import HouseAdmin, ReasonForm
from orders.models import ReleaseDate
from orders.services.release_dates import set_release_date


class ReleaseDateForm(ReasonForm):
    def clean(self) -> Any:
        given = super().clean() or self.cleaned_data
        channel, sku = given.get("channel"), given.get("sku")
        if channel and sku and channel.company_id != sku.company_id:
            self.add_error("sku", _("It is not a SKU of the channel's company."))
        return given


@admin.register(ReleaseDate)
class ReleaseDateAdmin(HouseAdmin):
    """The service writes: promises follow, and the trail is the SKU's."""

    form = ReleaseDateForm
    list_display = ["sku", "channel", "release_date"]
    list_select_related = ["sku", "channel"]
    list_filter = [("channel", RelatedDropdownFilter)]
    search_fields = ["=sku__code"]
    autocomplete_fields = ["channel", "sku"]
    fields = ["channel", "sku", "release_date", "change_reason"]
    actions = None

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["channel", "sku"] if obj else []

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        set_release_date(
            obj.channel, obj.sku_id, obj.release_date, actor=Actor.of_request(request),
            reason=form.cleaned_data.get("change_reason", ""),
        )  # fmt: skip
        obj.pk = ReleaseDate.objects.get(channel=obj.channel, sku=obj.sku).pk

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        set_release_date(obj.channel, obj.sku_id, None, actor=Actor.of_request(request))
