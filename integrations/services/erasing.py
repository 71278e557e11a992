"""Buyers' data of ended orders, erased on schedule as the role that may do nothing else; the books keep the ids."""

from datetime import timedelta
from typing import Any

from django.db import connection as database
from django.db import transaction

from accounting.selectors.retention import held_addresses
from accounting.services import blank_addresses
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.audit import Change
from backoffice.core.db import database_now
from backoffice.core.roles import ERASE, role
from integrations.models import Connection
from integrations.services.named import forget_seen

BATCH = 500
ENDED = ["shipped", "completed", "cancelled"]

# Somebody with a younger or a living order, or whom the books know as a customer.
_KNOWN = """(EXISTS (SELECT FROM orders_order n WHERE n.contact_id = o.contact_id AND n.id <> o.id
        AND (n.status <> ALL(%(ended)s) OR n.placed_at > %(before)s)) OR c.party_id IS NOT NULL)"""
# Ended, and nothing of it left or was placed since then; with something of it not erased yet.
_ORDERS = f"""
SELECT o.id, o.external_id, o.shipping_address_id, o.billing_address_id, c.person_id, {_KNOWN}
FROM orders_order o LEFT JOIN orders_contact c ON c.id = o.contact_id
WHERE o.channel_id = %(channel)s AND o.status = ANY(%(ended)s) AND o.placed_at < %(before)s
  AND NOT EXISTS (SELECT FROM orders_shipment s WHERE s.order_id = o.id AND s.shipped_at >= %(before)s)
  AND (EXISTS (SELECT FROM core_inboxmessage m JOIN core_payloadbody b ON b.message_id = m.id
         WHERE m.account = %(account)s AND m.external_id = o.external_id AND b.erased_at IS NULL)
    OR EXISTS (SELECT FROM accounting_address a WHERE a.erased_at IS NULL
         AND a.id IN (o.shipping_address_id, o.billing_address_id)
         AND NOT EXISTS (SELECT FROM accounting_invoice i WHERE i.address_id = a.id))
    OR EXISTS (SELECT FROM accounting_personaldata p WHERE p.id = c.person_id AND p.erased_at IS NULL) AND NOT {_KNOWN})
ORDER BY o.id LIMIT %(limit)s"""
_BODIES = """
SELECT b.message_id FROM core_payloadbody b JOIN core_inboxmessage m ON m.id = b.message_id
WHERE m.account = %s AND m.external_id = ANY(%s) AND b.erased_at IS NULL"""


def connections_to_erase() -> list[int]:
    """Connections whose buyers are erased after a time. Statements: 1."""
    return list(Connection.objects.filter(keep_personal_days__isnull=False).order_by("pk").values_list("pk", flat=True))


def erase_buyers(*, connection_id: int, actor: Actor) -> int:
    """Blank payloads, addresses and buyers of orders that ended longer ago than the connection keeps them; how many orders.

    A buyer with a younger order, or who is a customer of the books, is kept. The address of an issued invoice stays as
    long as the law keeps it (accounting's erase_expired_addresses). In batches, each its own transaction.
    """
    connection = Connection.objects.select_related("company").get(pk=connection_id)
    if connection.keep_personal_days is None:
        return 0
    erased = 0
    while (count := _erase_batch(connection, actor)) > 0:
        erased += count
        if count < BATCH:
            break
    return erased


@transaction.atomic
def _erase_batch(connection: Connection, actor: Actor) -> int:
    before = database_now() - timedelta(days=connection.keep_personal_days or 0)
    account = f"connection:{connection.pk}"
    asked: dict[str, Any] = {
        "ended": ENDED,
        "before": before,
        "channel": connection.channel_id,
        "account": account,
        "limit": BATCH,
    }
    with database.cursor() as cursor:
        cursor.execute(_ORDERS, asked)
        orders = cursor.fetchall()
        cursor.execute(_BODIES, [account, [row[1] for row in orders]])
        bodies = [id for (id,) in cursor.fetchall()]
    addresses = sorted({id for row in orders for id in row[2:4] if id is not None})
    people = sorted({row[4] for row in orders if row[4] is not None and not row[5]})
    blank(
        people=people, addresses=sorted(set(addresses) - held_addresses(addresses, connection.company)), bodies=bodies
    )
    with role(database, ERASE), database.cursor() as cursor:
        forget_seen(cursor, [row[0] for row in orders])
    audit.record(
        [Change("orders.order", row[0], "erased", "buyer", company_id=connection.company_id) for row in orders],
        actor=actor,
    )
    return len(orders)


def blank(*, people: list[int], addresses: list[int], bodies: list[int]) -> None:
    """Empty what names somebody, as the role that may do nothing else. Statements: 3 beside those of the role."""
    blank_addresses(addresses)
    with role(database, ERASE), database.cursor() as cursor:
        cursor.execute(
            "UPDATE core_payloadbody SET body = '', erased_at = clock_timestamp() WHERE message_id = ANY(%s)", [bodies]
        )
        cursor.execute(
            "UPDATE accounting_personaldata SET name = '', email = '', phone = '', erased_at = clock_timestamp()"
            " WHERE id = ANY(%s) AND erased_at IS NULL",
            [people],
        )
