"""What parties were called, and their tax numbers, as they were when something was issued to them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

Moment = tuple[int, datetime]  # (party id, when)


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """name: an organisation's; a person's stands apart and may be erased."""

    name: str
    tax_number: str


# Before the first version stands the first: what is older than the record is printed as the oldest known.
_SQL = """
SELECT wanted.n, v.name, v.tax_number
FROM unnest(%s::bigint[], %s::timestamptz[]) WITH ORDINALITY AS wanted(party_id, at, n)
CROSS JOIN LATERAL (
    SELECT name, tax_number FROM accounting_partyversion v WHERE v.party_id = wanted.party_id
    ORDER BY v.valid_from <= wanted.at DESC, CASE WHEN v.valid_from <= wanted.at THEN v.valid_from END DESC NULLS LAST,
        v.valid_from, v.id LIMIT 1
) v
"""


def party_facts(moments: Collection[Moment]) -> dict[Moment, PartyFacts]:
    """What each party was at each moment. Statements: 1, or 0 without moments."""
    wanted = list(dict.fromkeys(moments))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [[party_id for party_id, _at in wanted], [at for _party_id, at in wanted]])
        return {wanted[number - 1]: PartyFacts(name, tax_number) for number, name, tax_number in cursor.fetchall()}
