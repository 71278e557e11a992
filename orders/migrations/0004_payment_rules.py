"""What was paid is the sum of what happened, and never changed."""

from django.db import migrations

from backoffice.core.triggers import AppendOnly, BookFunction, BookTrigger

EVENT_TOTALS = """
BEGIN
    IF EXISTS (SELECT FROM new_rows WHERE recorded_at <> statement_timestamp()) THEN
        RAISE EXCEPTION 'orderpaymentevent_recorded_now: recorded_at is set by the database'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'orderpaymentevent_recorded_now';
    END IF;
    PERFORM FROM orders_orderpayment p
        WHERE p.id = ANY (ARRAY(SELECT payment_id FROM new_rows)) ORDER BY p.id FOR NO KEY UPDATE;
    UPDATE orders_orderpayment p SET authorised = p.authorised + t.authorised, captured = p.captured + t.captured,
            voided = p.voided + t.voided, refunded = p.refunded + t.refunded
        FROM (SELECT payment_id,
                coalesce(sum(amount) FILTER (WHERE kind = 'authorise'), 0) AS authorised,
                coalesce(sum(amount) FILTER (WHERE kind = 'capture'), 0) AS captured,
                coalesce(sum(amount) FILTER (WHERE kind = 'void'), 0) AS voided,
                coalesce(sum(amount) FILTER (WHERE kind = 'refund'), 0) AS refunded
            FROM new_rows GROUP BY payment_id) t
        WHERE p.id = t.payment_id;
    RETURN NULL;
END
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_payments")]

    operations = [
        BookFunction("orders_payment_event_totals", EVENT_TOTALS),
        BookTrigger(
            "orders_orderpaymentevent",
            "orders_payment_event_totals",
            "orders_payment_event_totals",
            referencing="NEW TABLE AS new_rows",
        ),
        AppendOnly("orders_orderpaymentevent"),
    ]
