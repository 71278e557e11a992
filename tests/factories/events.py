"""Handing events to their readers within a test's own transaction, where the outbox's window shows nothing yet."""

from backoffice.core.models import OutboxEvent
from backoffice.core.outbox import Delivered
from backoffice.core.registry import registry


class Pump:
    """Gives the named consumers each event once, as workers do; `run` until nothing new is told."""

    def __init__(self, *consumers: str) -> None:
        self.consumers, self.seen = consumers, 0

    def run(self) -> int:
        passed = 0
        while True:
            rows = list(OutboxEvent.objects.filter(pk__gt=self.seen).order_by("pk"))
            if not rows:
                return passed
            self.seen = rows[-1].pk
            passed += len(rows)
            events = [Delivered(r.pk, r.topic, r.key, r.payload, r.company_id, r.recorded_at, 0) for r in rows]
            for name in self.consumers:
                consumer = registry.event_consumers()[name]
                if wanted := [event for event in events if event.topic in consumer.topics]:
                    consumer.handle(wanted)


def order_pump() -> Pump:
    return Pump("orders.served", "orders.promises")
