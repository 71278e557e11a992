"""The ground's own sentences of the standing proof."""

from django.utils.translation import gettext_lazy as _

from backoffice.core.fingerprint import first_difference
from backoffice.core.references import first_dangling
from backoffice.core.registry import Check

CHECKS = (
    Check(
        "inbox_whole",
        "core",
        _("Every received message has its payload and its state, and the payload is what was received"),
        sql="""
            SELECT m.id AS message, m.account, m.topic, m.external_id,
                   CASE WHEN w.message_id IS NULL THEN 'no state' WHEN b.message_id IS NULL THEN 'no payload'
                        ELSE 'payload is not what was received' END AS problem
            FROM core_inboxmessage m
            LEFT JOIN core_inboxwork w ON w.message_id = m.id
            LEFT JOIN core_payloadbody b ON b.message_id = m.id
            WHERE w.message_id IS NULL OR b.message_id IS NULL
               OR (b.erased_at IS NULL AND sha256(b.body) <> m.body_sha256)""",
    ),
    Check(
        "outbox_readable",
        "core",
        _("No outbox event lies beyond the reach of its readers"),
        sql="""
            SELECT e.id AS event, e.topic, e.key, e.xid::text AS transaction
            FROM core_outboxevent e
            WHERE e.system_identifier = (SELECT system_identifier FROM pg_control_system())
              AND e.xid >= pg_snapshot_xmax(pg_current_snapshot())
              AND e.xid IS DISTINCT FROM pg_current_xact_id_if_assigned()""",
    ),
    Check(
        "outbox_readers_here",
        "core",
        _("Every outbox reader belongs to this database cluster"),
        sql="""
            SELECT c.consumer, c.system_identifier AS reader_cluster, s.system_identifier AS this_cluster
            FROM core_outboxcursor c, pg_control_system() s
            WHERE c.system_identifier <> s.system_identifier""",
    ),
    Check(
        "schema_released",
        "core",
        _("Triggers, functions, grants and constraints are the released ones"),
        find=first_difference,
    ),
    Check(
        "references_hold",
        "core",
        _("Every reference that a trigger guards points to a row that exists"),
        find=first_dangling,
    ),
)
