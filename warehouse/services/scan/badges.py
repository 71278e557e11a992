"""Giving people badges and PINs, and unlocking them."""

import re

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import database_now
from backoffice.core.errors import InvalidInput
from warehouse.models import ScanCredential, ScanSession, SessionEnd
from warehouse.services.scan.secrets import BADGE_PREFIX, digest, is_trivial, new_code

BADGE_LENGTH = 16


@transaction.atomic
def issue_badge(user_id: int, *, actor: Actor) -> str:
    """The text of a new badge, to be printed now: only its digest is kept. A former badge opens nothing any more."""
    credential = _of(user_id)
    badge = BADGE_PREFIX + new_code(BADGE_LENGTH)
    credential.badge_digest = digest(badge)
    credential.save(update_fields=["badge_digest"])
    _record(credential, "badge_issued", actor)
    return badge


def check_pin(pin: str) -> None:
    """4 to 8 digits, not ones that everybody tries first. Raises InvalidInput."""
    if not re.fullmatch(r"[0-9]{4,8}", pin):
        raise InvalidInput(_("A PIN has 4 to 8 digits."), errors=[_error(_("4 to 8 digits"))])
    if is_trivial(pin):
        raise InvalidInput(
            _("This PIN is guessed at once: no repeated digits, no digits in a row."), errors=[_error(_("too simple"))]
        )


@transaction.atomic
def set_pin(user_id: int, pin: str, *, actor: Actor) -> None:
    """It unlocks, too. Raises InvalidInput for what check_pin refuses; nothing is changed then."""
    check_pin(pin)
    credential = _of(user_id)
    credential.pin_hash, credential.failures, credential.locked_at = make_password(pin), 0, None
    credential.save(update_fields=["pin_hash", "failures", "locked_at"])
    _record(credential, "pin_set", actor)


@transaction.atomic
def unlock(user_id: int, *, actor: Actor) -> None:
    """After too many wrong PINs: badge and PIN open handhelds again."""
    credential = _of(user_id)
    if credential.locked_at is None and not credential.failures:
        return
    credential.failures, credential.locked_at = 0, None
    credential.save(update_fields=["failures", "locked_at"])
    _record(credential, "unlocked", actor)


@transaction.atomic
def withdraw(user_id: int, *, actor: Actor) -> None:
    """Neither badge nor PIN opens a handheld any more, and the person is signed out wherever they are signed in."""
    credential = _of(user_id)
    credential.badge_digest, credential.pin_hash = None, ""
    credential.save(update_fields=["badge_digest", "pin_hash"])
    open_now = ScanSession.objects.filter(user_id=user_id, ended_at__isnull=True)
    open_now.update(ended_at=database_now(), end_reason=SessionEnd.REVOKED)
    _record(credential, "withdrawn", actor)


def _of(user_id: int) -> ScanCredential:
    ScanCredential.objects.bulk_create([ScanCredential(user_id=user_id)], ignore_conflicts=True)
    return ScanCredential.objects.select_for_update(of=("self",), no_key=True).get(user_id=user_id)


def _record(credential: ScanCredential, action: str, actor: Actor) -> None:
    record([Change("warehouse.scancredential", credential.pk, action)], actor=actor)


def _error(message: str) -> dict[str, str]:
    return {"field": "pin", "message": message, "code": "invalid"}
