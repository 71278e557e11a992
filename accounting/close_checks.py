"""Sentences of the standing proof on what closes a month: returns, revaluations, deferrals."""

from django.utils.translation import gettext_lazy as _

from accounting.selectors.tax_returns import differing_return
from backoffice.core.registry import Check

STOREY = "accounting"

CLOSE_CHECKS = (
    Check(
        "filed_returns_equal_documents",
        STOREY,
        _("Every box of a filed tax return is what the documents of its days come to"),
        find=differing_return,
    ),
    Check(
        "revaluations_equal_entries",
        STOREY,
        _("Every currency revaluation is the sum of its lines, posted on its day and taken back the day after"),
        sql="""
            SELECT v.id AS revaluation, v.date, v.difference, l.gains, l.losses, e.posted, r.date AS taken_back
            FROM accounting_currencyrevaluation v
            JOIN accounting_company c ON c.id = v.company_id
            JOIN accounting_currency k ON k.code = c.base_currency_id
            LEFT JOIN LATERAL (SELECT coalesce(sum(greatest(x.value - x.book_value, 0)), 0) AS gains,
                    coalesce(sum(greatest(x.book_value - x.value, 0)), 0) AS losses,
                    coalesce(bool_or(x.value <> round(x.amount * x.rate, k.exponent::int)), false) AS misvalued
                FROM accounting_currencyrevaluationline x WHERE x.revaluation_id = v.id) l ON true
            LEFT JOIN LATERAL (SELECT j.date, (SELECT sum(greatest(y.base_amount, 0)) FROM accounting_journalline y
                    WHERE y.entry_id = j.id) AS posted
                FROM accounting_journalentry j WHERE j.id = v.entry_id) e ON true
            LEFT JOIN accounting_journalentry r ON r.id = v.reversal_id
            WHERE v.difference <> l.gains - l.losses OR l.misvalued
                OR coalesce(e.posted, 0) <> greatest(l.gains, l.losses)
                OR (v.entry_id IS NOT NULL AND (e.date <> v.date OR r.reverses_id IS DISTINCT FROM v.entry_id
                    OR r.date <= v.date))""",
    ),
    Check(
        "deferrals_equal_entries",
        STOREY,
        _("Every deferral is the sum of its parts, and each earned part is in the journal"),
        sql="""
            SELECT d.id AS deferral, d.status, d.amount, p.amount AS parts, e.amount AS deferred, p.unearned, p.part
            FROM accounting_revenuedeferral d
            LEFT JOIN LATERAL (SELECT sum(x.amount) AS amount, count(*) FILTER (WHERE x.entry_id IS NULL) AS unearned,
                    min(x.id) FILTER (WHERE x.entry_id IS NOT NULL AND x.amount IS DISTINCT FROM (
                        SELECT -sum(y.base_amount) FROM accounting_journalline y
                        WHERE y.entry_id = x.entry_id AND y.account_id = d.account_id)) AS part
                FROM accounting_revenuedeferralpart x WHERE x.deferral_id = d.id) p ON true
            LEFT JOIN LATERAL (SELECT sum(y.base_amount) AS amount FROM accounting_journalline y
                WHERE y.entry_id = d.entry_id AND y.account_id = d.account_id) e ON true
            WHERE p.amount IS DISTINCT FROM d.amount OR e.amount IS DISTINCT FROM d.amount OR p.part IS NOT NULL
                OR (d.status = 'done') <> (p.unearned = 0)""",
    ),
)
