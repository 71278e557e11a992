"""Trying a login: what works, what does not, and what to do about it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.core.addresses import EgressRefused
from backoffice.core.errors import DomainError
from integrations.connectors.base import Connector, Window
from integrations.connectors.registry import kind_of, opened
from integrations.errors import ChannelThrottled, ChannelUnauthorised, ChannelUnavailable
from integrations.models import Connection
from integrations.services.connecting.drafts import note, refuse_live

SKEW = timedelta(minutes=10)


def try_login(*, connection_id: int) -> dict[str, Any]:
    """Ask the channel for its clock, one page of orders and one of its catalogue, as far as it has them.

    Returns, and keeps in the draft: {"ok", "at", "steps": [{"name", "ok", "said", "remedy"}]}. Changes nothing at the
    channel. Not inside a transaction.
    """
    connection = Connection.objects.select_related("channel").get(pk=connection_id)
    refuse_live(connection)
    kind = kind_of(connection.connector)
    steps: list[dict[str, Any]] = []
    try:
        with opened(connection) as connector:
            steps.append(_step(_("The login"), lambda: _clock(connector), kind))
            if steps[0]["ok"] and kind.capabilities.orders and kind.capabilities.previews:
                steps.append(_step(_("Reading orders"), lambda: _orders(connector), kind))
            if steps[0]["ok"] and kind.capabilities.catalogue:
                steps.append(_step(_("Reading the catalogue"), lambda: _catalogue(connector), kind))
    except DomainError as error:
        steps.append(_failed(_("The login"), error, kind))
    found = {"ok": all(step["ok"] for step in steps), "at": timezone.now().isoformat(), "steps": steps}
    note(connection_id, lambda setup: {**setup, "tried": found})
    return found


def _step(name: str, ask: Callable[[], str], kind: type[Connector]) -> dict[str, Any]:
    try:
        return {"name": name, "ok": True, "said": ask(), "remedy": ""}
    except DomainError as error:
        return _failed(name, error, kind)


def _failed(name: str, error: DomainError, kind: type[Connector]) -> dict[str, Any]:
    return {"name": name, "ok": False, "said": error.detail[:300], "remedy": remedy_of(error, kind)}


def _clock(connector: Connector) -> str:
    apart = abs(connector.server_time() - datetime.now(UTC))
    if apart > SKEW:
        return _("It works; its clock is %(minutes)s minutes from ours.") % {
            "minutes": int(apart.total_seconds() // 60)
        }
    return _("It works.")


def _orders(connector: Connector) -> str:
    now = connector.server_time()
    for page in connector.list_orders(Window(now - timedelta(hours=1), now)):
        return _("%(count)s orders changed in the last hour.") % {"count": len(page.orders)}
    return _("It works.")


def _catalogue(connector: Connector) -> str:
    for page in connector.list_listings():
        return _("It works.") if page else _("It sells nothing yet.")
    return _("It sells nothing yet.")


def remedy_of(error: DomainError, kind: type[Connector]) -> str:
    """What a person does about it."""
    if isinstance(error, ChannelUnauthorised):
        return _("Check the keys: copied whole, of this shop, not expired, and with the rights that are needed.") + (
            f" {kind.help}" if kind.help else ""
        )
    if isinstance(error, ChannelThrottled):
        return _("Nothing is wrong: the shop's limit is used up. Try again in a minute.")
    if isinstance(error.__cause__, EgressRefused):
        return _(
            "Only public addresses with https:// are called. One of your own network has to be allowed by the operator"
            " (BACKOFFICE_EGRESS_ALLOW)."
        )
    if isinstance(error, ChannelUnavailable):
        return _("Check the address, and whether the shop can be opened from outside; then try again.")
    return _("Check the address and the settings against the shop's own pages.")
