"""The end of the setup: what is still open, and going live."""

from dataclasses import dataclass

from django.db import connection as database
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.audit import Change
from backoffice.core.errors import InvalidInput
from integrations.connectors.registry import kind_of
from integrations.models import Connection, ConnectionStatus, Cursor
from integrations.services.connecting.drafts import locked_draft
from integrations.services.connections import TYPE
from integrations.services.pulling import STREAM


@dataclass(frozen=True, slots=True)
class Open:
    """A step that is not done. name: login, start or preview."""

    name: str
    why: str


def open_steps(connection: Connection) -> list[Open]:
    """What keeps a draft from going live; mapping may be left for later. Pure."""
    found, setup, capabilities = [], connection.setup, kind_of(connection.connector).capabilities
    if not setup.get("tried", {}).get("ok"):
        found.append(Open("login", _("The login has not worked yet.")))
    if capabilities.orders and not setup.get("first_day"):
        found.append(Open("start", _("Nobody has said from which day on orders are taken.")))
    if capabilities.orders and capabilities.previews and "preview" not in setup:
        found.append(Open("preview", _("Nobody has looked at the orders that would come.")))
    return found


@transaction.atomic
def go_live(*, connection_id: int, actor: Actor) -> Connection:
    """From now on orders are pulled, and stock and shipments told. Raises InvalidInput naming what is still open;
    nothing is written then.
    """
    row = locked_draft(connection_id)
    if left := open_steps(row):
        raise InvalidInput(
            _("It is not ready: %(why)s") % {"why": " ".join(step.why for step in left)},
            errors=[{"field": step.name, "message": step.why} for step in left],
        )
    row.status, row.live_at, row.setup = ConnectionStatus.ACTIVE, timezone.now(), {}
    row.save(update_fields=["status", "live_at", "setup"])
    Cursor.objects.bulk_create([Cursor(connection=row, stream=STREAM)], ignore_conflicts=True)
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE integrations_cursor SET due_at = clock_timestamp() WHERE connection_id = %s", [connection_id]
        )
    audit.record([Change(TYPE, row.pk, "status", "status", "draft", "active", "", row.company_id)], actor=actor)
    return row
