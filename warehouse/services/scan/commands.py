"""Booking what handhelds sent: each command once, in its order, whatever became of the Wi-Fi in between."""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.db import database_now, retry_serialization
from backoffice.core.errors import DomainError, NotPermitted
from warehouse.errors import ScanRefused
from warehouse.models import ScanCommand, ScanDevice, ScanSession, ScanState
from warehouse.services.scan.kinds import KINDS, Scan
from warehouse.services.scan.sessions import was_signed_in, works_there

log = logging.getLogger(__name__)
DISCARD = "discard_scan"


@dataclass(frozen=True, slots=True)
class Command:
    """What a handheld did. sequence: its own count, in which it is applied. scanned_at: by its own clock.

    session: the token of who was signed in. replaces: the refused command that this one tries again, or discards
    (kind "discard_scan", with a reason).
    """

    client_id: UUID
    session: UUID
    sequence: int
    kind: str
    scanned_at: datetime
    body: Mapping[str, Any] = field(default_factory=dict)
    replaces: UUID | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """state: done, refused or discarded; replayed: it came before, this is its first answer."""

    client_id: UUID
    state: str
    code: str = ""
    detail: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)
    replayed: bool = False


def apply_commands(
    commands: Sequence[Command], *, device_id: int, sent_at: datetime, request_id: str = ""
) -> list[CommandResult]:
    """Book a handheld's commands in the order of its count, each in a transaction of its own.

    One result per command, in the order given. A refusal is written down with its words and stops only itself;
    a command that came before is answered as it was then. sent_at: the handheld's clock at sending, from which its
    error is reckoned: what it did is booked at our clock, within its session and not in the future.

    Raises OperationalError where the database cannot be reached: what was not answered is to be sent again.
    """
    offset = database_now() - sent_at
    answers = {
        command.client_id: _apply(command, device_id, offset, request_id)
        for command in sorted(commands, key=lambda command: command.sequence)
    }
    return [answers[command.client_id] for command in commands]


def _apply(command: Command, device_id: int, offset: timedelta, request_id: str) -> CommandResult:
    refusal: DomainError
    try:
        return retry_serialization(lambda: _attempt(command, device_id, offset, request_id, None))
    except (OperationalError, InterfaceError):
        raise  # not an answer to this command
    except DomainError as refused:
        refusal = refused
    except Exception:
        log.exception("a scan could not be booked")
        refusal = ScanRefused("server_error", _("It could not be booked, and we have logged why: tell your lead."))
    return retry_serialization(lambda: _attempt(command, device_id, offset, request_id, refusal))


@transaction.atomic
def _attempt(
    command: Command, device_id: int, offset: timedelta, request_id: str, refusal: DomainError | None
) -> CommandResult:
    """Book it, or write its refusal down. The device's lock makes its commands follow one another."""
    device = (
        ScanDevice.objects.select_for_update(of=("self",), no_key=True).select_related("warehouse").get(pk=device_id)
    )
    known = ScanCommand.objects.filter(client_id=command.client_id).first()
    if known is not None:
        return _replay(known, command, device_id)
    session = ScanSession.objects.select_related("user", "device").filter(token=command.session, device=device).first()
    if session is None:
        return CommandResult(command.client_id, "refused", "unknown_session", _("Nobody is signed in: sign in again."))
    at = _instant(command, session, offset)
    scan = _scan(command, device, session, at, request_id)
    state: str = ScanState.REFUSED.value
    result: dict[str, Any] = {}
    if refusal is None:
        state, result = _book(command, scan, session, at)
    row = _write(command, scan, session, state, result, refusal)
    if at > session.last_used_at:
        ScanSession.objects.filter(pk=session.pk).update(last_used_at=Greatest("last_used_at", at))
    return CommandResult(command.client_id, row.state, row.code, row.detail, row.result)


def _book(command: Command, scan: Scan, session: ScanSession, at: datetime) -> tuple[str, dict[str, Any]]:
    if not was_signed_in(session, at):
        raise ScanRefused(
            "signed_out",
            _("It was scanned after %(user)s had been signed out: scan it again.") % {"user": session.user},
        )
    if not works_there(session.user, session.device):
        raise ScanRefused(
            "elsewhere", _("%(user)s does not work in this warehouse: ask your lead.") % {"user": session.user}
        )
    if command.replaces is not None:
        _check_replaced(command.replaces, scan.device_id)
    if command.kind == DISCARD:
        if command.replaces is None or not command.reason.strip():
            raise ScanRefused("no_reason", _("Say which scan is discarded, and why."))
        return ScanState.DISCARDED.value, {}
    kind = KINDS.get(command.kind)
    if kind is None:
        raise ScanRefused("unknown_kind", _("This handheld's pages are out of date: load them again."))
    if not session.user.has_perm(kind.permission):
        raise NotPermitted(_("Your role does not do this: ask your lead."))
    return ScanState.DONE.value, kind.apply(scan)


def _check_replaced(client_id: UUID, device_id: int) -> None:
    """Only a refused scan of this handheld is tried again or discarded, and only once."""
    if not ScanCommand.objects.filter(client_id=client_id, device_id=device_id, state=ScanState.REFUSED).exists():
        raise ScanRefused("not_refused", _("This scan was not refused: there is nothing to try again."))
    if ScanCommand.objects.filter(replaces=client_id).exclude(state=ScanState.REFUSED).exists():
        raise ScanRefused("replaced", _("This scan was tried again or discarded already."))


def _instant(command: Command, session: ScanSession, offset: timedelta) -> datetime:
    """When it was scanned, by our clock; never before the sign-in nor in the future."""
    return min(max(command.scanned_at + offset, session.started_at), database_now())


def _scan(command: Command, device: ScanDevice, session: ScanSession, at: datetime, request_id: str) -> Scan:
    with connection.cursor() as cursor:  # the facts that it leads to name it before it stands in the book
        cursor.execute("SELECT nextval(pg_get_serial_sequence('warehouse_scancommand', 'id'))")
        [pk] = cursor.fetchone()
    return Scan(
        command_id=pk,
        client_id=command.client_id,
        company_id=device.company_id,
        warehouse_id=device.warehouse_id,
        device_id=device.pk,
        device=device.name,
        actor=Actor.of(session.user, request_id=request_id),
        effective_at=at,
        body=command.body,
        reason=command.reason.strip(),
    )


def _write(
    command: Command, scan: Scan, session: ScanSession, state: str, result: dict[str, Any], refusal: DomainError | None
) -> ScanCommand:
    return ScanCommand.objects.create(
        pk=scan.command_id,
        company_id=scan.company_id,
        device_id=scan.device_id,
        session=session,
        actor_id=scan.actor.user_id,
        actor_label=scan.actor.label,
        client_id=command.client_id,
        content_hash=_hash(command),
        sequence=command.sequence,
        kind=command.kind,
        body=dict(command.body),
        scanned_at=command.scanned_at,
        effective_at=scan.effective_at,
        state=state,
        code=refusal.code if refusal else "",
        detail=refusal.detail[:500] if refusal else "",
        result=result,
        reason=scan.reason[:300],
        replaces=command.replaces,
    )


def _hash(command: Command) -> str:
    said = [str(command.session), command.kind, command.body, str(command.replaces), command.reason]
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def _replay(known: ScanCommand, command: Command, device_id: int) -> CommandResult:
    if known.device_id != device_id or known.content_hash != _hash(command):
        return CommandResult(
            command.client_id, "refused", "id_reused", _("Another scan has this number: load the page and scan again.")
        )
    return CommandResult(command.client_id, known.state, known.code, known.detail, known.result, replayed=True)


def open_refusals(device_id: int, limit: int = 50) -> list[ScanCommand]:
    """What was refused on this handheld and neither tried again with success nor discarded, oldest first.

    Statements: 1.
    """
    settled = ScanCommand.objects.filter(replaces__isnull=False).values("replaces")
    rows = ScanCommand.objects.filter(device_id=device_id, state=ScanState.REFUSED).exclude(client_id__in=settled)
    return list(rows.order_by("pk")[:limit])
