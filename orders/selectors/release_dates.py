"""The release dates that channels have of their own."""

import datetime
from collections.abc import Collection

from orders.models import ReleaseDate


def channel_releases(channel_ids: Collection[int], sku_ids: Collection[int]) -> dict[int, dict[int, datetime.date]]:
    """By channel and SKU. Statements: 1, or none where no SKU is asked for."""
    found: dict[int, dict[int, datetime.date]] = {}
    rows = ReleaseDate.objects.filter(channel_id__in=channel_ids, sku_id__in=sku_ids)
    for channel_id, sku_id, day in rows.values_list("channel_id", "sku_id", "release_date"):
        found.setdefault(channel_id, {})[sku_id] = day
    return found
