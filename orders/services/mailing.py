"""Asking for mails by hand, and trying given-up ones again."""

from collections.abc import Sequence
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.models import PersonalData
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.audit import Change
from backoffice.core.db import database_now
from orders.errors import MailUnderWay, NoMailAddress
from orders.models import DocumentMail, MailStatus
from orders.selectors.documents import DocumentRef

UNDER_WAY = (MailStatus.DUE, MailStatus.SENDING)
OVER = (MailStatus.DEAD, MailStatus.UNSURE, MailStatus.SUPPRESSED)


@transaction.atomic
def ask_for_mails(documents: Sequence[DocumentRef], *, actor: Actor) -> list[DocumentMail]:
    """A mail of each document to its buyer, sent by a worker soon; also where one was sent before.

    Raises NoMailAddress where nobody is to be written to, MailUnderWay where such a mail still waits; nothing is
    written then. Statements: 4.
    """
    people = {document.person_id for document in documents if document.person_id}
    known = set(
        PersonalData.objects.filter(pk__in=people, erased_at__isnull=True)
        .exclude(email="")
        .values_list("pk", flat=True)
    )
    for document in documents:
        if document.person_id not in known:
            raise NoMailAddress(
                _("%(number)s: no mail address of the buyer is known. Enter one with the contact, or print it.")
                % {"number": document.number}
            )
    waiting = {
        (mail.kind, mail.object_id)
        for mail in DocumentMail.objects.filter(
            status__in=UNDER_WAY, object_id__in=[document.id for document in documents]
        )
    }
    for document in documents:
        if (document.kind, document.id) in waiting:
            raise MailUnderWay(
                _("%(number)s is waiting to be sent already: see the order's mails.") % {"number": document.number}
            )
    mails = DocumentMail.objects.bulk_create(
        [
            DocumentMail(
                company_id=document.company_id,
                order_id=document.order_id,
                person_id=document.person_id,
                kind=document.kind,
                object_id=document.id,
                key=f"{document.kind}:{document.id}:{uuid4().hex}",
                asked_by=actor.label,
            )
            for document in documents
        ]
    )
    audit.record(
        [
            Change("orders.order", document.order_id, "mail_asked", document.kind, "", document.number,
                   company_id=document.company_id)
            for document in documents if document.order_id
        ],
        actor=actor,
    )  # fmt: skip
    return mails


@transaction.atomic
def retry_mails(*, mail_ids: Sequence[int], actor: Actor, reason: str) -> int:
    """Let mails that were given up, suppressed or perhaps sent be tried again; how many there were."""
    rows = list(
        DocumentMail.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=mail_ids, status__in=OVER)
        .order_by("pk")
    )
    DocumentMail.objects.filter(pk__in=[row.pk for row in rows]).update(
        status=MailStatus.DUE, attempts=0, error="", error_context={}, due_at=database_now(), asked_by=actor.label
    )
    audit.record(
        [
            Change("orders.documentmail", row.pk, "retry", "status", row.status, MailStatus.DUE, reason, row.company_id)
            for row in rows
        ],
        actor=actor,
    )
    return len(rows)
