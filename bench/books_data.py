"""Three years of books by the million lines: each invoice with its cost, most of them paid.

An invoice is ten lines in three entries: the sale (receivable, two revenues by category, tax), its cost (two costs, two
of stock), and for nineteen of twenty the payment. Written as SQL with the triggers off, for this is what reports read, not how it
is posted; the proof's sentences on it are run by the measurement.
"""

from datetime import date, timedelta
from typing import Any

from django.core.management.base import CommandError
from django.db import connection

from accounting.models import Company, JournalLine
from accounting.selectors import account_ids
from accounting.services import create_company, ensure_party
from accounting.services.dimensions import ensure_sets
from accounting.services.periods import ensure_periods
from backoffice.core.roles import as_owner, role
from bench.house import ACTOR

MONTHS, PARTIES, CHUNK = 36, 2_000, 50_000
LINES_PER_INVOICE = 10
CODE = "books"
END = date(2026, 12, 20)  # the last day that is posted; days of the month are left, so that a month is in part

_ENTRIES = """
INSERT INTO accounting_journalentry (id, company_id, date, effective_at, subledger, source_type, source_id, source_key,
    content_hash, memo, actor_label)
SELECT n * 3 + k, %(company)s, day + CASE WHEN k = 2 THEN paid_days ELSE 0 END, day + time '12:00',
    CASE k WHEN 1 THEN 'inventory' ELSE 'receivable' END, 'orders.shipment', n, 'b:' || n || ':' || k, 'x', '', 'bench'
FROM ({facts}) f CROSS JOIN generate_series(0, 2) k WHERE k < 2 OR is_paid
"""
_LINES = """
INSERT INTO accounting_journalline (company_id, entry_id, account_id, party_id, date, currency, amount, base_amount,
    dimension_set_id, memo)
SELECT %(company)s, n * 3 + l.k, l.account, l.party, day + CASE WHEN l.k = 2 THEN paid_days ELSE 0 END, 'EUR', l.amount, l.amount,
    l.dimensions, ''
FROM ({facts}) f CROSS JOIN LATERAL (VALUES
    (0, %(receivable)s::bigint, f.party_id, f.net + f.tax, NULL::bigint),
    (0, %(revenue)s, NULL, -f.first, f.one), (0, %(revenue)s, NULL, f.first - f.net, f.other), (0, %(tax)s, NULL, -f.tax, NULL),
    (1, %(cogs)s, NULL, f.cost, f.one), (1, %(inventory)s, NULL, -f.cost, f.one),
    (1, %(cogs)s, NULL, f.cost, f.other), (1, %(inventory)s, NULL, -f.cost, f.other),
    (2, %(bank)s, NULL, f.net + f.tax, NULL), (2, %(receivable)s, f.party_id, -(f.net + f.tax), NULL)
) l (k, account, party, amount, dimensions) WHERE l.k < 2 OR is_paid
"""
_ITEMS = """
INSERT INTO accounting_openitem (id, company_id, party_id, account_id, entry_id, kind, side, currency, amount, base_amount,
    used, base_used, date, due_date, last_used_on)
SELECT n * 2 + k, %(company)s, party_id, %(receivable)s, n * 3 + k * 2, CASE k WHEN 0 THEN 'invoice' ELSE 'payment' END,
    CASE k WHEN 0 THEN 'debit' ELSE 'credit' END, 'EUR', net + tax, net + tax,
    CASE WHEN is_paid THEN net + tax ELSE 0 END, CASE WHEN is_paid THEN net + tax ELSE 0 END,
    day + k * paid_days, day + CASE k WHEN 0 THEN 30 ELSE paid_days END, CASE WHEN is_paid THEN day + paid_days END
FROM ({facts}) f CROSS JOIN generate_series(0, 1) k WHERE k = 0 OR is_paid
"""
_USES = """
INSERT INTO accounting_itemuse (company_id, debit_item_id, credit_item_id, amount, debit_base, credit_base, date, source_key, actor_label)
SELECT %(company)s, n * 2, n * 2 + 1, net + tax, net + tax, net + tax, day + paid_days, 'b:' || n, 'bench'
FROM ({facts}) f WHERE is_paid
"""
_INVOICES = """
INSERT INTO accounting_invoice (id, company_id, kind, series_id, sequence, number, party_id, currency, date, due_date,
    effective_at, net, tax, rounding, total, entry_id, open_item_id, source_type, source_id, source_key, actor_label)
SELECT n, %(company)s, 'invoice', %(series)s, n, 'INV-' || lpad(n::text, 7, '0'), party_id, 'EUR', day, day + 30,
    day + time '12:00', net, tax, 0, net + tax, n * 3, n * 2, 'orders.shipment', n, 'b:' || n || ':0', 'bench'
FROM ({facts}) f
"""
_INVOICE_LINES = """
INSERT INTO accounting_invoiceline (invoice_id, position, kind, sku_code, description, quantity, unit_price, net, tax,
    tax_rate, account_id, dimension_set_id, source_type)
SELECT n, 1, 'goods', 'SKU-' || n %% 5000, 'Goods', 1, net, net, tax, 0.2, %(revenue)s, one, '' FROM ({facts}) f
"""
# Everything of an invoice follows from its number, so that the tables agree without a look at each other.
_FACTS = """
SELECT n, %(start)s::date + ((n::bigint * %(days)s) / (%(invoices)s + 1))::int AS day, net, round(net / 5, 2) AS tax,
    round(net / 3, 2) AS first, round(net / 4, 2) AS cost, (%(parties)s::bigint[])[1 + n %% %(count)s] AS party_id,
    (%(sets)s::bigint[])[1 + n %% %(set_count)s] AS one, (%(sets)s::bigint[])[1 + (n * 7) %% %(set_count)s] AS other,
    10 + n %% 50 AS paid_days,
    n %% 20 <> 0 AND %(start)s::date + ((n::bigint * %(days)s) / (%(invoices)s + 1))::int + 10 + n %% 50 <= %(end)s::date AS is_paid
FROM (SELECT n, (10 + n %% 190)::numeric + (n %% 100) / 100.0 AS net FROM generate_series(%(low)s, %(high)s) n) g
"""
_TABLES = (_ENTRIES, _LINES, _ITEMS, _USES, _INVOICES, _INVOICE_LINES)
_SEQUENCES = ("journalentry", "openitem", "invoice")


def prepare(progress: Any, *, invoices: int) -> Company:
    """A company with that many invoices and about ten times as many journal lines; made once. CommandError without a
    superuser's login, as the embedded servers have one."""
    found = Company.objects.filter(code=CODE).first()
    if found is not None:
        return found
    company = create_company(code=CODE, name="Books", base_currency="EUR", country="DE", actor=ACTOR)
    parties = [
        ensure_party(company_id=company.pk, code=f"C{number:05d}", name=f"Customer {number}", currency="EUR").pk
        for number in range(PARTIES)
    ]
    codes = [
        (("category", f"cat{c}"), ("channel", f"ch{a}"), ("warehouse", f"wh{b}"))
        for a in range(6) for b in range(4) for c in range(12)
    ]  # fmt: skip
    sets = list(ensure_sets(codes, company_id=company.pk).values())
    start = END - timedelta(days=MONTHS * 30)
    ensure_periods(company_id=company.pk, dates=[start, END])
    roles = account_ids(company.pk)
    values: dict[str, Any] = {
        "company": company.pk, "parties": parties, "count": len(parties), "sets": sets, "set_count": len(sets),
        "start": start, "end": END, "days": (END - start).days, "invoices": invoices, "tax": roles["output_tax"],
        "series": company.numberseries_set.get(code="INV").pk,
        **{name: roles[name] for name in ("receivable", "revenue", "cogs", "inventory", "bank")},
    }  # fmt: skip
    bar = progress.add_task("three years of books", total=invoices)
    for low in range(1, invoices + 1, CHUNK):
        _write(values | {"low": low, "high": min(low + CHUNK - 1, invoices)})
        progress.update(bar, completed=min(low + CHUNK - 1, invoices))
    with role(connection, "none"), connection.cursor() as cursor:
        for table in _SEQUENCES:
            cursor.execute(f"SELECT setval('accounting_{table}_id_seq', (SELECT max(id) FROM accounting_{table}))")
        cursor.execute(
            "UPDATE accounting_numberseries SET next_number = %s WHERE id = %s", [invoices + 1, values["series"]]
        )
    with as_owner(connection), connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as autovacuum would
    return company


def _write(values: dict[str, Any]) -> None:
    with role(connection, "none"), connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = session_user")
        if not cursor.fetchone()[0]:
            raise CommandError("the books' data set needs a superuser's login, as the embedded servers have one")
        cursor.execute("SET session_replication_role = replica")
        try:
            for text in _TABLES:
                cursor.execute(text.format(facts=_FACTS), values)
        finally:
            cursor.execute("SET session_replication_role = origin")


def lines() -> int:
    return JournalLine.objects.count()
