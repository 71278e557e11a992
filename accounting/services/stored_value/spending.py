"""Gift cards, store credit and deposits spent, paid out, run out."""

import datetime
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.errors import StoredValueLive
from accounting.models import AccountRole, ValueUseKind
from accounting.selectors.config import books_of
from accounting.services.stored_value.inputs import SpendRequest, Spent
from accounting.services.stored_value.known import known_uses, spent_before
from accounting.services.stored_value.locking import books_for_spending, lock_values
from accounting.services.stored_value.postings import post_all, spend_posting
from accounting.services.stored_value.rows import insert_uses
from backoffice.core.actor import Actor


@transaction.atomic(savepoint=False)
def spend_stored_value(requests: Sequence[SpendRequest], *, company_id: int, actor: Actor) -> list[Spent]:
    """Use parts of gift cards, store credit or deposits: debit the liability, credit what they pay.

    Against a party's receivable an open credit item is left for settling.apply_items. Out of an account in a role
    (cash for a refund) the rate of the day counts, and the difference to the rate at which it came in is posted
    as an exchange gain or loss. Idempotent by source key.

    Raises StoredValueShort, StoredValueExpired (a deposit and a pay-out never are), SourceKeyReused,
    AccountRoleMissing, ExchangeRateMissing, NotFound; ValueError for an amount that is not positive. Nothing is
    written then. Statements: 7, whatever the number.
    """
    if not requests:
        return []
    if any(request.amount <= 0 for request in requests) or len({r.source_key for r in requests}) < len(requests):
        raise ValueError("amounts above zero and a source key for each use are needed")
    known = known_uses([request.source_key for request in requests], company_id)
    fresh = [request for request in requests if request.source_key not in known]
    values = lock_values([request.stored_value_id for request in fresh], company_id=company_id)
    books, rates = books_for_spending(fresh, values, company_id)
    postings = [spend_posting(request, values[request.stored_value_id], books, rates) for request in fresh]
    done = post_all(postings, company_id, actor)
    ids = insert_uses(postings, done, company_id, actor)
    made = {
        request.source_key: Spent(ids[request.source_key], posted.entry_id, posted.open_item_id, posted.date, "spent")
        for request, posted in zip(fresh, done, strict=True)
    }
    return [made.get(request.source_key) or spent_before(request, known[request.source_key]) for request in requests]


@transaction.atomic(savepoint=False)
def expire_stored_value(
    stored_value_ids: Sequence[int], *, company_id: int, effective_at: datetime.datetime, actor: Actor
) -> list[Spent]:
    """Take what is left on expired gift cards and credits as income (the role other_revenue); one result each.

    Raises StoredValueLive (its last day is not over, it has none, or nothing is left), NotFound and what
    spend_stored_value raises; nothing is written then. Statements: 9, whatever the number.
    """
    values = lock_values(stored_value_ids, company_id=company_id)
    today = books_of(company_id).local_date(effective_at)
    for value in values.values():
        if value.expires_on is None or value.expires_on >= today or value.used == value.amount:
            raise StoredValueLive(
                _("SV-%(id)06d has not expired, or nothing is left on it.") % {"id": value.id},
                stored_value_id=value.id,
                expires_on=str(value.expires_on or ""),
            )
    requests = [
        SpendRequest(
            pk,
            values[pk].amount - values[pk].used,
            effective_at,
            f"expire:{pk}",
            account_role=AccountRole.OTHER_REVENUE,
            kind=ValueUseKind.EXPIRE,
        )
        for pk in stored_value_ids
    ]
    return spend_stored_value(requests, company_id=company_id, actor=actor)
