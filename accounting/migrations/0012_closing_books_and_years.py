"""A sub-ledger can be closed in a month whose other books are open; a year is closed into retained earnings."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Now

import backoffice.core.fields
from backoffice.core.triggers import BookFunction, ReplacedFunction

NESTED = ("enable_hashjoin = off", "enable_mergejoin = off", "enable_seqscan = off")
SHARED = "TABLE (asked_date date, posting_date date)"
PREPARED = (
    "TABLE (n bigint, entry_id bigint, entry_date date, content_hash text, asked_date date,"
    " posting_date date, base_currency text)"
)

SHARE_PERIODS_BEFORE = """
DECLARE
    first_start date;
BEGIN
    FOR asked_date IN SELECT DISTINCT d FROM unnest(dates) d WHERE d IS NOT NULL ORDER BY d LOOP
        posting_date := NULL;
        SELECT p.start_date INTO first_start FROM accounting_period p
            WHERE p.company_id = company AND p.end_date >= asked_date ORDER BY p.end_date LIMIT 1;
        IF first_start <= asked_date THEN
            -- A period that closes while we wait for it drops out, and the next open one is taken.
            SELECT greatest(asked_date, p.start_date) INTO posting_date FROM accounting_period p
                WHERE p.company_id = company AND p.end_date >= asked_date AND p.state = 'open'
                ORDER BY p.end_date LIMIT 1 FOR SHARE;
        END IF;
        RETURN NEXT;
    END LOOP;
END
"""

SHARE_PERIODS = """
DECLARE
    first_start date;
BEGIN
    FOR asked_date, book IN
        SELECT DISTINCT d, b FROM unnest(dates, books) x (d, b) WHERE d IS NOT NULL ORDER BY d, b
    LOOP
        posting_date := NULL;
        SELECT p.start_date INTO first_start FROM accounting_period p
            WHERE p.company_id = company AND p.end_date >= asked_date ORDER BY p.end_date LIMIT 1;
        IF first_start <= asked_date THEN
            -- A period that closes while we wait for it drops out, and the next open one is taken.
            SELECT greatest(asked_date, p.start_date) INTO posting_date FROM accounting_period p
                WHERE p.company_id = company AND p.end_date >= asked_date AND p.state = 'open'
                    AND NOT (book = ANY (p.closed_books))
                ORDER BY p.end_date LIMIT 1 FOR SHARE;
        END IF;
        RETURN NEXT;
    END LOOP;
END
"""

PREPARE_ENTRIES_BEFORE = """
DECLARE
    zone text;
    base text;
BEGIN
    SELECT c.time_zone, c.base_currency_id INTO zone, base FROM accounting_company c WHERE c.id = company;
    RETURN QUERY
        WITH asked AS MATERIALIZED (
            SELECT k.n, k.key, coalesce(k.day, (k.instant AT TIME ZONE zone)::date) AS day
            FROM unnest(keys, days, instants) WITH ORDINALITY k (key, day, instant, n)
        ), shared AS MATERIALIZED (
            SELECT s.asked_date, s.posting_date
            FROM accounting_share_periods(company, ARRAY(SELECT a.day FROM asked a)) s
        )
        SELECT a.n, e.id, e.date, e.content_hash::text, a.day, s.posting_date, base
        FROM asked a
        LEFT JOIN LATERAL (
            SELECT j.id, j.date, j.content_hash FROM accounting_journalentry j
            WHERE j.company_id = company AND j.source_key = a.key OFFSET 0
        ) e ON true
        LEFT JOIN shared s ON s.asked_date = a.day
        ORDER BY a.n;
END
"""

PREPARE_ENTRIES = """
DECLARE
    zone text;
    base text;
BEGIN
    SELECT c.time_zone, c.base_currency_id INTO zone, base FROM accounting_company c WHERE c.id = company;
    RETURN QUERY
        WITH asked AS MATERIALIZED (
            SELECT k.n, k.key, coalesce(k.day, (k.instant AT TIME ZONE zone)::date) AS day, k.book
            FROM unnest(keys, days, instants, books) WITH ORDINALITY k (key, day, instant, book, n)
        ), shared AS MATERIALIZED (
            SELECT s.asked_date, s.book, s.posting_date
            FROM accounting_share_periods(company, ARRAY(SELECT a.day FROM asked a), ARRAY(SELECT a.book FROM asked a)) s
        )
        SELECT a.n, e.id, e.date, e.content_hash::text, a.day, s.posting_date, base
        FROM asked a
        LEFT JOIN LATERAL (
            SELECT j.id, j.date, j.content_hash FROM accounting_journalentry j
            WHERE j.company_id = company AND j.source_key = a.key OFFSET 0
        ) e ON true
        LEFT JOIN shared s ON s.asked_date = a.day AND s.book = a.book
        ORDER BY a.n;
END
"""

ENTRY_GUARD_BEFORE = """
DECLARE
    asked record;
    found_period record;
BEGIN
    IF EXISTS (SELECT FROM new_rows
            WHERE xid <> pg_current_xact_id() OR recorded_at <> statement_timestamp()) THEN
        RAISE EXCEPTION 'journalentry_recorded_now: xid and recorded_at are set by the database'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journalentry_recorded_now';
    END IF;
    IF EXISTS (SELECT FROM new_rows n WHERE n.reverses_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM accounting_journalentry r WHERE r.id = n.reverses_id AND r.company_id = n.company_id)) THEN
        RAISE EXCEPTION 'journalentry_reverses_own_company: an entry reverses one of its own company'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journalentry_reverses_own_company';
    END IF;
    FOR asked IN SELECT DISTINCT company_id, date FROM new_rows ORDER BY company_id, date LOOP
        SELECT p.start_date, p.state INTO found_period FROM accounting_period p
            WHERE p.company_id = asked.company_id AND p.end_date >= asked.date
            ORDER BY p.end_date LIMIT 1 FOR SHARE;
        IF NOT FOUND OR found_period.start_date > asked.date OR found_period.state <> 'open' THEN
            RAISE EXCEPTION 'journalentry_period_open: % is in no open period of company %',
                asked.date, asked.company_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'journalentry_period_open';
        END IF;
    END LOOP;
    RETURN NULL;
END
"""

ENTRY_GUARD = (
    ENTRY_GUARD_BEFORE.replace(
        "SELECT DISTINCT company_id, date FROM new_rows ORDER BY company_id, date LOOP",
        "SELECT DISTINCT company_id, date, subledger FROM new_rows ORDER BY company_id, date, subledger LOOP",
    )
    .replace("SELECT p.start_date, p.state INTO", "SELECT p.start_date, p.state, p.closed_books INTO")
    .replace(
        """        END IF;
    END LOOP;""",
        """        END IF;
        IF asked.subledger = ANY (found_period.closed_books) THEN
            RAISE EXCEPTION 'journalentry_book_open: the % book is closed on %', asked.subledger, asked.date
                USING ERRCODE = 'check_violation', CONSTRAINT = 'journalentry_book_open';
        END IF;
    END LOOP;""",
    )
)

SET_STATE_BEFORE = """
BEGIN
    IF (old_state, new_state) NOT IN (('open', 'soft_closed'), ('open', 'locked'), ('soft_closed', 'open'),
            ('soft_closed', 'locked'), ('locked', 'soft_closed')) THEN
        RAISE EXCEPTION 'period_state_may_follow: % after %', new_state, old_state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_state_may_follow';
    END IF;
    -- Waits for every transaction that posts into the period.
    UPDATE accounting_period SET state = new_state WHERE id = period AND state = old_state;
    RETURN FOUND;
END
"""

SET_STATE = SET_STATE_BEFORE.replace(
    "    -- Waits for",
    """    IF old_state = 'locked' AND EXISTS (SELECT FROM accounting_period p JOIN accounting_yearclose y
            ON y.company_id = p.company_id AND y.status = 'closed' AND p.start_date <= y.end_date
            WHERE p.id = period) THEN
        RAISE EXCEPTION 'period_year_open: the year is closed; reopen the year'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_year_open';
    END IF;
    -- Waits for""",
)

SET_BOOKS = """
BEGIN
    IF NOT books <@ ARRAY['receivable', 'payable', 'inventory', 'stored_value', 'general']::text[] THEN
        RAISE EXCEPTION 'period_books_known: %', books
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_books_known';
    END IF;
    -- Waits for every transaction that posts into the period.
    UPDATE accounting_period p SET closed_books = books WHERE p.id = period AND p.state = 'open';
    RETURN FOUND;
END
"""


class Migration(migrations.Migration):
    dependencies = [("accounting", "0011_banking_guards")]

    operations = [
        migrations.AddField(
            model_name="period",
            name="closed_books",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=12),
                db_default=[],
                default=list,
                help_text="Sub-ledgers that are closed while the period is open.",
                size=None,
            ),
        ),
        migrations.AlterModelOptions(
            name="period",
            options={
                "ordering": ["start_date"],
                "permissions": [
                    ("close_period", "Can close periods and books"),
                    ("reopen_period", "Can reopen periods and books"),
                ],
                "verbose_name": "period",
            },
        ),
        migrations.CreateModel(
            name="YearClose",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField()),
                ("end_date", models.DateField()),
                (
                    "status",
                    models.CharField(
                        choices=[("closed", "Closed"), ("reopened", "Reopened")], default="closed", max_length=8
                    ),
                ),
                ("result", backoffice.core.fields.AmountField(help_text="Profit, or loss below zero.")),
                ("closed_at", models.DateTimeField(db_default=Now(), editable=False)),
                ("closed_label", models.CharField(max_length=150)),
                ("reopened_label", models.CharField(blank=True, max_length=150)),
                ("company", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company")),
                (
                    "entry",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounting.journalentry",
                    ),
                ),
                (
                    "reversal",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounting.journalentry",
                    ),
                ),
            ],
            options={
                "verbose_name": "year-end closing",
                "verbose_name_plural": "year-end closings",
                "ordering": ["-year", "-id"],
                "permissions": [("reopen_yearclose", "Can reopen a closed year")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status", "closed")), fields=("company", "year"), name="yearclose_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["closed", "reopened"])), name="yearclose_status_known"
                    ),
                ],
            },
        ),
        ReplacedFunction(
            BookFunction(
                "accounting_share_periods",
                SHARE_PERIODS_BEFORE,
                args="company bigint, dates date[]",
                returns=SHARED,
                settings=NESTED,
            ),
            BookFunction(
                "accounting_share_periods",
                SHARE_PERIODS,
                args="company bigint, dates date[], books text[]",
                returns="TABLE (asked_date date, book text, posting_date date)",
                settings=NESTED,
            ),
        ),
        ReplacedFunction(
            BookFunction(
                "accounting_prepare_entries",
                PREPARE_ENTRIES_BEFORE,
                args="company bigint, keys text[], days date[], instants timestamptz[]",
                returns=PREPARED,
                settings=NESTED,
            ),
            BookFunction(
                "accounting_prepare_entries",
                PREPARE_ENTRIES,
                args="company bigint, keys text[], days date[], instants timestamptz[], books text[]",
                returns=PREPARED,
                settings=NESTED,
            ),
        ),
        BookFunction("accounting_entry_guard", ENTRY_GUARD, settings=NESTED, previous=ENTRY_GUARD_BEFORE),
        BookFunction(
            "accounting_set_period_state",
            SET_STATE,
            args="period bigint, old_state text, new_state text",
            returns="boolean",
            previous=SET_STATE_BEFORE,
        ),
        BookFunction("accounting_set_period_books", SET_BOOKS, args="period bigint, books text[]", returns="boolean"),
    ]
