"""A channel's own release dates of SKUs: set, moved and taken off, with the promises that hang on them."""

import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from inventory.services import publish_release_dates_moved
from orders.models import Channel, ReleaseDate
from orders.services.promising import count_promises


@transaction.atomic
def set_release_date(
    channel: Channel, sku_id: int, day: datetime.date | None, *, actor: Actor, reason: str = ""
) -> None:
    """From when on the channel's orders of a SKU of its company go to the warehouse; None: the SKU's own date counts.

    Promises of lines that wait are counted again, and orders that wait no more are given out once this is committed
    (topic ReleaseDateMoved). Done again changes nothing. Statements: 5 and those of count_promises.
    """
    Channel.objects.select_for_update(of=("self",), no_key=True).get(pk=channel.pk)
    row = ReleaseDate.objects.filter(channel=channel, sku_id=sku_id).first()
    before = row.release_date if row else None
    if before == day:
        return
    if day is None:
        ReleaseDate.objects.filter(channel=channel, sku_id=sku_id).delete()
    else:
        ReleaseDate.objects.update_or_create(channel=channel, sku_id=sku_id, defaults={"release_date": day})
    told = Change(
        "inventory.sku", sku_id, "changed", _("release date in %(channel)s") % {"channel": channel.code},
        str(before or ""), str(day or ""), reason, channel.company_id,
    )  # fmt: skip
    record([told], actor=actor)
    count_promises(company_id=channel.company_id, actor=actor, sku_ids=[sku_id], detail=told.field, held_back=True)
    publish_release_dates_moved([sku_id], company_id=channel.company_id)
