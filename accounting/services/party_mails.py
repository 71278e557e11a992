"""Mails of the books to customers and suppliers: asked for in the transaction of their cause, sent by a worker once."""

import logging
import smtplib
from collections.abc import Mapping
from datetime import datetime
from email.utils import formataddr
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.core.validators import validate_email
from django.db import connection as database
from django.utils.translation import gettext as _

from accounting.errors import LetterRefused
from accounting.letters import Letter, letter_of, print_letters
from accounting.models import Party, PartyMail, PartyMailStatus
from backoffice.core.actor import Actor
from backoffice.core.holding import holder, holding

log = logging.getLogger(__name__)
LEASE_S, MAX_ATTEMPTS, FIRST_DELAY_S, LONGEST_DELAY_S = 300, 8, 30, 3600


def may_be_mailed(party: Party) -> bool:
    """Whether an address is known that looks like one."""
    person = party.person
    if person is None or person.erased_at is not None or not person.email:
        return False
    try:
        validate_email(person.email)
    except ValidationError:
        return False
    return True


def ask_for_mail(party: Party, kind: str, facts: Mapping[str, Any], key: str, actor: Actor) -> PartyMail:
    """One mail for each key; the same key again answers the first. Raises LetterRefused (no_address). Statements: 2."""
    if not may_be_mailed(party):
        raise LetterRefused(
            _("%(party)s: no mail address is known. Enter one with the party, or print it.") % {"party": party},
            code="no_address",
        )
    made, _fresh = PartyMail.objects.get_or_create(
        key=key,
        defaults={"company_id": party.company_id, "party": party, "kind": kind, "facts": dict(facts),
                  "asked_by": actor.label},
    )  # fmt: skip
    return made


@holding()
def send_party_mails(*, limit: int = 200) -> int:
    """Send what is due; how many were handled. Not inside a transaction; two workers at once send different ones.

    Without a mail server (BACKOFFICE_EMAIL_URL) nothing is touched.
    """
    if not settings.MAIL_READY:
        return 0
    _park()
    for number in range(limit):
        claimed = _claim()
        if claimed is None:
            return number
        status, why = _deliver(*claimed)
        _write(*claimed, status, why)
    return limit


def _deliver(mail_id: int, attempts: int, lease: datetime) -> tuple[str, str]:
    """(status, error) it ends with; due: again later, the mail server has certainly not taken it."""
    mail = PartyMail.objects.select_related("party__person", "company").get(pk=mail_id)
    if not may_be_mailed(mail.party):
        return PartyMailStatus.SUPPRESSED, "nobody"
    try:
        letter = letter_of(mail.kind, mail.party, mail.facts)
        if letter is None:
            return PartyMailStatus.SUPPRESSED, "paid"  # settled since it was asked for
        message = _message(mail, letter)
        server = get_connection()
        server.open()
    except OSError as error:  # smtplib's errors are of this kind too
        return _again(attempts, error.strerror or type(error).__name__)
    except Exception:
        log.exception("mail %s of the books failed", mail_id)
        return _again(attempts, "our_fault")
    try:
        if not _begin(mail_id, lease):
            return PartyMailStatus.SUPPRESSED, "nobody"
        server.send_messages([message])
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _text in error.recipients.values()]
        said = " ".join(map(str, codes))
        return (PartyMailStatus.DEAD, said) if all(code >= 500 for code in codes) else _again(attempts, said)
    except smtplib.SMTPResponseException as error:
        said = str(error.smtp_code)
        return (PartyMailStatus.DEAD, said) if error.smtp_code >= 500 else _again(attempts, said)
    except OSError as error:
        return PartyMailStatus.UNSURE, error.strerror or type(error).__name__
    finally:
        try:
            server.close()
        except OSError:
            log.info("the mail server hung up after a mail", exc_info=True)
    return PartyMailStatus.SENT, ""


def _message(mail: PartyMail, letter: Letter) -> EmailMessage:
    assert mail.party.person is not None
    sender = settings.DEFAULT_FROM_EMAIL
    message = EmailMessage(
        letter.subject,
        letter.body,
        formataddr((" ".join(letter.head.name.split()), sender)),
        [mail.party.person.email],
        reply_to=[letter.head.email] if letter.head.email else None,
        headers={
            "Message-ID": f"<party-mail-{mail.pk}-{mail.requested_at:%Y%m%d%H%M%S}@{sender.rpartition('@')[2]}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    message.attach(f"{letter.number}.pdf", print_letters([letter]), "application/pdf")
    return message


def _again(attempts: int, why: str) -> tuple[str, str]:
    return (PartyMailStatus.DEAD if attempts >= MAX_ATTEMPTS else PartyMailStatus.DUE), why


def _park() -> None:
    """What a lost worker left: handed over perhaps, or out of tries. Statements: 1."""
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE accounting_partymail SET lease_until = NULL,"
            " status = CASE WHEN status = 'sending' THEN 'unsure' ELSE 'dead' END, error = 'worker_lost'"
            " WHERE status IN ('due', 'sending') AND lease_until < clock_timestamp()"
            " AND (status = 'sending' OR attempts >= %s)",
            [MAX_ATTEMPTS],
        )


def _claim() -> tuple[int, int, datetime] | None:
    """The next due mail; the try is counted and committed before anything else is done. Statements: 1."""
    with database.cursor() as cursor:
        cursor.execute(
            "WITH next AS (SELECT id FROM accounting_partymail WHERE status = 'due' AND due_at <= clock_timestamp()"
            " AND (lease_until IS NULL OR lease_until < clock_timestamp()) AND attempts < %s"
            " ORDER BY due_at, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)"
            " UPDATE accounting_partymail m SET attempts = m.attempts + 1,"
            " lease_until = clock_timestamp() + make_interval(secs => %s), held_by = %s"
            " FROM next WHERE next.id = m.id RETURNING m.id, m.attempts, m.lease_until",
            [MAX_ATTEMPTS, LEASE_S, holder()],
        )
        return cursor.fetchone()


def _begin(mail_id: int, lease: datetime) -> bool:
    """Committed before the first byte goes out; False if the lease was lost."""
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE accounting_partymail SET status = 'sending' WHERE id = %s AND lease_until = %s AND status = 'due'",
            [mail_id, lease],
        )
        return bool(cursor.rowcount)


def _write(mail_id: int, attempts: int, lease: datetime, status: str, why: str) -> None:
    """Only while the lease is ours: whoever took the row over tells its outcome."""
    wait_s = min(FIRST_DELAY_S * 2 ** (attempts - 1), LONGEST_DELAY_S) if status == PartyMailStatus.DUE else 0
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE accounting_partymail SET status = %s, error = %s, lease_until = NULL,"
            " due_at = clock_timestamp() + make_interval(secs => %s),"
            " sent_at = CASE WHEN %s = 'sent' THEN clock_timestamp() END WHERE id = %s AND lease_until = %s",
            [str(status), why[:300], wait_s, str(status), mail_id, lease],
        )
