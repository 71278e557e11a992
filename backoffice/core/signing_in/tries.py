"""Wrong passwords and codes are counted in the database, and counted before the password is looked at.

So of many guesses at once exactly as many are looked at as are allowed: each takes its place in one statement, by
account and by address; whoever gets none is refused without a look. A right answer gives its places back.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.models import SignInTry, User

USER, NAME, ADDRESS = "user:", "name:", "address:"

# What failed longer ago than the wait counts no more. A key that is at its limit is left as it is: it waits from the
# last try that was looked at, however often it is tried meanwhile.
_TAKE = """
INSERT INTO core_signintry AS t (key, failures, last_at)
VALUES (%(key)s, 1, clock_timestamp())
ON CONFLICT (key) DO UPDATE SET
    failures = CASE WHEN t.last_at < clock_timestamp() - %(wait)s * interval '1 minute' THEN 1 ELSE t.failures + 1 END,
    last_at = clock_timestamp()
WHERE t.failures < %(limit)s OR t.last_at < clock_timestamp() - %(wait)s * interval '1 minute'
RETURNING failures
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A try that may be looked at; keys with how many of theirs are taken, this one included."""

    taken: Mapping[str, int]


def key_of_name(username: str) -> str:
    """For names that nobody has, so that they are answered like those of people. Typed names are not kept."""
    digest = hashlib.sha256(f"{settings.SECRET_KEY}:{username.strip().casefold()}".encode()).hexdigest()
    return f"{NAME}{digest[:40]}"


def address_of(request: Any) -> str:
    """Where the request came from: the peer, or what the house's own proxies say (BACKOFFICE_TRUSTED_PROXIES)."""
    peer = str(request.META.get("REMOTE_ADDR", "") or "")
    told = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    hops = settings.TRUSTED_PROXIES
    if hops and len(told) >= hops:
        return told[-hops][:45]
    return peer[:45]


def take_place(user: User | None, *, username: str, address: str) -> Place | None:
    """A place for one look at a password or code; None: too often, it is not looked at. Statements: 2.

    Committed at once, before the slow look.
    """
    own = f"{USER}{user.pk}" if user else key_of_name(username)
    limits = {own: settings.SIGN_IN_TRIES}
    if address:
        limits[f"{ADDRESS}{address}"] = settings.SIGN_IN_TRIES_ADDRESS
    taken = {}
    with transaction.atomic(), connection.cursor() as cursor:
        for key in sorted(limits):
            how: dict[str, str | int] = {"key": key, "wait": settings.SIGN_IN_WAIT_MINUTES, "limit": limits[key]}
            cursor.execute(_TAKE, how)
            row = cursor.fetchone()
            if row is None:
                return None
            taken[key] = row[0]
    return Place(taken)


def was_right(place: Place) -> None:
    """The account's wrong tries are forgotten; of the address only this one is, for others may be guessing there."""
    with connection.cursor() as cursor:
        for key in sorted(place.taken):
            if key.startswith(ADDRESS):
                cursor.execute("UPDATE core_signintry SET failures = greatest(failures - 1, 0) WHERE key = %s", [key])
            else:
                cursor.execute("DELETE FROM core_signintry WHERE key = %s", [key])


def was_wrong(place: Place, user: User | None, *, address: str, request_id: str = "") -> None:
    """The last of the tries of a person's account stands in the audit trail."""
    if user is None or place.taken.get(f"{USER}{user.pk}") != settings.SIGN_IN_TRIES:
        return
    reason = f"{settings.SIGN_IN_TRIES} wrong passwords or codes in a row, the last from {address or '?'}"
    record(
        [Change("core.user", user.pk, "locked_out", reason=reason)],
        actor=Actor.of(user, request_id=request_id),
    )


def locked_until(keys: list[str]) -> dict[str, Any]:
    """Which of the keys wait, and until when, by the database's clock. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key, last_at + %(wait)s * interval '1 minute' FROM core_signintry WHERE key = ANY(%(keys)s)"
            " AND failures >= CASE WHEN starts_with(key, %(address)s) THEN %(many)s ELSE %(few)s END"
            " AND last_at >= clock_timestamp() - %(wait)s * interval '1 minute'",
            {
                "wait": settings.SIGN_IN_WAIT_MINUTES, "keys": keys, "address": ADDRESS,
                "many": settings.SIGN_IN_TRIES_ADDRESS, "few": settings.SIGN_IN_TRIES,
            },
        )  # fmt: skip
        return dict(cursor.fetchall())


@transaction.atomic
def unlock(user: User, *, actor: Actor, reason: str) -> None:
    """Let somebody try again at once."""
    SignInTry.objects.filter(key=f"{USER}{user.pk}").delete()
    record([Change("core.user", user.pk, "unlocked", reason=reason)], actor=actor)


def forget_old() -> int:
    """Drop what counts no more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM core_signintry WHERE last_at < clock_timestamp() - %s * interval '1 minute' - interval '1 day'",
            [settings.SIGN_IN_WAIT_MINUTES],
        )
        return int(cursor.rowcount)
