"""The terms that hold for a return: its channel's policy, its reason, the fee for it."""

import datetime

from django.db import connection

from orders.errors import UnknownReason
from orders.return_terms import Terms

_TERMS = """
SELECT p.window_days, p.auto_approve_limit, coalesce(p.refund_shipping, 'no'), coalesce(p.exchange_ships, 'after_receipt'),
    coalesce(r.seller_at_fault, false), coalesce(f.percent, 0), coalesce(f.fixed, 0), r.id,
    (%s AT TIME ZONE co.time_zone)::date
FROM orders_channel c
JOIN accounting_company co ON co.id = c.company_id
LEFT JOIN orders_returnpolicy p ON p.channel_id = c.id
LEFT JOIN orders_returnreason r ON r.company_id = c.company_id AND r.code = %s AND r.is_active
LEFT JOIN LATERAL (
    SELECT x.percent, x.fixed FROM orders_restockingfee x
    WHERE x.policy_id = p.id AND (x.reason_id = r.id OR x.reason_id IS NULL)
    ORDER BY x.reason_id IS NULL LIMIT 1
) f ON true
WHERE c.id = %s
"""


def terms_of(channel_id: int, reason_code: str, *, at: datetime.datetime) -> tuple[Terms, int | None, datetime.date]:
    """The terms, the reason's id, and the company's day at that instant. Statements: 1. Raises UnknownReason for a code that is not on the list."""
    with connection.cursor() as cursor:
        cursor.execute(_TERMS, [at, reason_code, channel_id])
        *fields, reason_id, day = cursor.fetchone()
    if reason_code and reason_id is None:
        raise UnknownReason(reason_code)
    return Terms(*fields), reason_id, day
