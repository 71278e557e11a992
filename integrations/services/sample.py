"""Connecting a channel to the sample shop: what it sells, and where it answers now."""

from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from accounting.selectors import tax_rate
from backoffice.core.actor import Actor
from integrations.connectors.registry import secrets_owner
from integrations.fake_channel.buyers import Ware
from integrations.models import Connection, Cursor, Listing
from integrations.secrets import seal
from integrations.services.connections import create_connection, list_skus
from inventory.models import Sku
from orders.models import Channel, OrderLine

USUAL_PRICE = Decimal("9.90")
MAX_WARES = 500
ACTOR = Actor.job("sample shop")


@transaction.atomic
def connect_sample_shop(*, channel_id: int, base_url: str, token: str) -> Connection:
    """The channel's connection, made or moved to this address, with every active SKU listed."""
    connection = Connection.objects.filter(channel_id=channel_id, connector="fake").first()
    if connection is None:
        connection = create_connection(
            channel_id=channel_id, connector="fake", settings={"base_url": base_url}, secrets={"token": token},
            actor=ACTOR,
        )  # fmt: skip
    else:
        connection.settings = {**connection.settings, "base_url": base_url}
        connection.secrets = seal({"token": token}, owner=secrets_owner(connection))
        connection.save(update_fields=["settings", "secrets"])
        Cursor.objects.filter(connection=connection).update(due_at=timezone.now())
    skus = Sku.objects.filter(company_id=connection.company_id, status="active").order_by("pk")[:MAX_WARES]
    list_skus(connection_id=connection.pk, listings={f"L-{sku.pk}": (sku.pk, sku.code) for sku in skus})
    return connection


def wares_of(connection: Connection) -> list[Ware]:
    """What the channel lists, at the price last sold for."""
    listings = list(Listing.objects.filter(connection=connection, is_active=True).select_related("sku").order_by("pk"))
    prices = dict(
        OrderLine.objects.filter(sku_id__in=[listing.sku_id for listing in listings], unit_price__gt=0)
        .order_by("sku_id", "-pk")
        .distinct("sku_id")
        .values_list("sku_id", "unit_price")
    )
    return [
        Ware(listing.external_sku, listing.sku.name, prices.get(listing.sku_id, USUAL_PRICE).quantize(Decimal("0.01")))
        for listing in listings
    ]


def rate_of(channel: Channel) -> Decimal:
    """The channel's usual tax rate today."""
    return tax_rate(channel.company_id, channel.tax_code.code, timezone.localdate())
