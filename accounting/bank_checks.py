"""The bank's sentences of the standing proof."""

from django.utils.translation import gettext_lazy as _

from backoffice.core.registry import Check

STOREY = "accounting"

BANK_CHECKS = (
    Check(
        "bank_lines_equal_matches",
        STOREY,
        _("What is matched of each bank line is the sum of its matches"),
        sql="""
            SELECT l.id AS line, l.amount, l.matched, coalesce(m.amount, 0) AS matches
            FROM accounting_bankline l
            LEFT JOIN (SELECT line_id, sum(amount) AS amount FROM accounting_bankmatch GROUP BY line_id) m
              ON m.line_id = l.id
            WHERE l.matched <> coalesce(m.amount, 0)""",
    ),
    Check(
        "bank_matches_within_entries",
        STOREY,
        _("What is matched of each entry is within what it posts to the bank's account"),
        sql="""
            SELECT m.entry, m.bank_account, m.amount AS matched, l.amount AS posted
            FROM (SELECT entry_id AS entry, bank_account_id AS bank_account, sum(amount) AS amount
                  FROM accounting_bankmatch GROUP BY 1, 2) m
            JOIN accounting_bankaccount b ON b.id = m.bank_account
            LEFT JOIN LATERAL (SELECT sum(x.amount) AS amount FROM accounting_journalline x
                WHERE x.entry_id = m.entry AND x.account_id = b.account_id AND x.currency = b.currency_id) l ON true
            WHERE m.amount <> 0
              AND (l.amount IS NULL OR sign(m.amount) <> sign(l.amount) OR abs(m.amount) > abs(l.amount))""",
    ),
    Check(
        "bank_statements_add_up",
        STOREY,
        _("Every statement's balances differ by its lines"),
        sql="""
            SELECT s.id AS statement, s.opening, s.closing, sum(l.amount) AS lines
            FROM accounting_bankstatement s LEFT JOIN accounting_bankline l ON l.statement_id = s.id
            WHERE s.opening IS NOT NULL AND s.closing IS NOT NULL AND s.known_lines = 0
            GROUP BY s.id HAVING s.opening + coalesce(sum(l.amount), 0) <> s.closing""",
    ),
    Check(
        "reconciled_balances_hold",
        STOREY,
        _("Every reconciled closing balance is still what the books say of its day"),
        sql="""
            SELECT r.id AS reconciliation, b.name AS account, r.date, r.closing, r.book, l.amount AS book_now
            FROM accounting_bankreconciliation r
            JOIN accounting_bankaccount b ON b.id = r.bank_account_id
            LEFT JOIN LATERAL (SELECT coalesce(sum(x.amount), 0) AS amount FROM accounting_journalline x
                WHERE x.account_id = b.account_id AND x.currency = b.currency_id AND x.date <= r.date) l ON true
            WHERE r.reopens_id IS NULL AND l.amount <> r.book
              AND NOT EXISTS (SELECT FROM accounting_bankreconciliation o WHERE o.reopens_id = r.id)""",
    ),
)
