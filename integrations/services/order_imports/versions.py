"""Which version of an order is the newest: by the channel's own clock where versions begin with a time, else as they came.

Two workers may have two versions of one order: the older one, told second, must not undo the newer one.
"""

import re
from collections import Counter
from collections.abc import Sequence

from django.db import connection as database
from django.utils.translation import gettext as _

from backoffice.core import inbox
from backoffice.core.inbox import Claimed, Finish
from integrations.services.order_imports.items import Item

_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z(?= )"


def newest_of(claimed: Sequence[Claimed]) -> dict[str, Claimed]:
    """The newest message of each order, by its id, in the order in which they came."""
    newest: dict[str, Claimed] = {}
    for message in sorted(claimed, key=_age):
        newest[message.external_id] = message
    return {message.external_id: message for message in sorted(newest.values(), key=lambda m: m.message_id)}


def _age(message: Claimed) -> tuple[str, int]:
    found = re.search(_TIME, message.version)
    return (found[0] if found else "", message.message_id)


# Message by message, by their keys: as a join, planned on figures of empty tables, it walked all for each.
_OVERTAKEN = """
SELECT DISTINCT old.id FROM core_inboxmessage old
CROSS JOIN LATERAL (
    SELECT m.id, m.version FROM core_inboxmessage m
    WHERE m.account = old.account AND m.topic = old.topic AND m.external_id = old.external_id OFFSET 0
) new
CROSS JOIN LATERAL (SELECT FROM core_inboxwork w WHERE w.message_id = new.id AND w.status <> 'dead' OFFSET 0) live
WHERE old.id = ANY(%s)
    AND (coalesce(substring(new.version from %s), ''), new.id) > (coalesce(substring(old.version from %s), ''), old.id)
"""


def overtaken(claimed: Sequence[Claimed]) -> set[int]:
    """Messages of which a newer version is here, unless that one was given up. Statements: 1."""
    with database.cursor() as cursor:
        cursor.execute(_OVERTAKEN, [[message.message_id for message in claimed], _TIME, _TIME])
        return {id for (id,) in cursor.fetchall()}


def leave_overtaken(items: Sequence[Item], counts: Counter[str]) -> list[Item]:
    """Those that are still the newest; the others are ignored. In the transaction that holds the messages: whoever has
    another version of the order waits for it, so nothing can come between. Statements: 1, 2 more for the others.
    """
    late = overtaken([item.claimed for item in items])
    if not late:
        return list(items)
    left = [item.claimed for item in items if item.claimed.message_id in late]
    why = _("A newer version came.")
    inbox.finish([Finish(message, status="ignored", error_code="superseded", error=why) for message in left])
    counts["ignored"] += len(left)
    return [item for item in items if item.claimed.message_id not in late]
