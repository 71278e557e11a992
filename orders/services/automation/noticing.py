"""What rules are to look at: what changed, what a clock brings, and what other storeys tell."""

import datetime
import json
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from backoffice.core.change_reader import read_changes
from backoffice.core.db import database_now
from backoffice.core.outbox import Delivered
from orders.automation.triggers import ALERTS
from orders.models import AutomationRule, RuleTrigger

READER = "orders.rules.changes"
CONSUMER, TOPICS = "orders.rules", frozenset({"InboundChanged", "AlarmRaised"})

# Only where rules are on: without rules nothing is written.
_ON = "SELECT FROM orders_automationrule r WHERE r.is_active AND r.company_id = o.company_id"
_CHANGED = f"""
INSERT INTO orders_ruledue (company_id, subject_type, subject_id, facts)
SELECT o.company_id, 'order', o.id, '{{}}' FROM orders_order o
WHERE o.id = ANY(%s) AND EXISTS ({_ON}) ORDER BY o.id ON CONFLICT (subject_type, subject_id) DO NOTHING
"""
_LATE = f"""
INSERT INTO orders_ruledue (company_id, subject_type, subject_id, facts)
SELECT o.company_id, 'order', o.id, '{{}}' FROM orders_order o
WHERE o.status IN ('placed', 'released', 'partly_shipped') AND o.promise_date < %s AND EXISTS (
    {_ON} AND r.trigger = 'late' AND (r.scope = 'open' OR r.since <= o.recorded_at) AND NOT EXISTS (
        SELECT FROM orders_rulefiring f WHERE f.rule_id = r.id AND f.subject_type = 'order' AND f.subject_id = o.id
            AND f.cause = 'late:' || o.promise_date))
ORDER BY o.id ON CONFLICT (subject_type, subject_id) DO NOTHING
"""
_ALERTS = """
INSERT INTO orders_ruledue (company_id, subject_type, subject_id, facts)
SELECT a.company_id, 'alert', a.id, '{}' FROM inventory_stockalert a
WHERE a.closed_at IS NULL AND EXISTS (
    SELECT FROM orders_automationrule r JOIN unnest(%s::text[], %s::text[]) k (trigger, kind) ON k.trigger = r.trigger
    WHERE r.is_active AND r.company_id = a.company_id AND k.kind = a.kind
        AND (r.scope = 'open' OR r.since <= a.opened_at) AND NOT EXISTS (
            SELECT FROM orders_rulefiring f WHERE f.rule_id = r.id AND f.subject_type = 'alert' AND f.subject_id = a.id))
ORDER BY a.id ON CONFLICT (subject_type, subject_id) DO NOTHING
"""
_TOLD = """
INSERT INTO orders_ruledue (company_id, subject_type, subject_id, facts)
SELECT %(company)s, %(type)s, %(id)s, %(facts)s::jsonb WHERE EXISTS (
    SELECT FROM orders_automationrule r WHERE r.is_active AND r.company_id = %(company)s AND r.trigger = %(trigger)s)
ON CONFLICT (subject_type, subject_id) DO UPDATE SET facts = excluded.facts
"""
_OF_DAY = """
INSERT INTO orders_ruledue (company_id, subject_type, subject_id, facts)
SELECT company_id, 'order', id, jsonb_build_object('day', %s::text) FROM orders_order
WHERE company_id = %s AND status IN ('placed', 'released', 'partly_shipped') ORDER BY id
ON CONFLICT (subject_type, subject_id) DO UPDATE SET facts = orders_ruledue.facts || excluded.facts
"""


def notice_changes() -> int:
    """Have rules look at orders that changed, or on which something hangs that did; the changes that were read."""
    return read_changes(READER, ("orders", "shipments", "returns"), _notice)


def _notice(resource: str, ids: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, [_orders_of(resource, list(ids))])


def _orders_of(resource: str, ids: list[int]) -> list[int]:
    if resource == "orders":
        return ids
    table = {"shipments": "orders_shipment", "returns": "orders_returnorder"}[resource]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT order_id FROM {table} WHERE id = ANY(%s) AND order_id IS NOT NULL", [ids])
        return [order_id for (order_id,) in cursor.fetchall()]


def notice_events(events: Sequence[Delivered]) -> None:
    """A consumer of the outbox: goods received, and trouble with a channel's sync."""
    for event in events:
        told = event.payload
        if event.topic == "AlarmRaised" and event.company_id is not None:
            subject = ("alarm", told["alarm_id"], RuleTrigger.SYNC_FAILED)
            facts = {"cause": f"alarm:{told['alarm_id']}", "kind": told["kind"], "text": told["text"]}
        elif event.topic == "InboundChanged" and told.get("what") == "received" and told.get("purchase_order_id"):
            subject = ("purchase_order", told["purchase_order_id"], RuleTrigger.RECEIVED)
            facts = {"cause": f"received:{event.id}"}
        else:
            continue
        with connection.cursor() as cursor:
            cursor.execute(
                _TOLD,
                {
                    "company": event.company_id, "type": subject[0], "id": subject[1], "trigger": subject[2].value,
                    "facts": json.dumps(facts),
                },
            )  # fmt: skip


def notice_alerts() -> int:
    """Have rules look at open alerts of stock that they have not acted on. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(_ALERTS, [[trigger.value for trigger in ALERTS], list(ALERTS.values())])
        return cursor.rowcount


def sweep() -> int:
    """What the clock brings: orders that are late by now, and rules whose time of day has come; the orders to look at."""
    now = database_now()
    with connection.cursor() as cursor:
        cursor.execute(_LATE, [now.date()])
        count = cursor.rowcount
    for rule in AutomationRule.objects.filter(is_active=True, trigger=RuleTrigger.TIME).select_related("company"):
        count += _sweep_of_day(rule.pk, now)
    return count


@transaction.atomic
def _sweep_of_day(rule_id: int, now: datetime.datetime) -> int:
    locked = AutomationRule.objects.select_for_update(of=("self",), no_key=True).select_related("company")
    rule = locked.get(pk=rule_id)
    here = now.astimezone(ZoneInfo(rule.company.time_zone))
    if rule.swept_on == here.date() or rule.at_time is None or here.time() < rule.at_time:
        return 0
    if (
        rule.since is not None
        and rule.swept_on is None
        and rule.since.astimezone(here.tzinfo)
        >= here.replace(hour=rule.at_time.hour, minute=rule.at_time.minute, second=0, microsecond=0)
    ):  # switched on after its time: it begins tomorrow
        rule.swept_on = here.date()
        rule.save(update_fields=["swept_on"])
        return 0
    rule.swept_on = here.date()
    rule.save(update_fields=["swept_on"])
    with connection.cursor() as cursor:
        cursor.execute(_OF_DAY, [here.date().isoformat(), rule.company_id])
        return cursor.rowcount
