"""Let the outbox go on after the database was restored from a dump into another cluster."""

from typing import Any

from django.core.management.base import BaseCommand

from backoffice.core import outbox
from backoffice.core.registry import registry


class Command(BaseCommand):
    help = "After a restore from a dump: deliver what was left unread and let the outbox's readers go on."

    def handle(self, *args: Any, **options: Any) -> None:
        for consumer in registry.event_consumers().values():
            passed = outbox.resume(consumer=consumer.name, handle=consumer.handle, topics=consumer.topics)
            self.stdout.write(f"{consumer.name}: {passed} event(s) delivered, reader stamped.")
