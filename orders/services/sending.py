"""Handing mails to the mail server: attempts counted first, nobody mailed twice, what failed is told."""

import json
import logging
import random
import re
import smtplib
from dataclasses import dataclass
from datetime import datetime
from email.utils import formataddr

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.validators import validate_email
from django.db import connection as database
from django.template.loader import render_to_string

from backoffice.core.holding import holder, holding
from orders.documents import papers_of, print_papers
from orders.documents.letters import letter
from orders.models import DocumentMail, MailStatus, MailText

log = logging.getLogger(__name__)
LEASE_S = 300  # above what a document and the mail server's time-out take together
MAX_ATTEMPTS = 8
MAX_AGE = "3 days"  # a confirmation after that confuses more than it tells
FIRST_DELAY_S, LONGEST_DELAY_S = 30.0, 3600.0


class _NotSent(Exception):
    """code: of orders.mail_errors. said: what the mail server said, without addresses."""

    def __init__(self, code: str, said: str = "") -> None:
        super().__init__(code)
        self.code, self.said = code, said


class _Refused(_NotSent):
    """Trying again would change nothing. status: what the mail becomes."""

    def __init__(self, code: str, said: str = "", status: str = MailStatus.DEAD) -> None:
        super().__init__(code, said)
        self.status = status


class _Later(_NotSent):
    """The mail server could not take it now, and has not."""


class _Unknown(_NotSent):
    """The mail server may have taken it."""


@dataclass(frozen=True, slots=True)
class _Claimed:
    id: int
    attempts: int
    lease: datetime


@holding()
def send_mails(*, limit: int = 200) -> dict[str, int]:
    """Send what is due, one mail after the other; how many ended in each status.

    Not inside a transaction. Two workers at once send different mails. `sending` is committed before the mail
    server is called: if this process dies in between, the mail becomes `unsure` and is never sent by itself again.
    Without a mail server (BACKOFFICE_EMAIL_URL) nothing is touched. Statements: 5 a mail and the document's.
    """
    told: dict[str, int] = {}
    if not settings.MAIL_READY:
        return told
    _park()
    for _number in range(limit):
        claimed = _claim()
        if claimed is None:
            break
        status = _deliver(claimed)
        told[status] = told.get(status, 0) + 1
    return told


def _deliver(claimed: _Claimed) -> str:
    try:
        message = _message(claimed.id)
        _hand_over(claimed, message)
    except _Refused as refused:
        return _write(claimed, refused.status, refused)
    except _Unknown as unknown:
        return _write(claimed, MailStatus.UNSURE, unknown)
    except _Later as later:
        return _again(claimed, later)
    except Exception:
        log.exception("document mail %s failed", claimed.id)
        return _again(claimed, _Later("our_fault"))
    return _write(claimed, MailStatus.SENT)


def _message(mail_id: int) -> EmailMultiAlternatives:
    """The mail with its document. Raises _Refused."""
    mail = DocumentMail.objects.select_related("person", "company").get(pk=mail_id)
    person = mail.person
    if person is None or person.erased_at is not None or not person.email:
        raise _Refused("nobody", status=MailStatus.SUPPRESSED)
    try:
        validate_email(person.email)
    except ValidationError:
        raise _Refused("bad_address") from None
    papers = papers_of(mail.kind, [mail.object_id])
    if not papers:
        raise _Refused("no_document")
    [paper] = papers
    own = MailText.objects.filter(company=mail.company_id, kind=mail.kind, language=paper.language).first()
    subject, text = letter(paper, name=person.name, own=(own.subject, own.body) if own else None)
    head, sender = paper.letterhead, settings.DEFAULT_FROM_EMAIL
    message = EmailMultiAlternatives(
        subject,
        text,
        formataddr((" ".join(head.name.split()), sender)),
        [person.email],
        reply_to=[head.email] if head.email else None,
        headers={
            # The same on each try: whoever gets it twice can tell.
            "Message-ID": f"<document-mail-{mail.pk}-{mail.requested_at:%Y%m%d%H%M%S}@{sender.rpartition('@')[2]}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    context = {"subject": subject, "text": text.strip(), "company": head.name, "language": paper.language}
    message.attach_alternative(render_to_string("orders/mail.html", context), "text/html")
    message.attach(re.sub(r"[^A-Za-z0-9._-]", "_", paper.number) + ".pdf", print_papers(papers), "application/pdf")
    return message


def _hand_over(claimed: _Claimed, message: EmailMultiAlternatives) -> None:
    """Raises _Later while the mail server has certainly not taken it, _Refused if it will not, else _Unknown."""
    server = get_connection()
    try:
        server.open()
    except OSError as error:  # smtplib's errors are of this kind too
        raise _Later("unreachable", _said(error)) from error
    try:
        _begin(claimed)
        server.send_messages([message])
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _text in error.recipients.values()]
        said = " ".join(str(code) for code in codes)  # the server's words may repeat the address
        if all(code >= 500 for code in codes):
            raise _Refused("address_refused", said) from error
        raise _Later("address_later", said) from error
    except smtplib.SMTPServerDisconnected as error:
        raise _Unknown("hung_up") from error
    except smtplib.SMTPResponseException as error:
        if error.smtp_code >= 500:
            raise _Refused("mail_refused", str(error.smtp_code)) from error
        raise _Later("mail_later", str(error.smtp_code)) from error
    except OSError as error:
        raise _Unknown("no_answer", _said(error)) from error
    finally:
        _close(server)


def _close(server: object) -> None:
    try:
        server.close()  # type: ignore[attr-defined]
    except OSError:
        log.info("the mail server hung up after a mail", exc_info=True)


def _said(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _park() -> None:
    """What a lost worker left. Handed over: perhaps sent. Not yet: due again by its expired lease. Statements: 1."""
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE orders_documentmail m SET lease_until = NULL, error_context = '{}',"
            " status = CASE m.status WHEN 'sending' THEN 'unsure' ELSE 'dead' END,"
            " error = CASE WHEN m.status = 'sending' THEN 'worker_lost_sending'"
            "   WHEN m.attempts >= %s THEN 'workers_lost' ELSE 'too_old' END"
            " WHERE m.id IN (SELECT id FROM orders_documentmail WHERE status IN ('due', 'sending')"
            "   AND (lease_until IS NULL OR lease_until < clock_timestamp())"
            "   AND (status = 'sending' OR attempts >= %s OR due_at < clock_timestamp() - %s::interval)"
            "   ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)",
            [MAX_ATTEMPTS, MAX_ATTEMPTS, MAX_AGE],
        )


def _claim() -> _Claimed | None:
    """The next due mail; the try is counted and committed before anything else is done. Statements: 1."""
    with database.cursor() as cursor:
        cursor.execute(
            "WITH next AS (SELECT id FROM orders_documentmail WHERE status = 'due' AND due_at <= clock_timestamp()"
            "   AND (lease_until IS NULL OR lease_until < clock_timestamp()) AND attempts < %s"
            "   ORDER BY due_at, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)"
            " UPDATE orders_documentmail m SET attempts = m.attempts + 1,"
            "   lease_until = clock_timestamp() + make_interval(secs => %s), held_by = %s"
            " FROM next WHERE next.id = m.id RETURNING m.id, m.attempts, m.lease_until",
            [MAX_ATTEMPTS, LEASE_S, holder()],
        )
        row = cursor.fetchone()
    return _Claimed(*row) if row else None


def _begin(claimed: _Claimed) -> None:
    """Committed before the first byte goes out. Raises _Refused if the buyer was erased, or the lease was lost."""
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE orders_documentmail m SET status = 'sending' FROM accounting_personaldata p"
            " WHERE m.id = %s AND m.lease_until = %s AND m.status = 'due' AND p.id = m.person_id AND p.erased_at IS NULL",
            [claimed.id, claimed.lease],
        )
        if not cursor.rowcount:
            raise _Refused("nobody", status=MailStatus.SUPPRESSED)


def _again(claimed: _Claimed, why: _NotSent) -> str:
    if claimed.attempts >= MAX_ATTEMPTS:
        return _write(claimed, MailStatus.DEAD, why)
    ceiling = min(FIRST_DELAY_S * 2 ** (claimed.attempts - 1), LONGEST_DELAY_S)
    return _write(claimed, MailStatus.DUE, why, wait_s=random.uniform(ceiling / 2, ceiling))


def _write(claimed: _Claimed, status: str, why: _NotSent | None = None, *, wait_s: float = 0.0) -> str:
    """Only while the lease is ours: whoever took the row over tells its outcome."""
    context = json.dumps({"said": why.said[:200]} if why and why.said else {})
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE orders_documentmail SET status = %s, error = %s, error_context = %s, lease_until = NULL,"
            " due_at = clock_timestamp() + make_interval(secs => %s),"
            " sent_at = CASE WHEN %s THEN clock_timestamp() END WHERE id = %s AND lease_until = %s",
            [
                str(status),
                why.code if why else "",
                context,
                wait_s,
                status == MailStatus.SENT,
                claimed.id,
                claimed.lease,
            ],
        )
    return str(status)
