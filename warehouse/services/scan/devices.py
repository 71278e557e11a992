"""Enrolling handhelds and taking them out of use."""

import hmac
import secrets
from datetime import timedelta
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import database_now
from backoffice.core.errors import InvalidInput
from inventory.models import Warehouse
from warehouse.errors import DeviceRefused
from warehouse.models import ScanDevice, SessionEnd
from warehouse.services.scan.secrets import digest, new_code
from warehouse.services.scan.sessions import end_sessions

CODE_LENGTH = 8
CODE_LIFE = timedelta(minutes=15)
SEEN_EVERY = timedelta(seconds=30)


class Enrolment(NamedTuple):
    """code: shown once, to be typed or read on the handheld within 15 minutes."""

    device: ScanDevice
    code: str


@transaction.atomic
def create_device(*, company_id: int, warehouse_id: int, name: str, actor: Actor) -> Enrolment:
    """A handheld that waits for its enrolment. Raises InvalidInput for a warehouse of another company."""
    if not Warehouse.objects.filter(pk=warehouse_id, company_id=company_id, is_transit=False).exists():
        raise InvalidInput(
            _("Choose a warehouse of this company."),
            errors=[{"field": "warehouse", "message": _("not of this company"), "code": "invalid"}],
        )
    device = ScanDevice.objects.create(company_id=company_id, warehouse_id=warehouse_id, name=name)
    record([_change(device, "created", new=name)], actor=actor)
    return Enrolment(device, _give_code(device))


@transaction.atomic
def renew_code(device_id: int, *, actor: Actor) -> Enrolment:
    """A new one-time code, e.g. after the browser's data was emptied. The token in use stays until it is used.

    Raises DeviceRefused (revoked).
    """
    device = _lock(device_id)
    if device.revoked_at is not None:
        raise DeviceRefused(_("This handheld was revoked: add it anew."), code="revoked")
    record([_change(device, "code_given")], actor=actor)
    return Enrolment(device, _give_code(device))


def _give_code(device: ScanDevice) -> str:
    code = new_code(CODE_LENGTH)
    device.code_digest, device.code_expires_at = digest(code), database_now() + CODE_LIFE
    device.save(update_fields=["code_digest", "code_expires_at"])
    return code


@transaction.atomic
def enrol_device(code: str) -> tuple[ScanDevice, str]:
    """The device of a one-time code, and the text of its new token ("<id>.<secret>"), which the browser keeps.

    Raises DeviceRefused: unknown, used and expired codes are answered alike.
    """
    plain = code.strip().upper().replace("-", "").replace(" ", "")
    now = database_now()
    device = (
        ScanDevice.objects.select_for_update(of=("self",), no_key=True)
        .filter(code_digest=digest(plain), code_expires_at__gt=now, revoked_at__isnull=True)
        .first()
    )
    if device is None:
        raise DeviceRefused(
            _("This code is not valid (any more): ask your lead for a new one. It lives for 15 minutes, once."),
            code="code_unknown",
        )
    secret = secrets.token_urlsafe(32)
    device.code_digest, device.code_expires_at = None, None
    device.token_digest, device.enrolled_at, device.last_seen_at = digest(secret), now, now
    device.save(update_fields=["code_digest", "code_expires_at", "token_digest", "enrolled_at", "last_seen_at"])
    end_sessions(device.pk, SessionEnd.REVOKED)  # whoever held the former token
    record([_change(device, "enrolled")], actor=Actor.job("enrolment"))
    return device, f"{device.pk}.{secret}"


@transaction.atomic
def revoke_device(device_id: int, *, actor: Actor, reason: str = "") -> None:
    """Its token is worth nothing from now on; whoever is signed in is signed out. What it still holds is not taken."""
    device = _lock(device_id)
    if device.revoked_at is not None:
        return
    device.code_digest = device.code_expires_at = device.token_digest = None
    device.revoked_at = database_now()
    device.save(update_fields=["code_digest", "code_expires_at", "token_digest", "revoked_at"])
    end_sessions(device.pk, SessionEnd.REVOKED)
    record([_change(device, "revoked", reason=reason)], actor=actor)


def device_of(token: str) -> ScanDevice | None:
    """The handheld that holds this token; noted as seen, twice a minute at most. Statements: 1 or 2."""
    number, _dot, secret = token.partition(".")
    if not number.isdecimal() or len(number) > 18:
        return None
    device = ScanDevice.objects.select_related("warehouse").filter(pk=int(number), revoked_at__isnull=True).first()
    known = bytes(device.token_digest) if device and device.token_digest else bytes(32)
    if not hmac.compare_digest(digest(secret), known) or device is None:
        return None
    now = database_now()
    if device.last_seen_at is None or device.last_seen_at < now - SEEN_EVERY:
        ScanDevice.objects.filter(pk=device.pk).update(last_seen_at=now)
    return device


def _lock(device_id: int) -> ScanDevice:
    return ScanDevice.objects.select_for_update(of=("self",), no_key=True).get(pk=device_id)


def _change(device: ScanDevice, action: str, *, new: str = "", reason: str = "") -> Change:
    return Change("warehouse.scandevice", device.pk, action, new=new, reason=reason, company_id=device.company_id)
