"""Gift cards, store credit and deposits taken in."""

from collections.abc import Sequence

from django.db import transaction

from accounting.models import StoredValueKind
from accounting.services.stored_value.inputs import IssuedValue, IssueRequest
from accounting.services.stored_value.known import issued_before, known_values
from accounting.services.stored_value.locking import books_for_issuing, lock_values
from accounting.services.stored_value.postings import issue_posting, post_all
from accounting.services.stored_value.rows import RETURN_KEY, VALUE_COLUMNS, insert_uses, made_code, value_row
from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows


@transaction.atomic(savepoint=False)
def issue_stored_value(requests: Sequence[IssueRequest], *, company_id: int, actor: Actor) -> list[IssuedValue]:
    """Take money for gift cards, store credit or deposits: debit what pays, credit the liability.

    Idempotent by source key: a second call answers `already`, with the same code. Codes are made from the source
    key and the installation's secret; only their hashes are kept.

    Raises SourceKeyReused (another amount under a known key), StoredValueShort, StoredValueExpired,
    CurrencyDiffers, AccountRoleMissing, ExchangeRateMissing, NotFound; ValueError for an amount that is not
    positive. Nothing is written then. Statements: 5, whatever the number; 2 more if stored values pay, 1 for foreign currencies.
    """
    if not requests:
        return []
    _check_parts(requests)
    known = known_values([request.source_key for request in requests], company_id)
    fresh = [request for request in requests if request.source_key not in known]
    books, rates = books_for_issuing(fresh, company_id)
    paying = [part.stored_value_id for request in fresh for part in request.paid if part.stored_value_id]
    values = lock_values(paying, company_id=company_id)
    postings = [issue_posting(request, values, books, rates) for request in fresh]
    done = post_all(postings, company_id, actor)
    insert_uses(postings, done, company_id, actor)
    rows = [
        value_row(request, posting, posted, company_id, actor)
        for request, posting, posted in zip(fresh, postings, done, strict=True)
    ]
    ids: dict[str, int] = dict(insert_rows("accounting_storedvalue", VALUE_COLUMNS, rows, suffix=RETURN_KEY))
    made = {
        request.source_key: IssuedValue(
            ids[request.source_key],
            made_code(request.kind, request.source_key, company_id),
            posted.entry_id,
            "issued",
            posted.date,
            () if posted.open_item_id is None else (posted.open_item_id,),
        )
        for request, posted in zip(fresh, done, strict=True)
    }
    return [
        made.get(request.source_key) or issued_before(request, known[request.source_key], company_id)
        for request in requests
    ]


def _check_parts(requests: Sequence[IssueRequest]) -> None:
    for request in requests:
        if request.kind not in StoredValueKind.values or any(part.amount <= 0 for part in request.paid):
            raise ValueError(f"stored value {request.source_key} needs a known kind and amounts above zero")
        if not request.paid or sum(part.party_id is not None for part in request.paid) > 1:
            raise ValueError(f"stored value {request.source_key} is paid by something, and by one customer at most")
