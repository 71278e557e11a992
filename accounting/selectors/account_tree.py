"""Accounts as a tree, each with its balance and with that of everything below it, commodity by commodity."""

import datetime
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection

ZERO = Decimal(0)
Amounts = dict[str, Decimal]


@dataclass(slots=True)
class AccountNode:
    """own: what is posted on the account itself; total: with all accounts below. Zeros are left out."""

    name: str
    type: str
    own: Amounts = field(default_factory=dict)
    total: Amounts = field(default_factory=dict)
    children: "list[AccountNode]" = field(default_factory=list)

    def walk(self) -> "Iterator[AccountNode]":
        yield self
        for child in self.children:
            yield from child.walk()


def account_tree(
    *, company_id: int, start: datetime.date | None, end: datetime.date, types: tuple[str, ...] = ()
) -> list[AccountNode]:
    """The chart's trees by their roots: what stands at the end of a day on balance sheet accounts, and what income and
    expense accounts took from `start` on (None: ever). types: of these only.

    Amounts are at cost: in the base currency where the books have a base value, in its units where a commodity has
    none. Statements: 2.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, parent_id, name, type FROM accounting_account WHERE company_id = %s ORDER BY name", [company_id]
        )
        rows = cursor.fetchall()
        cursor.execute(
            "SELECT l.account_id, CASE WHEN l.base_amount <> 0 OR l.currency = c.base_currency_id"
            "   THEN c.base_currency_id ELSE l.currency END AS unit,"
            "  sum(CASE WHEN l.base_amount <> 0 OR l.currency = c.base_currency_id THEN l.base_amount ELSE l.amount END)"
            " FROM accounting_journalline l JOIN accounting_account a ON a.id = l.account_id"
            " JOIN accounting_company c ON c.id = l.company_id"
            " WHERE l.company_id = %s AND l.date <= %s"
            "  AND (a.type NOT IN ('income', 'expense') OR %s::date IS NULL OR l.date >= %s::date) GROUP BY 1, 2",
            [company_id, end, start, start],
        )
        sums: defaultdict[int, Amounts] = defaultdict(dict)
        for account_id, unit, amount in cursor.fetchall():
            if amount:
                sums[account_id][unit] = amount
    nodes = {pk: AccountNode(name, kind, sums.get(pk, {})) for pk, _parent, name, kind in rows}
    roots = []
    for pk, parent, _name, kind in rows:
        if types and kind not in types:
            continue
        if parent in nodes:
            nodes[parent].children.append(nodes[pk])
        else:
            roots.append(nodes[pk])
    for root in roots:
        _add_up(root)
    return roots


def _add_up(node: AccountNode) -> None:
    total = defaultdict(Decimal, node.own)
    for child in node.children:
        _add_up(child)
        for unit, amount in child.total.items():
            total[unit] += amount
    node.total = {unit: amount for unit, amount in total.items() if amount}


def added_up(nodes: list[AccountNode]) -> Amounts:
    """The sum of several trees: of income and expenses, the result (what was earned is negative)."""
    total: defaultdict[str, Decimal] = defaultdict(Decimal)
    for node in nodes:
        for unit, amount in node.total.items():
            total[unit] += amount
    return {unit: amount for unit, amount in total.items() if amount}
