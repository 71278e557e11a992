"""What stands at the head and foot of a company's documents, as it was when they were issued."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection

Moment = tuple[int, datetime | None]  # (company id, when; None: now)


@dataclass(frozen=True, slots=True)
class Letterhead:
    """A company in the words that it had for itself at a moment. logo: its name in the file storage, or ""."""

    name: str
    legal_name: str
    address: str
    country: str
    tax_number: str
    registration_number: str
    email: str
    phone: str
    website: str
    bank_name: str
    bank_account: str
    bank_code: str
    note: str
    logo: str
    language: str
    zone: ZoneInfo


# Before the first version stands the first: what is older than the record is printed as the oldest known.
_SQL = """
SELECT wanted.n, v.facts FROM unnest(%s::bigint[], %s::timestamptz[]) WITH ORDINALITY AS wanted(company_id, at, n)
CROSS JOIN LATERAL (
    SELECT facts::text FROM accounting_companyversion v WHERE v.company_id = wanted.company_id
    ORDER BY (wanted.at IS NULL OR v.valid_from <= wanted.at) DESC,
        CASE WHEN wanted.at IS NULL OR v.valid_from <= wanted.at THEN v.valid_from END DESC NULLS LAST,
        v.valid_from, v.id LIMIT 1
) v
"""


def letterheads(moments: Collection[Moment]) -> dict[Moment, Letterhead]:
    """The letterhead of each company at each moment. Statements: 1, or 0 without moments."""

    wanted = list(dict.fromkeys(moments))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [[company_id for company_id, _at in wanted], [at for _company_id, at in wanted]])
        rows = cursor.fetchall()
    return {wanted[number - 1]: _letterhead(json.loads(facts)) for number, facts in rows}


def _letterhead(facts: dict[str, str]) -> Letterhead:
    """Facts of an older version may lack what was added to the company since."""
    same = (
        "name", "legal_name", "address", "country", "tax_number", "registration_number", "email", "phone", "website",
        "bank_name", "bank_account", "bank_code", "logo", "language",
    )  # fmt: skip
    values = {name: facts.get(name) or "" for name in same}
    return Letterhead(**values, note=facts.get("document_note") or "", zone=ZoneInfo(facts.get("time_zone") or "UTC"))
