"""Messages to workers: hints that carry an id, while the work is a row.

Tasks are named, not imported: their modules stand above the services that wake them.
"""

import logging
from typing import Any

from celery import current_app
from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.errors import Unavailable

log = logging.getLogger(__name__)
EXPIRES_S = 60


def wake_worker(task: str, *args: Any, expires: int = EXPIRES_S) -> None:
    """Have a worker do a task after the commit; if the message is lost, or the broker is away, its sweep finds the row."""

    def send() -> None:
        try:
            _send(task, args, expires)
        except Exception:
            log.warning("%s%r waits for the sweep", task, args, exc_info=True)

    transaction.on_commit(send)


def ask_worker(task: str, *args: Any) -> None:
    """Have a worker do, now, what no row asks for: lost is lost.

    Raises Unavailable if no broker takes the message.
    """
    try:
        _send(task, args, EXPIRES_S)
    except Exception as error:
        raise Unavailable(_("The workers cannot be reached; try again in a moment."), task=task) from error


def _send(task: str, args: tuple[Any, ...], expires: int) -> None:
    current_app.send_task(task, args, expires=expires, retry=False)
