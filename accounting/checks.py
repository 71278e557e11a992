"""The money book's sentences of the standing proof."""

from django.utils.translation import gettext_lazy as _

from backoffice.core.registry import Check

STOREY = "accounting"

CHECKS = (
    Check(
        "entries_balance",
        STOREY,
        _("Every journal entry has two lines or more, of its own company and day, and they balance"),
        sql="""
            SELECT e.id AS entry, e.source_key, count(l.id) AS lines, sum(l.base_amount) AS base,
                   sum(l.amount) AS amount, min(l.currency) AS currency, max(l.currency) AS other_currency
            FROM accounting_journalentry e LEFT JOIN accounting_journalline l ON l.entry_id = e.id
            GROUP BY e.id
            HAVING count(l.id) < 2 OR sum(l.base_amount) <> 0
                OR (min(l.currency) = max(l.currency) AND sum(l.amount) <> 0)
                OR bool_or(l.company_id <> e.company_id OR l.date <> e.date)""",
    ),
    Check(
        "lines_have_an_entry",
        STOREY,
        _("Every journal line belongs to an entry and to an account of its company"),
        sql="""
            SELECT l.id AS line, l.entry_id AS entry, l.account_id AS account
            FROM accounting_journalline l
            LEFT JOIN accounting_journalentry e ON e.id = l.entry_id
            LEFT JOIN accounting_account a ON a.id = l.account_id
            WHERE e.id IS NULL OR a.company_id IS DISTINCT FROM l.company_id""",
    ),
    Check(
        "control_accounts_own_subledger",
        STOREY,
        _("Control accounts are posted only by their own sub-ledger"),
        sql="""
            SELECT l.id AS line, l.entry_id AS entry, a.code AS account, a.control, e.subledger, l.party_id AS party
            FROM accounting_account a
            JOIN accounting_journalline l ON l.account_id = a.id
            JOIN accounting_journalentry e ON e.id = l.entry_id
            WHERE a.control <> '' AND ((e.subledger <> a.control
                    AND NOT (a.control = 'stored_value' AND e.subledger = 'receivable'))
                OR (a.control IN ('receivable', 'payable') AND l.party_id IS NULL))""",
    ),
    Check(
        "subledgers_equal_control_accounts",
        STOREY,
        _("What is open by party equals the balance of its control account"),
        sql="""
            SELECT coalesce(l.account, i.account) AS account, coalesce(l.party, i.party) AS party,
                   coalesce(l.currency, i.currency) AS currency, l.base AS account_base, i.base AS open_base,
                   l.amount AS account_amount, i.amount AS open_amount
            FROM (SELECT x.account_id AS account, x.party_id AS party, x.currency, sum(x.base_amount) AS base,
                         sum(x.amount) AS amount
                  FROM accounting_journalline x JOIN accounting_account a ON a.id = x.account_id
                  WHERE a.control IN ('receivable', 'payable') GROUP BY 1, 2, 3) l
            FULL JOIN (SELECT o.account_id AS account, o.party_id AS party, o.currency,
                         sum(CASE o.side WHEN 'debit' THEN 1 ELSE -1 END * (o.base_amount - o.base_used)) AS base,
                         sum(CASE o.side WHEN 'debit' THEN 1 ELSE -1 END * (o.amount - o.used)) AS amount
                  FROM accounting_openitem o JOIN accounting_account a ON a.id = o.account_id
                  WHERE a.control IN ('receivable', 'payable') GROUP BY 1, 2, 3) i
              ON (i.account, i.party, i.currency) = (l.account, l.party, l.currency)
            WHERE coalesce(l.base, 0) <> coalesce(i.base, 0) OR coalesce(l.amount, 0) <> coalesce(i.amount, 0)""",
    ),
    Check(
        "item_uses_equal_used",
        STOREY,
        _("What is used of each open item is the sum of its uses"),
        sql="""
            SELECT i.id AS item, i.used, i.base_used, coalesce(u.amount, 0) AS uses, coalesce(u.base, 0) AS base_uses
            FROM accounting_openitem i
            LEFT JOIN (SELECT item, sum(amount) AS amount, sum(base) AS base, max(date) AS last FROM (
                    SELECT debit_item_id AS item, amount, debit_base AS base, date FROM accounting_itemuse
                    UNION ALL SELECT credit_item_id, amount, credit_base, date FROM accounting_itemuse) s GROUP BY item) u
              ON u.item = i.id
            WHERE i.last_used_on IS DISTINCT FROM u.last OR i.used <> coalesce(u.amount, 0) OR i.base_used <> coalesce(u.base, 0)""",
    ),
    Check(
        "stored_value_equals_accounts",
        STOREY,
        _("The balance of every account of stored value is what is left on its gift cards, credits and deposits"),
        sql="""
            SELECT a.id AS account, a.code, coalesce(l.base, 0) AS balance, -coalesce(v.base, 0) AS stored_value,
                   l.currency
            FROM accounting_account a
            LEFT JOIN (SELECT account_id, currency, sum(base_amount) AS base, sum(amount) AS amount
                FROM accounting_journalline GROUP BY 1, 2) l ON l.account_id = a.id
            LEFT JOIN (SELECT account_id, currency, sum(base_amount - base_used) AS base, sum(amount - used) AS amount
                FROM accounting_storedvalue GROUP BY 1, 2) v ON (v.account_id, v.currency) = (a.id, l.currency)
            WHERE a.control = 'stored_value' AND l.account_id IS NOT NULL
              AND (l.base <> -coalesce(v.base, 0) OR l.amount <> -coalesce(v.amount, 0))
            UNION ALL SELECT v.account_id, a.code, 0, -v.base_amount, v.currency
            FROM accounting_storedvalue v JOIN accounting_account a ON a.id = v.account_id
            WHERE a.control <> 'stored_value'""",
    ),
    Check(
        "stored_value_uses_equal_used",
        STOREY,
        _("What is used of each gift card, credit and deposit is the sum of its uses"),
        sql="""
            SELECT v.id AS stored_value, v.used, v.base_used, coalesce(u.amount, 0) AS uses,
                   coalesce(u.base, 0) AS base_uses
            FROM accounting_storedvalue v
            LEFT JOIN (SELECT stored_value_id, sum(amount) AS amount, sum(base_amount) AS base
                FROM accounting_storedvalueuse GROUP BY 1) u ON u.stored_value_id = v.id
            WHERE v.used <> coalesce(u.amount, 0) OR v.base_used <> coalesce(u.base, 0)""",
    ),
    Check(
        "invoices_add_up",
        STOREY,
        _("The lines of every document add up to it, and it is what its open item and entry say"),
        sql="""
            SELECT n.id AS invoice, n.number, n.net, n.tax, n.total, l.net AS lines_net, l.tax AS lines_tax,
                   i.amount AS item_amount
            FROM accounting_invoice n
            LEFT JOIN (SELECT invoice_id, sum(net) AS net, sum(tax) AS tax FROM accounting_invoiceline
                GROUP BY invoice_id) l ON l.invoice_id = n.id
            LEFT JOIN accounting_openitem i ON i.id = n.open_item_id
            LEFT JOIN accounting_journalentry e ON e.id = n.entry_id
            WHERE (n.net, n.tax) IS DISTINCT FROM (l.net, l.tax)
               OR (n.total, n.entry_id, n.party_id, n.currency)
                  IS DISTINCT FROM (i.amount, i.entry_id, i.party_id, i.currency)
               OR (n.company_id, n.date, n.source_key) IS DISTINCT FROM (e.company_id, e.date, e.source_key)""",
    ),
    Check(
        "payments_equal_items",
        STOREY,
        _("Every payment is what its open item says"),
        sql="""
            SELECT p.id AS payment, p.amount, i.amount AS item_amount
            FROM accounting_payment p LEFT JOIN accounting_openitem i ON i.id = p.open_item_id
            WHERE (p.amount, p.entry_id, p.party_id, p.currency)
                  IS DISTINCT FROM (i.amount, i.entry_id, i.party_id, i.currency)""",
    ),
    Check(
        "numbers_without_gaps",
        STOREY,
        _("Legal numbers have no gap"),
        sql="""
            SELECT s.id AS series, s.code, s.first_number, s.next_number, count(n.id) AS documents,
                   min(n.sequence) AS lowest, max(n.sequence) AS highest
            FROM accounting_numberseries s LEFT JOIN accounting_invoice n ON n.series_id = s.id
            GROUP BY s.id
            HAVING count(n.id) <> s.next_number - s.first_number
                OR min(n.sequence) <> s.first_number OR max(n.sequence) <> s.next_number - 1""",
    ),
    Check(
        "manual_journals_equal_entries",
        STOREY,
        _("Every posted manual journal is what its entry says, and a reversed one has its mirror"),
        sql="""
            SELECT j.id AS journal, j.status, j.entry_id AS entry, j.reversal_id AS reversal
            FROM accounting_manualjournal j LEFT JOIN accounting_journalentry e ON e.id = j.entry_id
            LEFT JOIN accounting_journalentry r ON r.id = j.reversal_id
            WHERE (j.status IN ('posted', 'reversed') AND ((e.source_type, e.source_id)
                    IS DISTINCT FROM ('accounting.manualjournal'::varchar, j.id) OR EXISTS (
                SELECT FROM (SELECT x.account_id, x.amount FROM accounting_manualjournalline x WHERE x.journal_id = j.id
                    UNION ALL SELECT y.account_id, -y.amount FROM accounting_journalline y WHERE y.entry_id = e.id) s
                GROUP BY s.account_id HAVING sum(s.amount) <> 0)))
               OR (j.status = 'reversed' AND r.reverses_id IS DISTINCT FROM j.entry_id)
               OR (j.status NOT IN ('posted', 'reversed') AND e.id IS NOT NULL)""",
    ),
    Check(
        "balances_equal_lines",
        STOREY,
        _("The months of every account are the lines of the journal below the rollup's watermark"),
        sql="""
            WITH mark AS MATERIALIZED (
                SELECT b.xid, b.entry_id FROM accounting_balancewatermark b, pg_control_system() s
                WHERE b.system_identifier = s.system_identifier
            ), lines AS (
                SELECT l.account_id, date_trunc('month', l.date)::date AS month, l.dimension_set_id,
                    e.source_type = 'accounting.yearclose' AS is_closing,
                    sum(greatest(l.base_amount, 0)) AS debit, -sum(least(l.base_amount, 0)) AS credit
                FROM mark JOIN accounting_journalentry e ON e.xid < mark.xid OR e.id <= mark.entry_id
                JOIN accounting_journalline l ON l.entry_id = e.id GROUP BY 1, 2, 3, 4
            )
            SELECT coalesce(l.account_id, m.account_id) AS account, coalesce(l.month, m.month) AS month,
                coalesce(l.dimension_set_id, m.dimension_set_id) AS dimension_set, m.debit, m.credit,
                l.debit AS lines_debit, l.credit AS lines_credit
            FROM lines l FULL JOIN (SELECT * FROM accounting_accountmonth WHERE EXISTS (SELECT FROM mark)) m
                ON m.account_id = l.account_id AND m.month = l.month AND m.is_closing = l.is_closing
                AND coalesce(m.dimension_set_id, 0) = coalesce(l.dimension_set_id, 0)
            WHERE (l.debit, l.credit) IS DISTINCT FROM (m.debit, m.credit)""",
    ),
    Check(
        "entries_have_a_period",
        STOREY,
        _("Every day with entries lies in a period"),
        sql="""
            SELECT d.company_id AS company, d.date
            FROM (SELECT DISTINCT company_id, date FROM accounting_journalentry) d
            WHERE NOT EXISTS (SELECT FROM accounting_period p WHERE p.company_id = d.company_id
                AND p.start_date <= d.date AND p.end_date >= d.date)""",
    ),
)
