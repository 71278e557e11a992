"""Prices out: what our price lists ask of a listing now, sent where it differs from what was sent last."""

from collections.abc import Sequence

from django.db.models import Q
from django.utils import timezone

from accounting.models import Currency
from backoffice.core.errors import DomainError
from backoffice.core.holding import holding
from backoffice.core.money import round_money
from integrations.connectors.base import Connector, ItemResult, PriceItem
from integrations.errors import ChannelThrottled, ChannelUnauthorised
from integrations.models import Connection, ConnectionStatus, Listing
from integrations.services.batches import keep_batches
from integrations.services.connections import opened_or_parked, park
from integrations.services.listed_prices import prices_for
from integrations.services.products import send_products
from integrations.services.products.building import contents_of, kept_of
from integrations.services.pushing import PRICES, PushResult
from integrations.services.runs import DONE, FAILED, WAITING, Progress, start_run
from integrations.services.streams import claim_stream, release_stream

STREAM = PRICES
EVERY_S, LEASE_S = 300, 600


def connections_to_price() -> list[int]:
    """Active connections that are sent prices or products and are due. Statements: 1."""
    wanted = Connection.objects.filter(Q(push_prices=True) | Q(push_products=True), status=ConnectionStatus.ACTIVE)
    late = wanted.extra(
        where=[
            "NOT EXISTS (SELECT FROM integrations_cursor k WHERE k.connection_id = integrations_connection.id"
            " AND k.stream = 'prices' AND (k.due_at > clock_timestamp() OR k.lease_until > clock_timestamp()))"
        ]
    )
    return list(late.order_by("pk").values_list("pk", flat=True))


@holding()
def push_prices(*, connection_id: int, force: bool = False) -> PushResult | None:
    """Send the prices, and where wanted the product data, that differ from what was sent last; None where it is not due.

    Per-item errors stay on the listing. Not inside a transaction.
    """
    connection = Connection.objects.select_related("channel").get(pk=connection_id)
    if connection.status != ConnectionStatus.ACTIVE or not (connection.push_prices or connection.push_products):
        return None
    lease = claim_stream(connection_id, STREAM, every_s=EVERY_S, lease_s=LEASE_S, force=force)
    if lease is None:
        return None
    status, wait = DONE, None
    with opened_or_parked(connection) as connector:
        if connector is None:
            return PushResult(FAILED)
        run = start_run(connection=connection, job="push_prices")
        message = ""
        try:
            if connection.push_products:
                send_products(connection, connector, run)
            if connection.push_prices:
                _push_prices(connection, connector, run)
        except DomainError as error:
            if isinstance(error, ChannelUnauthorised):
                park(connection, reason=error.detail)
            throttled = isinstance(error, ChannelThrottled)
            status, message = (WAITING if throttled else FAILED), error.detail
            wait = error.retry_after_s if isinstance(error, ChannelThrottled) else None
        run.end(status, message)
    release_stream(connection_id, STREAM, lease, wait_s=wait)
    return PushResult(status, run.done, run.failed)


def _listings(connection: Connection, size: int) -> list[list[Listing]]:
    rows = list(Listing.objects.filter(connection=connection, is_active=True).exclude(external_id="").order_by("pk"))
    return [rows[place : place + size] for place in range(0, len(rows), size)]


def _push_prices(connection: Connection, connector: Connector, run: Progress) -> None:
    exponent = Currency.objects.values_list("exponent", flat=True).get(pk=connection.channel.currency)
    for rows in _listings(connection, connector.capabilities.price_batch):
        prices, contents = prices_for(connection, rows), contents_of(rows)
        changed = [
            row
            for row in rows
            if row.pk in prices
            and prices[row.pk] != row.pushed_price
            and "price" not in kept_of(connection, contents[row.pk])
        ]
        if not changed:
            continue
        items = [
            PriceItem(
                row.external_id, row.external_sku, round_money(prices[row.pk], exponent), connection.channel.currency
            )
            for row in changed
        ]
        results = connector.push_prices(items)
        keep_batches(connection, connector)
        for row, result in zip(changed, results, strict=True):
            row.price_error = result.error[:300]
            if not result.error:
                row.pushed_price, row.price_pushed_at = prices[row.pk], timezone.now()
        Listing.objects.bulk_update(changed, ["price_error", "pushed_price", "price_pushed_at"])
        _report(run, results)


def _report(run: Progress, results: Sequence[ItemResult]) -> None:
    bad = sum(bool(result.error) for result in results)
    run.report(done=len(results) - bad, failed=bad)
