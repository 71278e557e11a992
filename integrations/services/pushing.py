"""Pushing stock: the newest figure of each listing, read when it is sent.

Work is claimed with SKIP LOCKED for longer than an HTTP call can take, and the try is counted before it is
made. No transaction is open while the channel is spoken to. A change of stock in the meantime raises the
listing's version, so that it stays due.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from django.db import connection as database
from django.db import transaction
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.audit import Change
from backoffice.core.db import database_now
from backoffice.core.errors import DomainError
from backoffice.core.holding import holder, holding
from integrations.connectors.base import ItemResult, StockItem
from integrations.connectors.registry import CONNECTORS
from integrations.errors import ChannelThrottled, ChannelUnauthorised, ChannelUnavailable
from integrations.models import Connection, ConnectionStatus, Cursor, Listing, ListingContent
from integrations.services.batches import keep_batches
from integrations.services.connections import opened_or_parked, park
from integrations.services.leases import delay_s, lease_s
from integrations.services.runs import DONE, FAILED, STOPPED, WAITING, start_run
from inventory.models import StockLevel
from inventory.selectors import kits_available

PRICES = "prices"  # the stream by which prices and products go
MAX_ATTEMPTS = 10
MAX_BATCHES = 500
ONE, ZERO = Decimal(1), Decimal()
# In key order, as the outbox's reader locks them: an UPDATE alone would lock them as its plan finds them.
_IN_ORDER = "mine AS (SELECT id FROM integrations_listing WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE)"


@dataclass(frozen=True, slots=True)
class PushResult:
    """pushed and failed: items; status: done, failed (the channel is away), waiting (for its limit) or stopped."""

    status: str = DONE
    pushed: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class _Claimed:
    id: int
    external_id: str
    external_sku: str
    sku_id: int
    version: int
    attempts: int
    lease: datetime
    share_percent: int | None
    cap: Decimal | None


def batch_of(connector: str) -> int:
    """How many figures go in one call."""
    return CONNECTORS[connector].capabilities.stock_batch


def connections_to_push_stock() -> list[int]:
    """Active connections with listings that are due."""
    telling = [code for code, kind in CONNECTORS.items() if kind.capabilities.stock]
    return list(
        Listing.objects.filter(
            ~Q(external_id=""), is_dirty=True, is_active=True,
            connection__status=ConnectionStatus.ACTIVE, connection__connector__in=telling,
        )
        .extra(
            where=[
                "integrations_listing.due_at <= clock_timestamp() AND (integrations_listing.lease_until IS NULL"
                " OR integrations_listing.lease_until < clock_timestamp())"
            ]
        )
        .order_by().values_list("connection_id", flat=True).distinct()
    )  # fmt: skip


@holding()
def push_stock(*, connection_id: int) -> PushResult:
    """Send every due listing's newest figure, batch by batch; per-item errors stay on the listing.

    Not inside a transaction. Two workers at once push different listings.
    """
    connection = Connection.objects.select_related("channel").get(pk=connection_id)
    if connection.status != ConnectionStatus.ACTIVE:
        return PushResult()
    pushed = failed = 0
    with opened_or_parked(connection) as connector:
        if connector is None:
            return PushResult(FAILED)
        if not connector.capabilities.stock or not (
            claimed := _claim(connection_id, connector.capabilities.stock_batch)
        ):
            return PushResult()
        run = start_run(connection=connection, job="push_stock")
        for _batch in range(MAX_BATCHES):
            try:
                results = connector.push_stock(_items(connection, claimed))
                keep_batches(connection, connector)
            except DomainError as error:
                _give_back(claimed, error)
                if isinstance(error, ChannelUnauthorised):
                    park(connection, reason=error.detail)
                status = WAITING if isinstance(error, ChannelThrottled) else FAILED
                run.end(status, error.detail)
                return PushResult(status, pushed, failed + len(claimed))
            bad = _finish(claimed, results)
            pushed, failed = pushed + len(claimed) - bad, failed + bad
            go_on = run.report(done=len(claimed) - bad, failed=bad)
            claimed = _claim(connection_id, connector.capabilities.stock_batch) if go_on else []
            if not claimed:
                run.end(DONE if go_on else STOPPED)
                return PushResult(DONE if go_on else STOPPED, pushed, failed)
        run.end(DONE)
    return PushResult(DONE, pushed, failed)


def _claim(connection_id: int, limit: int) -> list[_Claimed]:
    """Its own transaction (autocommit): attempts are counted whatever happens next. Statements: 1."""
    with database.cursor() as cursor:
        cursor.execute(
            "WITH due AS (SELECT id FROM integrations_listing WHERE connection_id = %s AND is_dirty AND is_active"
            "   AND external_id <> ''"
            "   AND due_at <= clock_timestamp() AND (lease_until IS NULL OR lease_until < clock_timestamp())"
            "   ORDER BY due_at, id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED)"
            " UPDATE integrations_listing l SET attempts = least(attempts + 1, 1000),"
            "   lease_until = clock_timestamp() + make_interval(secs => %s), held_by = %s"
            " FROM due WHERE due.id = l.id"
            " RETURNING l.id, l.external_id, l.external_sku, l.sku_id, l.version, l.attempts, l.lease_until,"
            " l.share_percent, l.cap",
            [connection_id, limit, lease_s(), holder()],
        )
        return [_Claimed(*row) for row in cursor.fetchall()]


def available(connection: Connection, sku_ids: Sequence[int]) -> dict[int, Decimal]:
    """Our own goods (a client's where the channel ships them) in the channel's warehouse, or in all active ones; of a kit as many as its components make.

    Statements: 2, 3 with kits.
    """
    owner = connection.channel.goods_owner
    levels = StockLevel.objects.filter(
        company_id=connection.company_id, sku_id__in=sku_ids, owner=owner.party_id if owner else None,
        warehouse__is_active=True, warehouse__is_transit=False,
    )  # fmt: skip
    if connection.channel.warehouse_id:
        levels = levels.filter(warehouse_id=connection.channel.warehouse_id)
    found = dict(levels.order_by().values_list("sku_id").annotate(Sum("available")))
    if owner is None:
        found |= kits_available(connection.company_id, sku_ids, warehouse_id=connection.channel.warehouse_id)
    return found


def shown(there: Decimal, connection: Connection, *, share_percent: int | None, cap: Decimal | None) -> Decimal:
    """What the channel may show of so much: less the buffer, of that its share, at most the cap, whole units; what is
    below the floor is shown as none. share_percent, cap: a listing's own, None for the connection's.
    """
    share = connection.share_percent if share_percent is None else share_percent
    most = connection.cap if cap is None else cap
    figure = (there - connection.buffer) * share / 100
    if most is not None:
        figure = min(figure, most)
    figure = max(figure.quantize(ONE, ROUND_DOWN), ZERO)
    return figure if figure >= connection.floor else ZERO


def _items(connection: Connection, claimed: Sequence[_Claimed]) -> list[StockItem]:
    there = available(connection, [row.sku_id for row in claimed])
    hidden = _hidden(connection, [row.id for row in claimed])
    newest = {
        row.id: shown(there.get(row.sku_id, ZERO), connection, share_percent=row.share_percent, cap=row.cap)
        if row.id not in hidden
        else ZERO
        for row in claimed
    }
    _note_sent(claimed, newest)
    return [StockItem(row.external_id, row.external_sku, newest[row.id], row.version) for row in claimed]


def _hidden(connection: Connection, listing_ids: Sequence[int]) -> set[int]:
    """Listings that buyers are not to see, where only the figure of none hides them. Statements: 1, or 0."""
    if not CONNECTORS[connection.connector].hides_by_stock:
        return set()
    rows = ListingContent.objects.filter(listing__in=listing_ids, is_offered=False)
    return set(rows.values_list("listing_id", flat=True))


def _note_sent(claimed: Sequence[_Claimed], newest: Mapping[int, Decimal]) -> None:
    """The figure is noted before it is sent: after a doubt, this is what the channel may show."""
    with database.cursor() as cursor:
        cursor.execute(
            f"WITH {_IN_ORDER} UPDATE integrations_listing l SET pushed_quantity = n.quantity"
            " FROM mine JOIN unnest(%s::bigint[], %s::numeric[]) AS n(id, quantity) USING (id) WHERE l.id = mine.id",
            [[row.id for row in claimed]] * 2 + [[newest[row.id] for row in claimed]],
        )


def _finish(claimed: Sequence[_Claimed], results: Sequence[ItemResult]) -> int:
    """Keep each item's outcome; how many failed. Statements: 1."""
    rows = []
    for row, result in zip(claimed, results, strict=True):
        over = not result.error or result.permanent or row.attempts >= MAX_ATTEMPTS
        wait = 0.0 if over else delay_s(row.attempts)
        rows.append((row.id, row.lease, row.version, over, result.error[:300], wait))
    _write(rows)
    return sum(bool(result.error) for result in results)


def _give_back(claimed: Sequence[_Claimed], error: DomainError) -> None:
    """The whole call failed: try later, at the channel's word if it gave one. Statements: 1."""
    asked = error.retry_after_s if isinstance(error, ChannelUnavailable) else None
    over = not isinstance(error, ChannelUnavailable | ChannelUnauthorised)
    wait = delay_s(max(row.attempts for row in claimed), asked)
    _write([(row.id, row.lease, row.version, over, error.detail[:300], wait) for row in claimed])


def _write(rows: Sequence[tuple[int, datetime, int, bool, str, float]]) -> None:
    """Outcomes of rows still leased by us; one whose stock changed meanwhile stays due, at once."""
    with database.cursor() as cursor:
        cursor.execute(
            f"WITH {_IN_ORDER} UPDATE integrations_listing l SET lease_until = NULL, push_error = n.error,"
            " is_dirty = (NOT n.over OR l.version <> n.version),"
            " attempts = CASE WHEN n.over THEN 0 ELSE l.attempts END,"
            " pushed_at = CASE WHEN n.error = '' THEN clock_timestamp() ELSE l.pushed_at END,"
            " dirty_since = CASE WHEN NOT n.over OR l.version <> n.version THEN l.dirty_since END,"
            " due_at = clock_timestamp() + make_interval(secs => n.wait)"
            " FROM mine JOIN unnest(%s::bigint[], %s::timestamptz[], %s::bigint[], %s::bool[], %s::text[], %s::float8[])"
            " AS n(id, lease, version, over, error, wait) USING (id) WHERE l.id = mine.id AND l.lease_until = n.lease",
            [[row[0] for row in rows], *[list(column) for column in zip(*rows, strict=True)]],
        )


@transaction.atomic
def push_again(*, listing_ids: Sequence[int], actor: Actor, reason: str) -> int:
    """Let the channel be told anew of listings' stock, prices and products, from the first try; how many there were.

    Statements: 4.
    """
    rows = list(
        Listing.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=listing_ids, is_active=True)
        .order_by("pk")
    )
    Listing.objects.filter(pk__in=[row.pk for row in rows]).update(
        is_dirty=True, version=F("version") + 1, attempts=0, due_at=database_now(), push_error="", pushed_price=None,
        price_error="", product_hash="", product_error="", dirty_since=Coalesce("dirty_since", database_now()),
    )  # fmt: skip
    Cursor.objects.filter(connection__in={row.connection_id for row in rows}, stream=PRICES).update(
        due_at=database_now()
    )
    audit.record(
        [
            Change("integrations.listing", row.pk, "push_again", reason=reason, company_id=row.company_id)
            for row in rows
        ],
        actor=actor,
    )
    return len(rows)
