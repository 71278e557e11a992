"""A claimed message with what it means, and the ways in which it can end."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import transaction

from backoffice.core import inbox
from backoffice.core.actor import Actor
from backoffice.core.inbox import Claimed, Failure, Finish
from integrations.connectors.base import MappedOrder
from integrations.models import Connection
from integrations.services import quarantine
from integrations.services.quarantine import Kept, row_key
from orders.inputs import OrderInput, PlaceResult
from orders.models import Order

ACTOR = Actor.job("channels")
ORDER_TYPE = "orders.order"
REUSED = "external_id_reused"


@dataclass(slots=True)
class ImportResult:
    """How many messages ended how: placed, already, changed, held, ignored, cancelled, quarantined, retried."""

    counts: Counter[str] = field(default_factory=Counter)

    def __getitem__(self, outcome: str) -> int:
        return self.counts[outcome]


@dataclass(frozen=True, slots=True)
class Item:
    """A claimed message and what it means."""

    claimed: Claimed
    mapped: MappedOrder
    order: OrderInput | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """An order that we have. differs: the channel shows it otherwise now; waits: it is in quarantine for more than this."""

    item: Item
    order_id: int
    differs: bool
    waits: bool


def ignore(messages: Sequence[Claimed], code: str, why: str, result: ImportResult) -> None:
    if messages:
        inbox.finish([Finish(message, status="ignored", error_code=code, error=why) for message in messages])
        result.counts["ignored"] += len(messages)


def key_of(claimed: Claimed) -> str:
    return row_key(claimed.account, claimed.topic, claimed.external_id)


def to_keep(claimed: Claimed, code: str, reason: str, order_id: int | None = None, value: Decimal = Decimal()) -> Kept:
    source = f"{claimed.account} {claimed.topic}"
    return Kept(key_of(claimed), source, claimed.external_id, code, reason, claimed.message_id, order_id, value=value)


@transaction.atomic
def park(connection: Connection, message: Claimed, code: str, reason: str, result: ImportResult) -> None:
    inbox.fail([Failure(message, code, reason, permanent=True)])
    quarantine.keep(
        [to_keep(message, code, reason)], channel_id=connection.channel_id, company_id=connection.company_id
    )
    result.counts["quarantined"] += 1


def try_later(messages: Sequence[Claimed], code: str, why: str, result: ImportResult) -> None:
    inbox.fail([Failure(message, code, why) for message in messages])
    result.counts["retried"] += len(messages)


def order_of(item: Item) -> OrderInput:
    assert item.order is not None
    return item.order


def outcome_of(answer: PlaceResult) -> str:
    if answer.state == "refused":
        return "quarantined"
    return "held" if answer.held else answer.state


def before_start(connection: Connection, items: Sequence[Item]) -> list[Item]:
    """Those placed before the connection's first day, unless we have them. Statements: 1, or 0."""
    starts_at = connection.starts_at
    early = [item for item in items if starts_at and item.mapped.order and item.mapped.order.placed_at < starts_at]
    if not early:
        return []
    ids = [item.mapped.external_id for item in early]
    ours = set(
        Order.objects.filter(channel_id=connection.channel_id, external_id__in=ids).values_list(
            "external_id", flat=True
        )
    )
    return [item for item in early if item.mapped.external_id not in ours]
