"""Quotes by mail to whom they are offered."""

import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from orders.errors import NotReady, QuoteExpired
from orders.models import DocumentMail, DraftStatus
from orders.selectors.documents import documents_on
from orders.services.drafting import OBJECT, lock_draft
from orders.services.mailing import ask_for_mails


@transaction.atomic(savepoint=False)
def mail_quote(
    draft_id: int, *, company_id: int, actor: Actor, today: datetime.date, version: int | None = None
) -> DocumentMail:
    """Send a quote that holds to its buyer; a worker hands it over soon, as it stands then.

    Raises NotReady (it is not quoted), QuoteExpired, VersionConflict, NoMailAddress, MailUnderWay, NotFound; nothing
    is written. Statements: 7.
    """
    draft = lock_draft(draft_id, company_id=company_id, version=version)
    if draft.status != DraftStatus.QUOTED or draft.valid_until is None:
        raise NotReady(
            _("%(number)s is not a quote: say first until when it holds.") % {"number": draft.number},
            draft_id=draft_id,
            status=draft.status,
        )
    if draft.valid_until < today:
        raise QuoteExpired(
            _("Quote %(number)s held until %(day)s: offer it anew, or edit it.")
            % {"number": draft.number, "day": draft.valid_until.isoformat()},
            draft_id=draft_id,
            valid_until=draft.valid_until.isoformat(),
        )
    [mail] = ask_for_mails(documents_on(OBJECT, [draft_id]), actor=actor)
    record([Change(OBJECT, draft_id, "mail_asked", "quote", "", draft.number, company_id=company_id)], actor=actor)
    return mail
