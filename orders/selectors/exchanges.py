"""The money of a return as one balance: what was credited, what the new goods cost, what went back."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db import connection

from backoffice.core.money import round_money
from orders.selectors.payments import money_of

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class ReturnMoney:
    """A return's money. credit: of its credit note, or what is expected to be credited. noted: it was issued.

    open: of the credit note, not used yet. elsewhere: used for other things than the new order (paid out, given as
    store credit, other invoices). new, paid: of the order exchanged for, 0 without one.
    """

    return_order_id: int
    party_id: int
    currency: str
    noted: bool
    open_item_id: int | None
    credit: Decimal
    open: Decimal
    elsewhere: Decimal
    refund: str
    exchange_order_id: int | None
    new: Decimal = ZERO
    paid: Decimal = ZERO

    @property
    def net(self) -> Decimal:
        """New goods less credit and payments: above zero the customer owes it, below it is due to the customer."""
        return self.new - self.paid - (self.credit - self.elsewhere)

    @property
    def free(self) -> Decimal:
        """What of the credit note may be given back now: what the new order does not need."""
        needed = ZERO if self.exchange_order_id is None else max(self.net + self.open, ZERO)
        return max(self.open - needed, ZERO) if self.noted else ZERO


_MONEY = """
SELECT r.id, coalesce(ct.party_id, c.party_id), r.currency, v.id IS NOT NULL, i.id,
    coalesce(v.total, CASE WHEN r.refunds AND r.status NOT IN ('rejected', 'cancelled', 'closed', 'resolved')
        THEN (SELECT sum(rl.net + rl.tax) FROM orders_returnline rl WHERE rl.return_order_id = r.id) END, 0),
    coalesce(i.amount - i.used, 0),
    coalesce((
        SELECT sum(u.amount) FROM accounting_itemuse u
        WHERE u.credit_item_id = i.id AND NOT EXISTS (
            SELECT 1 FROM orders_shipment s JOIN accounting_invoice n
                ON n.source_type = 'orders.shipment' AND n.source_id = s.id
            WHERE s.order_id = r.exchange_order_id AND n.open_item_id = u.debit_item_id)
    ), 0),
    CASE WHEN NOT r.refunds OR r.status IN ('rejected', 'cancelled') OR coalesce(v.total, 1) = 0 THEN 'none'
        WHEN v.id IS NULL AND (r.status = 'inspected' OR (r.status = 'approved' AND NOT r.goods_expected)) THEN 'due'
        WHEN v.id IS NULL THEN 'none'
        WHEN i.used = 0 THEN 'due' WHEN i.used < i.amount THEN 'part' ELSE 'done' END,
    r.exchange_order_id, k.exponent
FROM orders_returnorder r JOIN orders_channel c ON c.id = r.channel_id
JOIN accounting_currency k ON k.code = r.currency
LEFT JOIN orders_contact ct ON ct.id = r.contact_id
LEFT JOIN accounting_invoice v ON v.id = r.credit_note_id
LEFT JOIN accounting_openitem i ON i.id = v.open_item_id
WHERE r.id = ANY(%s)
"""


def return_money(return_order_ids: Collection[int]) -> dict[int, ReturnMoney]:
    """The money of returns by id. refund: none, due, part or done. Statements: 1, 2 with exchanges."""
    with connection.cursor() as cursor:
        cursor.execute(_MONEY, [list(return_order_ids)])
        rows = cursor.fetchall()
    orders = money_of([row[9] for row in rows if row[9]]) if any(row[9] for row in rows) else {}
    found = {}
    for row in rows:
        exchange_id, exponent = row[-2:]
        plain = ReturnMoney(*row[:-1])
        money = orders[exchange_id].money if exchange_id else None
        found[plain.return_order_id] = replace(
            plain,
            credit=round_money(plain.credit, exponent),
            new=round_money(money.due, exponent) if money else ZERO,
            paid=money.kept if money else ZERO,
        )
    return found
