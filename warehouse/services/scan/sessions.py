"""Signing in and out on a handheld, by badge or by user and PIN."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import database_now
from backoffice.core.models import AccessKind, User
from backoffice.core.scopes import may_work_with
from warehouse.models import ScanCredential, ScanDevice, ScanSession, SessionEnd, SignInMethod
from warehouse.services.scan.secrets import digest

MAX_FAILURES = 5
USED_EVERY = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class SignIn:
    """state: done or refused. Codes: unknown (badge, user or PIN; they are answered alike), locked, elsewhere."""

    state: str
    code: str = ""
    session: ScanSession | None = None


def idle_time() -> timedelta:
    return timedelta(minutes=settings.SCAN_IDLE_MINUTES)


@transaction.atomic
def sign_in_by_badge(badge: str, *, device_id: int) -> SignIn:
    """Whose badge it is takes the handheld over. A locked person's badge does not open it either."""
    found = _locked(badge_digest=digest(badge.strip().upper()))
    if found is None:
        return SignIn("refused", "unknown")
    if found.locked_at is not None:
        return SignIn("refused", "locked")
    return _begin(found, device_id, SignInMethod.BADGE)


@transaction.atomic
def sign_in_by_pin(username: str, pin: str, *, device_id: int) -> SignIn:
    """The fifth wrong PIN in a row locks the person's badge and PIN until a lead unlocks them.

    The count is kept with the refusal, under the credential's lock: many guesses at once are counted all.
    """
    found = _locked(user__username=username.strip())
    if found is None or not found.pin_hash:
        make_password(pin)  # as slow as a wrong PIN: the time tells nothing about names
        return SignIn("refused", "unknown")
    if found.locked_at is not None:
        return SignIn("refused", "locked")
    if not check_password(pin, found.pin_hash):
        return _note_failure(found)
    return _begin(found, device_id, SignInMethod.PIN)


def _locked(**which: object) -> ScanCredential | None:
    return (
        ScanCredential.objects.select_for_update(of=("self",), no_key=True)
        .select_related("user")
        .filter(user__is_active=True, **which)
        .first()
    )


def _note_failure(found: ScanCredential) -> SignIn:
    found.failures += 1
    if found.failures < MAX_FAILURES:
        found.save(update_fields=["failures"])
        return SignIn("refused", "unknown")
    found.locked_at = database_now()
    found.save(update_fields=["failures", "locked_at"])
    record(
        [Change("warehouse.scancredential", found.pk, "locked_out", reason=f"{MAX_FAILURES} wrong PINs")],
        actor=Actor.of(found.user),
    )
    return SignIn("refused", "locked")


def _begin(found: ScanCredential, device_id: int, method: str) -> SignIn:
    # The device's row first orders two people who sign in at once.
    device = ScanDevice.objects.select_for_update(of=("self",), no_key=True).get(pk=device_id)
    if found.failures:
        found.failures = 0
        found.save(update_fields=["failures"])
    if not works_there(found.user, device):
        return SignIn("refused", "elsewhere")
    end_sessions(device.pk, SessionEnd.HANDED_OVER)
    session = ScanSession.objects.create(device=device, user=found.user, method=method)
    session.refresh_from_db()
    change = Change("warehouse.scandevice", device.pk, "signed_in", new=method, company_id=device.company_id)
    record([change], actor=Actor.of(found.user))
    return SignIn("done", session=session)


def works_there(user: User, device: ScanDevice) -> bool:
    """Whether nothing limits the person to other warehouses or companies than the handheld's. Statements: 1."""
    return may_work_with(user, AccessKind.WAREHOUSE, device.warehouse_id) and may_work_with(
        user, AccessKind.COMPANY, device.company_id
    )


def end_sessions(device_id: int, reason: str) -> None:
    """Whoever is signed in is signed out; an idle one as of when they became idle. Statements: 2."""
    now = database_now()
    for session in ScanSession.objects.filter(device_id=device_id, ended_at__isnull=True):
        idle_since = session.last_used_at + idle_time()
        at, why = (idle_since, SessionEnd.IDLE) if idle_since < now else (now, reason)
        ScanSession.objects.filter(pk=session.pk, ended_at__isnull=True).update(ended_at=at, end_reason=why)


def live_session(device: ScanDevice) -> ScanSession | None:
    """Who is signed in there now; an idle one is ended. Noted as used, three times a minute at most."""
    session = ScanSession.objects.select_related("user").filter(device_id=device.pk, ended_at__isnull=True).first()
    if session is None:
        return None
    now = database_now()
    if session.last_used_at + idle_time() < now or not session.user.is_active or not works_there(session.user, device):
        end_sessions(device.pk, SessionEnd.SIGNED_OUT)
        return None
    if session.last_used_at < now - USED_EVERY:
        ScanSession.objects.filter(pk=session.pk).update(last_used_at=now)
    return session


def was_signed_in(session: ScanSession, at: datetime) -> bool:
    """Whether a scan at this instant was made within the session: kept scans arrive after it may have ended.

    A session that seems idle to us may have gone on without Wi-Fi: each scan carries it on for as long as the
    idle time lasts.
    """
    if session.ended_at is not None and session.end_reason != SessionEnd.IDLE:
        return at <= session.ended_at
    return at <= session.last_used_at + idle_time()


def recent_people(device_id: int, limit: int = 8) -> list[User]:
    """Who used this handheld last, to be offered by name. Statements: 1."""
    rows = ScanSession.objects.filter(device_id=device_id, user__is_active=True).select_related("user").order_by("-pk")
    found: dict[int, User] = {}
    for session in rows[:60]:
        found.setdefault(session.user_id, session.user)
    return list(found.values())[:limit]
