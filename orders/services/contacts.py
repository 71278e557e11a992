"""Contacts and addresses of incoming orders: the only places where orders keep personal data."""

from collections.abc import Mapping, Sequence

from django.conf import settings

from backoffice.core.db import insert_rows, prepared_cursor
from orders.inputs import AddressInput, ContactInput

_FIND = """
SELECT c.external_id, c.id, c.language, p.name, p.email, p.phone, p.id, a.id
FROM orders_contact c JOIN accounting_personaldata p ON p.id = c.person_id
LEFT JOIN accounting_party a ON a.id = c.party_id AND a.credit_limit IS NOT NULL
WHERE c.channel_id = %s AND c.external_id = ANY(%s)
"""

# A contact's person is made only where the contact is: a race leaves no personal data without an owner.
_MAKE = """
WITH given AS MATERIALIZED (
    SELECT external_id, name, email, phone, country, language,
        nextval(pg_get_serial_sequence('accounting_personaldata', 'id')) AS person_id
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
        AS t(external_id, name, email, phone, country, language)
), made AS (
    INSERT INTO orders_contact (company_id, channel_id, external_id, person_id, country, language)
    SELECT %s, %s, external_id, person_id, country, language FROM given ORDER BY external_id
    ON CONFLICT (channel_id, external_id) DO NOTHING RETURNING id, external_id, person_id
), people AS (
    INSERT INTO accounting_personaldata (id, company_id, name, email, phone)
    SELECT g.person_id, %s, g.name, g.email, g.phone FROM given g JOIN made USING (person_id)
)
SELECT external_id, id FROM made
"""


def ensure_contacts(
    contacts: Mapping[str, ContactInput],
    *,
    company_id: int,
    channel_id: int,
    limited: dict[str, int] | None = None,
) -> dict[str, int]:
    """Contact ids by external id: made where missing, brought up to date where the channel now says otherwise.

    limited: filled with the parties of those who have a credit limit, by external id.

    An erased person is not filled again. Statements: 0 without contacts, else 1, 1 more for new ones,
    1 more if another transaction made some meanwhile, 2 more if some changed, 2 more if some speak another language.
    """
    if not contacts:
        return {}
    found = _find(contacts, channel_id, {} if limited is None else limited)
    missing = sorted(contacts.keys() - found.keys())
    if missing:
        _make([contacts[key] for key in missing], missing, company_id, channel_id, found)
    return found


def _find(contacts: Mapping[str, ContactInput], channel_id: int, limited: dict[str, int]) -> dict[str, int]:
    with prepared_cursor() as cursor:
        cursor.execute(_FIND, [channel_id, sorted(contacts)])
        rows = cursor.fetchall()
    changed, spoken = {}, {}
    for external_id, contact_id, language, name, email, phone, person_id, party_id in rows:
        if party_id is not None:
            limited[external_id] = party_id
        new = contacts[external_id]
        # What the channel leaves out this time stays as it was known.
        wanted = (new.name or name, new.email or email, new.phone or phone)
        if wanted != (name, email, phone):
            changed[person_id] = wanted
        if (speaks := _language(new.language)) and speaks != language:
            spoken[contact_id] = speaks
    if changed:
        _update(changed)
    if spoken:
        _speak(spoken)
    return {row[0]: row[1] for row in rows}


def _update(people: Mapping[int, tuple[str, str, str]]) -> None:
    ids = sorted(people)
    with prepared_cursor() as cursor:
        cursor.execute("SELECT id FROM accounting_personaldata WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [ids])
        cursor.execute(
            "UPDATE accounting_personaldata p SET name = n.name, email = n.email, phone = n.phone"
            " FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS n(id, name, email, phone)"
            " WHERE p.id = n.id AND p.erased_at IS NULL",
            [ids, *(list(column) for column in zip(*(people[i] for i in ids), strict=True))],
        )


def _language(given: str) -> str:
    """One of ours: "ru-RU" is "ru"; "" for one that we do not speak."""
    code = given.replace("_", "-").partition("-")[0].lower()
    return code if code in dict(settings.LANGUAGES) else ""


def _speak(languages: Mapping[int, str]) -> None:
    ids = sorted(languages)
    with prepared_cursor() as cursor:
        cursor.execute("SELECT id FROM orders_contact WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [ids])
        cursor.execute(
            "UPDATE orders_contact c SET language = n.language FROM unnest(%s::bigint[], %s::text[]) AS n(id, language)"
            " WHERE c.id = n.id",
            [ids, [languages[pk] for pk in ids]],
        )


def _make(
    contacts: Sequence[ContactInput], keys: Sequence[str], company_id: int, channel_id: int, found: dict[str, int]
) -> None:
    columns = [list(keys), *([getattr(c, name) for c in contacts] for name in ("name", "email", "phone", "country"))]
    columns.append([_language(contact.language) for contact in contacts])
    with prepared_cursor() as cursor:
        cursor.execute(_MAKE, [*columns, company_id, channel_id, company_id])
        found.update(cursor.fetchall())
        lost = [key for key in keys if key not in found]
        if lost:
            cursor.execute(
                "SELECT external_id, id FROM orders_contact WHERE channel_id = %s AND external_id = ANY(%s)",
                [channel_id, lost],
            )
            found.update(cursor.fetchall())


_ADDRESS = ("name", "organisation", "line1", "line2", "city", "region", "postcode", "country", "phone")
_COLUMNS = {"id": "bigint", "company_id": "bigint", **dict.fromkeys(_ADDRESS, "text")}


def store_addresses(addresses: Sequence[tuple[int, AddressInput]], *, company_id: int) -> None:
    """Insert addresses under ids drawn before. Statements: 1, or 0 without addresses."""
    insert_rows(
        "accounting_address",
        _COLUMNS,
        [(address_id, company_id, *(getattr(a, name) for name in _ADDRESS)) for address_id, a in addresses],
    )
