"""When channels release SKUs, for the goods book's availability and on the pages of SKUs."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from backoffice.core.api.actions import own_rows
from backoffice.core.models import ApiKey
from backoffice.core.registry import Entry, Panel, ReleaseCalendar, Row
from backoffice.core.scopes import offered
from orders.models import Channel, ReleaseDate
from orders.selectors.release_dates import channel_releases

SHOWN = 200


def calendar_of(
    request: Any, company_id: int, code: str
) -> Callable[[Sequence[int]], Mapping[int, datetime.date]] | None:
    """See registry.ReleaseCalendar; codes whatever their letter case. Statements: 1, and 1 when it is asked."""
    channels = own_rows(request, Channel.objects.filter(company_id=company_id), channel="pk")
    if not code and not (isinstance(request.auth, ApiKey) and request.auth.channel_id):
        return lambda sku_ids: {}
    channel_id = (channels.filter(code__iexact=code) if code else channels).values_list("pk", flat=True).first()
    if channel_id is None:
        return None
    return lambda sku_ids: channel_releases([channel_id], sku_ids).get(channel_id, {})


def _rows(sku_id: int) -> Sequence[Row]:
    """The channels that release a SKU on a day of their own, of those that whoever asks works with."""
    dates = offered(ReleaseDate.objects.filter(sku=sku_id)).select_related("channel")
    return [
        {
            "channel": date.channel.name,
            "day": date_format(date.release_date, "SHORT_DATE_FORMAT"),
            "url": reverse("admin:orders_releasedate_change", args=[date.pk]),
        }
        for date in dates.order_by("release_date", "channel__code")[:SHOWN]
    ]


ENTRIES: tuple[Entry, ...] = (
    ReleaseCalendar("channel", calendar_of),
    Panel(
        "inventory.sku", "release_dates", _("Channels with a release date of their own"),
        (("channel", _("Channel")), ("day", _("Release date"))), _rows, permission="orders.view_releasedate",
    ),
)  # fmt: skip
