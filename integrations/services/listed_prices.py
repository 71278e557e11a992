"""What our price lists ask for listings now."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils import timezone

from integrations.models import Connection, Listing
from orders.selectors.price_lists import Asking, listed_prices

ONE = Decimal(1)


def prices_for(connection: Connection, rows: Sequence[Listing]) -> dict[int, Decimal]:
    """What our lists ask for one, by listing; those without a price are left out. Statements: 1."""
    channel = connection.channel
    asking = Asking(channel.pk, channel.currency, timezone.localdate(), prices_include_tax=channel.prices_include_tax)
    found = listed_prices([(row.sku_id, ONE) for row in rows], asking)
    return {row.pk: price.unit_price for row, price in zip(rows, found, strict=True) if price is not None}
