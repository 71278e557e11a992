"""The queue of channel SKUs that nobody knows: mapped once by a person, and what waited for them imported."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection as database
from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.audit import Change
from backoffice.core.errors import InvalidInput
from integrations.models import CodeMapping, QuarantinedRow
from integrations.services.codes import SKU
from integrations.services.replaying import Replayed, replay_quarantined
from inventory.models import Sku
from orders.models import Channel, OrderLine

WAITING = ("unknown_sku", "change_change_refused", "sku_not_for_sale")


@dataclass(frozen=True, slots=True)
class Mapped:
    """mapping_id: what was written; replayed: what became of the orders that waited."""

    mapping_id: int
    replayed: Replayed


def map_sku(*, channel_id: int, code: str, sku_id: int, actor: Actor, reason: str = "", at_once: bool = True) -> Mapped:
    """Say which of our SKUs a channel's code means, and import again what waited for it.

    A later call replaces the meaning; orders that have their SKU keep it. Raises InvalidInput for a SKU of another
    company, an empty code, or one that ends with * (a prefix is written on the mappings' page); nothing is written then.
    at_once=False: inside a transaction; held orders get their SKU now, other messages are left to the next worker.
    """
    code = code.strip()
    channel = Channel.objects.get(pk=channel_id)
    if not code or code.endswith("*") or len(code) > 120:
        raise InvalidInput(_("Give the code as the channel sends it."), field="code")
    if not Sku.objects.filter(pk=sku_id, company_id=channel.company_id).exists():
        raise InvalidInput(_("There is no such SKU in this company."), field="sku")
    mapping_id = _write(channel, code, sku_id, actor, reason)
    lines = OrderLine.objects.filter(order__channel_id=channel_id, sku__isnull=True, channel_sku=code)
    waiting = QuarantinedRow.objects.filter(channel_id=channel_id, status="open", code__in=WAITING)
    with_order = waiting.filter(order_id__in=lines.values("order_id"))
    rows = list(with_order.values_list("pk", flat=True)) + list(
        waiting.filter(reason__contains=f"“{code}”").values_list("pk", flat=True)
    )
    replayed = replay_quarantined(row_ids=sorted(set(rows)), actor=actor, reason=reason, at_once=at_once)
    return Mapped(mapping_id, replayed)


@transaction.atomic
def _write(channel: Channel, code: str, sku_id: int, actor: Actor, reason: str) -> int:
    row, made = CodeMapping.objects.select_for_update(of=("self",), no_key=True).get_or_create(
        channel=channel, pattern=code, defaults={"company_id": channel.company_id, "meaning": SKU, "sku_id": sku_id}
    )
    before = "" if made else str(row.sku_id)
    if not made:
        row.meaning, row.sku_id = SKU, sku_id
        row.save(update_fields=["meaning", "sku"])
    change = Change(
        "integrations.codemapping", row.pk, "mapped", code[:60], before, str(sku_id), reason, channel.company_id
    )
    audit.record([change], actor=actor)
    return row.pk


@dataclass(frozen=True, slots=True)
class Suggestion:
    sku_id: int
    code: str
    name: str
    why: str  # same, barcode, alike


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A code that waits: in how many orders, since when, and what it may mean, likeliest first."""

    channel_id: int
    channel: str
    code: str
    description: str
    orders: int
    units: str
    since: str
    suggestions: tuple[Suggestion, ...]


_QUEUE = """
SELECT o.channel_id, c.name, o.company_id, l.channel_sku, max(l.description), count(DISTINCT o.id),
    trim_scale(sum(l.quantity - l.cancelled))::text, min(o.placed_at)
FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id JOIN orders_channel c ON c.id = o.channel_id
WHERE l.sku_id IS NULL AND o.status NOT IN ('cancelled', 'completed') AND (%(channel)s::bigint IS NULL OR o.channel_id = %(channel)s)
GROUP BY 1, 2, 3, 4 ORDER BY 6 DESC, 8 LIMIT %(limit)s"""
_ALIKE = """
SELECT w.place, s.id, s.code, s.name, s.why FROM unnest(%s::int[], %s::bigint[], %s::text[], %s::text[])
    AS w(place, company_id, code, description)
CROSS JOIN LATERAL (SELECT n.* FROM (
    SELECT s.id, s.code, s.name,
        CASE WHEN regexp_replace(upper(s.code), '[^A-Z0-9]', '', 'g') = regexp_replace(upper(w.code), '[^A-Z0-9]', '', 'g')
            THEN 'same' WHEN b.id IS NOT NULL THEN 'barcode' ELSE 'alike' END AS why,
        greatest(similarity(upper(s.code), upper(w.code)), similarity(upper(s.name), upper(w.description))) AS near
    FROM inventory_sku s LEFT JOIN inventory_barcode b ON b.sku_id = s.id AND b.code = w.code
    WHERE s.company_id = w.company_id AND s.status = 'active'
      AND (b.id IS NOT NULL
        OR regexp_replace(upper(s.code), '[^A-Z0-9]', '', 'g') = regexp_replace(upper(w.code), '[^A-Z0-9]', '', 'g')
        OR similarity(upper(s.code), upper(w.code)) > 0.3 OR similarity(upper(s.name), upper(w.description)) > 0.4)
    ) n ORDER BY n.why = 'alike', n.near DESC, n.id LIMIT 3) s
ORDER BY w.place, s.why = 'alike', s.near DESC, s.id"""


def suggestions_for(wanted: Sequence[tuple[int, str, str]]) -> list[tuple[Suggestion, ...]]:
    """What codes may mean, likeliest first: (company, code, description) each. Statements: 1, or 0."""
    if not wanted:
        return []
    found: dict[int, list[Suggestion]] = {}
    with database.cursor() as cursor:
        cursor.execute(_ALIKE, [list(range(len(wanted))), *[list(column) for column in zip(*wanted, strict=True)]])
        for place, *suggestion in cursor.fetchall():
            found.setdefault(place, []).append(Suggestion(*suggestion))
    return [tuple(found.get(place, ())) for place in range(len(wanted))]


def unmapped_skus(*, channel_id: int | None = None, limit: int = 25) -> list[Unmapped]:
    """What waits for a mapping, most orders first, with suggestions. Statements: 2."""
    with database.cursor() as cursor:
        cursor.execute(_QUEUE, {"channel": channel_id, "limit": limit})
        rows = cursor.fetchall()
    found = suggestions_for([(r[2], r[3], r[4]) for r in rows])
    return [
        Unmapped(r[0], r[1], r[3], r[4], r[5], r[6], r[7].isoformat(), suggestions)
        for r, suggestions in zip(rows, found, strict=True)
    ]
