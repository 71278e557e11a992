"""Alerts as rows: opened when something is so, closed by the count that finds that it is not."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import database_now, insert_rows, prepared_cursor
from inventory.errors import NotFound
from inventory.models import StockAlert


@dataclass(frozen=True, slots=True)
class Alert:
    """kind: low, over, dead or expiry. value: of the stock it is about, in the company's currency."""

    kind: str
    sku_id: int
    warehouse_id: int
    lot_id: int | None
    value: Decimal
    facts: Mapping[str, str]

    @property
    def key(self) -> tuple[str, int, int, int | None]:
        return self.kind, self.sku_id, self.warehouse_id, self.lot_id


def keep_alerts(alerts: Sequence[Alert], sku_ids: Sequence[int], *, company_id: int) -> int:
    """Make the open alerts of these SKUs those that hold now; how many are open. Statements: 4."""
    rows = StockAlert.objects.filter(company_id=company_id, sku_id__in=list(sku_ids), closed_at__isnull=True)
    there = {
        (row.kind, row.sku_id, row.warehouse_id, row.lot_id): row
        for row in rows.order_by("pk").select_for_update(of=("self",), no_key=True)
    }
    now = {alert.key: alert for alert in alerts}
    insert_rows(
        "inventory_stockalert",
        {
            "company_id": "bigint",
            "kind": "text",
            "sku_id": "bigint",
            "warehouse_id": "bigint",
            "lot_id": "bigint",
            "value": "numeric",
            "facts": "jsonb",
            "note": "text",
        },
        [
            (company_id, *key, round(alert.value, 2), json.dumps(alert.facts), "")
            for key, alert in now.items()
            if key not in there
        ],
        suffix="ON CONFLICT DO NOTHING",
    )
    kept = [(there[key], alert) for key, alert in now.items() if key in there]
    closed = [row.pk for key, row in there.items() if key not in now]
    with prepared_cursor() as cursor:
        if kept:
            cursor.execute(
                "UPDATE inventory_stockalert a SET value = n.value, facts = n.facts::jsonb"
                " FROM unnest(%s::bigint[], %s::numeric[], %s::text[]) n (id, value, facts)"
                " WHERE a.id = n.id AND (a.facts <> n.facts::jsonb OR a.value <> n.value)",
                [
                    [row.pk for row, _alert in kept],
                    [round(alert.value, 2) for _row, alert in kept],
                    [json.dumps(alert.facts) for _row, alert in kept],
                ],
            )
        if closed:
            cursor.execute("UPDATE inventory_stockalert SET closed_at = now() WHERE id = ANY(%s)", [closed])
    return len(now)


@transaction.atomic(savepoint=False)
def note_alert(alert_id: int, *, note: str, company_id: int, actor: Actor) -> StockAlert:
    """Somebody has seen an alert and says what is done about it; it stays open until it is no longer so.

    Raises NotFound. Statements: 4.
    """
    rows = StockAlert.objects.select_for_update(of=("self",), no_key=True)
    alert = rows.filter(company_id=company_id, pk=alert_id).first()
    if alert is None:
        raise NotFound(_("There is no such alert."), alert_id=alert_id)
    old, alert.note = alert.note, note.strip()[:300]
    alert.seen_by_id, alert.seen_at = actor.user_id, database_now()
    alert.save(update_fields=["note", "seen_by", "seen_at"])
    change = Change(
        "inventory.stockalert", alert.pk, "noted", field="note", old=old, new=alert.note, company_id=company_id
    )
    record([change], actor=actor)
    return alert
