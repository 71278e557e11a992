"""Views whose actions each name what they need, and rows that a key may see."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from backoffice.core.actor import Actor
from backoffice.core.api.idempotency import AcceptsKeys
from backoffice.core.models import ApiKey
from backoffice.core.scopes import visible


class ActionAccess(AcceptsKeys):
    """For view sets: access = {"cancel": ("orders:write", "orders.change_order")}: a program's scope, a person's
    permission. What is not named is refused (HasScope reads the two properties).
    """

    access: ClassVar[Mapping[str, tuple[str, str]]] = {}
    action: str | None

    def _needed(self, which: int) -> dict[str, Sequence[str]]:
        entry = self.access.get(self.action or "")
        return {} if entry is None else dict.fromkeys(("GET", "POST", "PATCH", "DELETE"), (entry[which],))

    @property
    def required_scopes(self) -> dict[str, Sequence[str]]:
        return self._needed(0)

    @property
    def required_permissions(self) -> dict[str, Sequence[str]]:
        return self._needed(1)


NOBODYS = "-"


def own_rows(request: Any, rows: Any, *, channel: str = "", company: str = "company_id") -> Any:
    """The rows that the caller may work with; a foreign one is not found, as if it did not exist.

    Those of the warehouses and channels that the person is limited to (scopes), and of a key's channel and company.
    channel, company: the lookups that lead there; a key bound to a channel sees nothing of rows without one.
    channel=NOBODYS: rows that are the company's alone, of which such a key sees none.
    """
    rows = visible(rows, request.user)
    key = request.auth
    if not isinstance(key, ApiKey):
        return rows
    if key.company_id is not None:
        rows = rows.filter(**{company: key.company_id})
    if key.channel_id is not None and channel == NOBODYS:
        return rows.none()
    if key.channel_id is not None and channel:
        rows = rows.filter(**{channel: key.channel_id})
    return rows


def actor_of(request: Any) -> Actor:
    """Who calls: the user, with the key's name where it is a program."""
    actor = Actor.of(request.user, request_id=getattr(request, "request_id", ""))
    if isinstance(request.auth, ApiKey):
        return Actor(f"{actor.label} ({request.auth.name})"[:150], actor.user_id, actor.request_id)
    return actor
