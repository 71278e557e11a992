"""Which fulfilments could leave in one parcel: same warehouse, buyer, address and service."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

MERGEABLE = ("pending", "ready", "in_wave", "picking", "picked")


@dataclass(frozen=True, slots=True)
class Mergeable:
    """A fulfilment with what decides whether it may share a parcel. where: warehouse, address and service, in one.

    buyer: the contact, or the e-mail of a guest in the same channel. group_id: the parcel that it is in already.
    """

    fulfilment_id: int
    order_id: int
    warehouse_id: int
    status: str
    order_status: str
    group_id: int | None
    buyer: str
    where: str
    held: bool


# Addresses are compared as a postman reads them: without case, dots, commas and doubled blanks.
_FACTS = """
SELECT f.id, f.order_id, f.warehouse_id, f.status, o.status, f.merge_group_id,
    CASE WHEN c.id IS NULL OR c.external_id LIKE 'guest:%%' OR c.external_id LIKE 'draft:%%'
        THEN o.channel_id || ' ' || coalesce(nullif(lower(p.email), ''), 'order ' || o.id)
        ELSE 'contact ' || c.id END,
    f.warehouse_id || '|' || lower(o.shipping_service) || '|' || coalesce(btrim(regexp_replace(lower(concat_ws(' ', a.name,
        a.organisation, a.line1, a.line2, a.city, a.region, a.postcode, nullif(a.country, ''))), '[\\s.,]+', ' ', 'g')),
        'order ' || o.id),
    EXISTS (SELECT 1 FROM orders_hold h WHERE h.order_id = o.id AND h.released_at IS NULL)
FROM orders_fulfilment f
JOIN orders_order o ON o.id = f.order_id
LEFT JOIN orders_contact c ON c.id = o.contact_id
LEFT JOIN accounting_personaldata p ON p.id = c.person_id
LEFT JOIN accounting_address a ON a.id = o.shipping_address_id
WHERE {where} ORDER BY f.id
"""


def merge_facts(fulfilment_ids: Collection[int]) -> list[Mergeable]:
    """Of these fulfilments. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(_FACTS.format(where="f.id = ANY(%s)"), [list(fulfilment_ids)])
        return [Mergeable(*row) for row in cursor.fetchall()]


def mergeable_with(order_id: int) -> list[tuple[Mergeable, list[Mergeable]]]:
    """Each fulfilment of the order that is not packed, with those of other orders that could share its parcel.

    Found among open orders of the same person (the same contact, or the same e-mail in the channel).
    Statements: 2.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FACTS.format(where="f.order_id = %s AND f.status = ANY(%s)"), [order_id, list(MERGEABLE)])
        own = [Mergeable(*row) for row in cursor.fetchall()]
        if not own:
            return []
        cursor.execute(
            _FACTS.format(
                where="f.order_id <> %s AND f.status = ANY(%s) AND o.status IN ('released', 'partly_shipped')"
                " AND o.contact_id IN (SELECT x.id FROM orders_contact x JOIN orders_contact me ON me.id ="
                " (SELECT contact_id FROM orders_order WHERE id = %s) JOIN accounting_personaldata mine ON mine.id = me.person_id"
                " JOIN accounting_personaldata theirs ON theirs.id = x.person_id WHERE x.id = me.id OR (x.channel_id = me.channel_id"
                " AND upper(theirs.email) = upper(mine.email) AND mine.email <> ''))"
            ),
            [order_id, list(MERGEABLE), order_id],
        )
        others = [Mergeable(*row) for row in cursor.fetchall()]
    return [
        (mine, [other for other in others if (other.buyer, other.where) == (mine.buyer, mine.where)]) for mine in own
    ]


def parcel_mates(group_ids: Collection[int]) -> dict[int, list[tuple[int, int, str, int | None]]]:
    """(fulfilment, order, status, live shipment) of all that share these parcels, by group. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT f.merge_group_id, f.id, f.order_id, f.status, (SELECT max(s.id) FROM orders_shipment s"
            " WHERE s.fulfilment_id = f.id AND s.status <> 'voided') FROM orders_fulfilment f"
            " WHERE f.merge_group_id = ANY(%s) AND f.status <> 'cancelled' ORDER BY f.id",
            [list(group_ids)],
        )
        found: dict[int, list[tuple[int, int, str, int | None]]] = {}
        for group_id, *mate in cursor.fetchall():
            found.setdefault(group_id, []).append(tuple(mate))
        return found
