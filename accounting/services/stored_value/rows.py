"""Stored values and their uses as rows, and the codes that are made for them."""

from collections.abc import Sequence
from typing import Any

from django.utils.crypto import salted_hmac

from accounting.codes import digest_of, make_code
from accounting.models import StoredValue, StoredValueKind
from accounting.services.stored_value.inputs import IssueRequest
from accounting.services.stored_value.postings import Done, Posting
from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows

RETURN_KEY = "RETURNING source_key, id"
VALUE_COLUMNS = {
    "company_id": "bigint",
    "kind": "text",
    "party_id": "bigint",
    "account_id": "bigint",
    "entry_id": "bigint",
    "currency": "text",
    "amount": "numeric",
    "base_amount": "numeric",
    "code_digest": "text",
    "code_hint": "text",
    "date": "date",
    "expires_on": "date",
    "source_type": "text",
    "source_id": "bigint",
    "source_key": "text",
    "actor_id": "bigint",
    "actor_label": "text",
}
_USE_COLUMNS = {
    "company_id": "bigint",
    "stored_value_id": "bigint",
    "kind": "text",
    "amount": "numeric",
    "base_amount": "numeric",
    "date": "date",
    "entry_id": "bigint",
    "source_key": "text",
    "actor_id": "bigint",
    "actor_label": "text",
}


def value_row(request: IssueRequest, posting: Posting, done: Done, company_id: int, actor: Actor) -> tuple[Any, ...]:
    liability = posting.entry.lines[-1]
    code = made_code(request.kind, request.source_key, company_id)
    assert liability.base_amount is not None
    return (
        company_id,
        str(request.kind),
        request.party_id,
        liability.account_id,
        done.entry_id,
        request.currency,
        request.amount,
        -liability.base_amount,
        digest_of(code) if code else None,
        code[-4:],
        done.date,
        request.expires_on,
        request.source_type,
        request.source_id,
        request.source_key,
        actor.user_id,
        actor.label,
    )


def insert_uses(postings: Sequence[Posting], done: Sequence[Done], company_id: int, actor: Actor) -> dict[str, int]:
    rows = [
        (
            company_id,
            value.id,
            str(kind),
            amount,
            base,
            posted.date,
            posted.entry_id,
            key,
            actor.user_id,
            actor.label,
        )
        for posting, posted in zip(postings, done, strict=True)
        for value, kind, amount, base, key in posting.uses
    ]
    return dict(insert_rows("accounting_storedvalueuse", _USE_COLUMNS, rows, suffix=RETURN_KEY))


def made_code(kind: str, source_key: str, company_id: int) -> str:
    """The code of what was issued under a source key: made again from the secret, never kept; "" for a deposit."""
    if kind == StoredValueKind.DEPOSIT:
        return ""
    return make_code(salted_hmac("accounting.stored_value", f"{company_id}:{source_key}", algorithm="sha256").digest())


def code_of(value: StoredValue) -> str:
    """The code to print again; "" where the installation's secret has changed since, or for a deposit."""
    code = made_code(value.kind, value.source_key, value.company_id)
    return code if code and digest_of(code) == value.code_digest else ""
