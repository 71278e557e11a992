"""Access tokens that live a while, kept encrypted and renewed by one worker at a time.

A lease in the database, not a lock: renewing is an HTTP call, and no transaction is open while one is made. The new
token and the secrets that came with it (a refresh token that replaces the old one) are stored in one statement's
transaction, so that neither is kept without the other.
"""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection as database
from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.holding import holder
from integrations.connectors.access import Grant
from integrations.errors import ChannelThrottled
from integrations.secrets import seal, unseal

LEASE_S = 90  # above the HTTP client's deadline
EARLY_S = 60  # renewed so long before its end
PATIENCE = 20  # looks, a quarter of a second apart, while another worker renews


class SharedTokens:
    """One account's token. owner: whose its secrets are, as sealed in."""

    def __init__(self, connection_id: int, owner: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self.connection_id, self.owner, self.sleep = connection_id, owner, sleep

    def token(self, fetch: Callable[[Mapping[str, str]], Grant], *, stale: str = "") -> str:
        for _look in range(PATIENCE):
            held = self._held()
            if held and held != stale:
                return held
            if lease := self._lease():
                return self._renew(fetch, stale, lease)
            self.sleep(0.25)
        raise ChannelThrottled(_("Another worker renews the login; it goes on in a moment."), retry_after_s=5.0)

    def _held(self) -> str:
        row = _one(
            "SELECT sealed FROM integrations_accesstoken WHERE connection_id = %s AND expires_at > clock_timestamp()"
            " + make_interval(secs => %s)",
            [self.connection_id, EARLY_S],
        )
        return unseal(row[0], owner=self.owner).get("token", "") if row else ""

    def _lease(self) -> datetime | None:
        row = _one(
            "INSERT INTO integrations_accesstoken AS t (connection_id, lease_until, held_by)"
            " VALUES (%s, clock_timestamp() + make_interval(secs => %s), %s) ON CONFLICT (connection_id) DO UPDATE"
            " SET lease_until = excluded.lease_until, held_by = excluded.held_by"
            " WHERE t.lease_until IS NULL OR t.lease_until < clock_timestamp() RETURNING t.lease_until",
            [self.connection_id, LEASE_S, holder()],
        )
        return row[0] if row else None

    def _renew(self, fetch: Callable[[Mapping[str, str]], Grant], stale: str, lease: datetime) -> str:
        try:
            held = self._held()  # another may have renewed it just before the lease was ours
            if held and held != stale:
                return held
            row = _one("SELECT secrets FROM integrations_connection WHERE id = %s", [self.connection_id])
            secrets = unseal(row[0] if row else None, owner=self.owner)
            grant = fetch(secrets)
            self._store(grant, secrets)
            return grant.token
        finally:
            _one(
                "UPDATE integrations_accesstoken SET lease_until = NULL WHERE connection_id = %s AND lease_until = %s"
                " RETURNING 1",
                [self.connection_id, lease],
            )

    @transaction.atomic
    def _store(self, grant: Grant, secrets: Mapping[str, str]) -> None:
        if grant.secrets:
            _one(
                "UPDATE integrations_connection SET secrets = %s WHERE id = %s RETURNING 1",
                [seal({**secrets, **grant.secrets}, owner=self.owner), self.connection_id],
            )
        _one(
            "UPDATE integrations_accesstoken SET sealed = %s, expires_at = clock_timestamp()"
            " + make_interval(secs => %s) WHERE connection_id = %s RETURNING 1",
            [seal({"token": grant.token}, owner=self.owner), grant.expires_in_s, self.connection_id],
        )


def _one(sql: str, params: list[Any]) -> tuple[Any, ...] | None:
    with database.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()
