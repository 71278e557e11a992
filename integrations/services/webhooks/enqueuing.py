"""From events to messages that are due: which endpoint is told of which event."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from backoffice.core.db import insert_rows
from integrations.models import EndpointStatus, WebhookEndpoint
from integrations.webhooks.events import EVENTS, PING
from orders.models import Order, ReturnOrder


class Told(Protocol):
    """An event of the outbox, as its reader gets it or as its row."""

    id: Any
    topic: Any
    key: Any
    payload: Any
    company_id: Any


def note_events(events: Sequence[Told]) -> None:
    """A row for each endpoint that wants to know. The outbox's reader. Statements: 1 to 4, however many events."""
    companies = {event.company_id for event in events}
    listening = WebhookEndpoint.objects.filter(status__in=[EndpointStatus.ACTIVE, EndpointStatus.PAUSED])
    if None not in companies:  # what is the house's own, every company's endpoints may hear of
        listening = listening.filter(company_id__in=companies)
    enqueue(events, list(listening.order_by("pk")))


def enqueue(events: Sequence[Told], endpoints: Sequence[WebhookEndpoint]) -> int:
    """Rows of these events for those of the endpoints that want them; how many are new. Known ones stay as they are."""
    if not endpoints:
        return 0
    about = facts_of(events)
    rows = [
        (endpoint.pk, event.id, EVENTS[event.topic].type, event.key if EVENTS[event.topic].in_order else "")
        for event in events
        for endpoint in endpoints
        if wants(endpoint, event, about[event.id])
    ]
    return len(
        insert_rows(
            "integrations_webhookdelivery",
            {"endpoint_id": "bigint", "event_id": "bigint", "type": "text", "key": "text"},
            rows,
            prefix="",
            suffix="ON CONFLICT (endpoint_id, event_id) DO NOTHING RETURNING id",
        )
    )


def wants(endpoint: WebhookEndpoint, event: Told, facts: Mapping[str, Any]) -> bool:
    """Whether an endpoint is told of an event: its company's or the house's, its channel's, and one that it chose."""
    public = EVENTS.get(event.topic)
    if public is None or event.company_id not in (endpoint.company_id, None):
        return False
    if event.company_id is None and public.audience != "company":
        return False
    if event.topic == PING:
        return event.payload.get("endpoint_id") == endpoint.pk
    if endpoint.events and public.type not in endpoint.events:
        return False
    if endpoint.channel_id is None or public.audience == "all":
        return True
    return public.audience == "channel" and facts.get("channel_id") == endpoint.channel_id


def facts_of(events: Iterable[Told]) -> dict[int, dict[str, Any]]:
    """By event: order, channel and the channel's own id of the order, none of which ever changes. Statements: 0 to 2."""
    found: dict[int, dict[str, Any]] = {event.id: {} for event in events}
    returns = {event.id: event.payload["return_id"] for event in events if "return_id" in event.payload}
    orders = {event.id: event.payload["order_id"] for event in events if "order_id" in event.payload}
    if returns:
        of_return = dict(ReturnOrder.objects.filter(pk__in=set(returns.values())).values_list("pk", "order_id"))
        orders |= {event_id: of_return.get(pk) for event_id, pk in returns.items()}
    if orders:
        rows = Order.objects.filter(pk__in=set(orders.values())).values_list("pk", "channel_id", "external_id")
        known = {pk: {"order_id": pk, "channel_id": channel, "external_id": own} for pk, channel, own in rows}
        for event_id, order_id in orders.items():
            found[event_id] = known.get(order_id, {})
    return found
