"""What orders do when the goods book tells that something changed; each may see an event again."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from backoffice.core.actor import Actor
from backoffice.core.outbox import Delivered
from inventory.models import Demand
from orders import services
from orders.models import OrderLine, PromiseReason

FULFIL_CONSUMER, FULFIL_TOPICS = "orders.served", frozenset({"DemandsServed", "ReleaseDateMoved"})
PROMISE_CONSUMER = "orders.promises"
PROMISE_TOPICS = frozenset({"DemandsServed", "InboundChanged", "LinesDropped", "ReleaseDateMoved"})


def fulfil_served(events: Sequence[Delivered]) -> None:
    """Goods were given to lines that had waited, or SKUs are released earlier: their orders get their fulfilments."""
    actor = Actor.job("serve-back-orders")
    for company_id, demand_ids in _demands(events).items():
        lines = Demand.objects.filter(pk__in=demand_ids, source_type="orders.orderline").values("source_id")
        order_ids = sorted(set(OrderLine.objects.filter(pk__in=lines).values_list("order_id", flat=True)))
        if order_ids:
            services.fulfil_allocated(company_id=company_id, order_ids=order_ids, actor=actor)
    moved = {event.company_id for event in events if event.topic == "ReleaseDateMoved"}
    for company_id in sorted(company_id for company_id in moved if company_id is not None):
        services.fulfil_allocated(company_id=company_id, actor=actor)


def count_again(events: Sequence[Delivered]) -> None:
    """What suppliers will bring or a release date changed, somebody was served, or a supplier ships it instead: promises
    of these SKUs are counted again."""
    actor = Actor.job("count-promises")
    for event in events:
        if event.topic == "InboundChanged" and event.company_id is not None:
            services.count_promises(
                company_id=event.company_id,
                sku_ids=event.payload["sku_ids"],
                actor=actor,
                reason=PromiseReason.INBOUND,
                detail=_cause(event.payload),
            )
        elif event.topic == "ReleaseDateMoved" and event.company_id is not None:
            services.count_promises(
                company_id=event.company_id,
                sku_ids=event.payload["sku_ids"],
                actor=actor,
                detail="release date",
                held_back=True,
            )
        elif event.topic == "LinesDropped" and event.company_id is not None:
            services.count_promises(
                company_id=event.company_id, sku_ids=event.payload["sku_ids"], actor=actor, detail="drop shipment"
            )
    for company_id, demand_ids in _demands(events).items():
        skus = Demand.objects.filter(pk__in=demand_ids).values_list("sku_id", flat=True)
        services.count_promises(company_id=company_id, sku_ids=set(skus), actor=actor)


def _cause(payload: Mapping[str, Any]) -> str:
    order = payload["purchase_order_id"]
    return payload["what"] if order is None else f"PO-{order:06d}: {payload['what']}"


def _demands(events: Sequence[Delivered]) -> dict[int, set[int]]:
    found: defaultdict[int, set[int]] = defaultdict(set)
    for event in events:
        if event.topic == "DemandsServed" and event.company_id is not None:
            found[event.company_id].update(event.payload["demand_ids"])
    return dict(found)
