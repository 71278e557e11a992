"""Second factors: codes of an authenticator app, and recovery codes. (Passkeys: passkeys.py.)"""

import base64
import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.db import transaction
from django.db.models import Q

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import database_now
from backoffice.core.models import FactorKind, RecoveryCode, SecondFactor, SecondFactorRole, StaffSession, User
from backoffice.core.sealing import seal, unseal
from backoffice.core.staff import StaffRole

STEP_S, DIGITS, DRIFT = 30, 6, 1  # what every app can do; clocks may be one step apart
RECOVERY_CODES = 10
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # no I, O, 0, 1: they are misread


def confirmed(user: User) -> Sequence[SecondFactor]:
    return list(user.second_factors.filter(confirmed_at__isnull=False).order_by("pk"))


def needs_factor(user: User) -> bool:
    """Whether one of their roles wants a second factor; a superuser has the owner's. Statements: 1."""
    wanted = Q(group__user=user)
    if user.is_superuser:
        wanted |= Q(group__name=StaffRole.OWNER)
    return SecondFactorRole.objects.filter(wanted).exists()


def must_enrol(user: User) -> bool:
    """Statements: 1 or 2."""
    return needs_factor(user) and not user.second_factors.filter(confirmed_at__isnull=False).exists()


# The authenticator app


def begin_app(user: User) -> SecondFactor:
    """A new secret that waits for its first code; one that waited before is replaced. Not if one is in use."""
    user.second_factors.filter(kind=FactorKind.APP, confirmed_at__isnull=True).delete()
    sealed = seal({"secret": base64.b32encode(secrets.token_bytes(20)).decode()}, owner=_owner(user.pk))
    return SecondFactor.objects.create(user=user, kind=FactorKind.APP, name="", sealed=sealed)


def app_secret(factor: SecondFactor) -> str:
    """In base 32, as it is typed into the app."""
    return unseal(factor.sealed, owner=_owner(factor.user_id))["secret"]


def app_address(factor: SecondFactor, *, username: str, house: str) -> str:
    """The otpauth: address that the app reads from a picture."""
    label = quote(f"{house}:{username}")
    return f"otpauth://totp/{label}?secret={app_secret(factor)}&issuer={quote(house)}&digits={DIGITS}&period={STEP_S}"


def code_at(secret: str, at_s: float) -> str:
    """What the app shows at that instant (RFC 6238)."""
    return _totp(secret).generate(int(at_s)).decode()


def _totp(secret: str) -> TOTP:
    return TOTP(base64.b32decode(secret), DIGITS, SHA1(), STEP_S, enforce_key_length=False)


def _step_of(secret: str, code: str, now_s: float) -> int | None:
    totp, found = _totp(secret), None
    for step in range(int(now_s) // STEP_S - DRIFT, int(now_s) // STEP_S + DRIFT + 1):
        try:
            totp.verify(code.encode(), step * STEP_S)
        except InvalidToken:
            continue
        found = step
    return found


def _take_app_code(user: User, code: str, now: datetime, *, confirmed_only: bool) -> SecondFactor | None:
    """A code is taken once: its step must be later than the last one taken, under the factor's lock."""
    rows = SecondFactor.objects.select_for_update(of=("self",), no_key=True).filter(user=user, kind=FactorKind.APP)
    factor = rows.filter(confirmed_at__isnull=False).first() if confirmed_only else rows.first()
    if factor is None or not (code.isascii() and code.isdecimal() and len(code) == DIGITS):
        return None
    step = _step_of(app_secret(factor), code, now.timestamp())
    if step is None or (factor.last_step is not None and step <= factor.last_step):
        return None
    factor.last_step = step
    factor.last_used_at = now
    factor.save(update_fields=["last_step", "last_used_at"])
    return factor


@transaction.atomic
def confirm_app(user: User, code: str, *, name: str, actor: Actor) -> list[str] | None:
    """The first right code switches the app on. Returns new recovery codes ([] if there are some), None if wrong."""
    now = database_now()
    factor = _take_app_code(user, _plain(code), now, confirmed_only=False)
    if factor is None:
        return None
    factor.name, factor.confirmed_at = name, now
    factor.save(update_fields=["name", "confirmed_at"])
    return note_added(factor, actor=actor)


def note_added(factor: SecondFactor, *, actor: Actor) -> list[str]:
    """The trail tells of it; with the first factor come recovery codes."""
    record([Change("core.user", factor.user_id, "second_factor_added", new=factor.kind)], actor=actor)
    if factor.user.recovery_codes.filter(used_at__isnull=True).exists():
        return []
    return new_recovery_codes(factor.user, actor=actor)


# Any code


@transaction.atomic
def take_code(user: User, code: str) -> bool:
    """Whether it is a code of the person's app, or a recovery code; either is good once."""
    now, plain = database_now(), _plain(code)
    if _take_app_code(user, plain, now, confirmed_only=True) is not None:
        return True
    used = RecoveryCode.objects.filter(user=user, digest=_digest(plain), used_at__isnull=True).update(used_at=now)
    if used:
        left = user.recovery_codes.filter(used_at__isnull=True).count()
        record([Change("core.user", user.pk, "recovery_code_used", new=f"{left} left")], actor=Actor.of(user))
    return bool(used)


def _plain(code: str) -> str:
    return "".join(code.split()).replace("-", "").upper()


@transaction.atomic
def new_recovery_codes(user: User, *, actor: Actor) -> list[str]:
    """Ten new ones, shown this once; the old ones are dead. 80 bits each: a digest of them tells nothing."""
    codes = ["".join(secrets.choice(ALPHABET) for _place in range(16)) for _code in range(RECOVERY_CODES)]
    user.recovery_codes.all().delete()
    RecoveryCode.objects.bulk_create([RecoveryCode(user=user, digest=_digest(code)) for code in codes])
    record([Change("core.user", user.pk, "recovery_codes_made")], actor=actor)
    return ["-".join(code[start : start + 4] for start in range(0, 16, 4)) for code in codes]


def _digest(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()


# Taking them away


@transaction.atomic
def remove_factor(user: User, pk: int, *, actor: Actor) -> bool:
    """One of one's own; with the last one the recovery codes go too."""
    factor = user.second_factors.filter(pk=pk, confirmed_at__isnull=False).first()
    if factor is None:
        return False
    kind = factor.kind
    factor.delete()
    if not user.second_factors.filter(confirmed_at__isnull=False).exists():
        user.recovery_codes.all().delete()
    record([Change("core.user", user.pk, "second_factor_removed", old=kind)], actor=actor)
    return True


@transaction.atomic
def reset_factors(user: User, *, actor: Actor, reason: str) -> None:
    """For somebody who lost theirs: factors and codes are gone, and they are signed out everywhere."""
    kinds = sorted(user.second_factors.filter(confirmed_at__isnull=False).values_list("kind", flat=True))
    user.second_factors.all().delete()
    user.recovery_codes.all().delete()
    StaffSession.objects.filter(user=user).delete()
    change = Change("core.user", user.pk, "second_factors_reset", old=", ".join(kinds), reason=reason)
    record([change], actor=actor)


@transaction.atomic
def set_roles(names: Sequence[str], groups: Any, *, actor: Actor) -> None:
    """Exactly these roles need a second factor."""
    before = dict(SecondFactorRole.objects.values_list("group_id", "group__name"))
    wanted = {group.pk: group.name for group in groups if group.name in names}
    changes = [
        Change("auth.group", pk, "changed", "second_factor", *(("", "needed") if pk in wanted else ("needed", "")))
        for pk in sorted(before.keys() ^ wanted.keys())
    ]
    SecondFactorRole.objects.filter(group_id__in=before.keys() - wanted.keys()).delete()
    SecondFactorRole.objects.bulk_create(
        [SecondFactorRole(group_id=pk) for pk in sorted(wanted.keys() - before.keys())], ignore_conflicts=True
    )
    record(changes, actor=actor)


def _owner(user_id: int) -> str:
    return f"second factor:{user_id}"


def reseal_factors() -> int:
    """With the newest key; for `rotate_secrets`, in its transaction."""
    rows = SecondFactor.objects.select_for_update(of=("self",), no_key=True).filter(kind=FactorKind.APP).order_by("pk")
    for factor in rows:
        factor.sealed = seal(unseal(factor.sealed, owner=_owner(factor.user_id)), owner=_owner(factor.user_id))
        factor.save(update_fields=["sealed"])
    return len(rows)
