"""What placing and crediting need to know of a channel, in one query."""

import datetime
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backoffice.core.db import ask, prepared_cursor
from backoffice.core.errors import InvalidInput
from inventory.states import SALEABLE
from orders.errors import ChannelInactive


@dataclass(frozen=True, slots=True)
class Setting:
    """A channel's settings, the exponents of the currencies asked for, the active warehouses by priority."""

    channel_id: int
    company_id: int
    code: str
    currency: str
    prices_include_tax: bool
    tax_code_id: int
    warehouse_id: int | None
    ship_complete: bool
    auto_release: bool
    priority: int
    payment_policy: str
    hold_above: Decimal | None  # in the channel's currency
    check_address: bool
    min_remaining_days: int | None
    fresh_until: datetime.date | None  # what leaves today must keep until then
    tax_by_rules: bool
    home: str  # the company's country
    tax_rounding: str
    time_zone: str
    exponents: Mapping[str, int]
    warehouses: tuple[int, ...]
    is_ruled: bool  # the channel has sourcing rules
    owner_id: int | None  # the party whose goods its orders want; empty: our own
    known: Mapping[str, tuple[int, str]]  # (id, content hash) of the orders asked for that exist already


_SQL = """
SELECT c.id, c.company_id, c.code, c.currency, c.prices_include_tax, c.tax_code_id, c.warehouse_id, c.ship_complete,
    c.auto_release, c.priority, c.payment_policy, c.hold_above, c.check_address, c.min_remaining_days,
    CASE WHEN c.min_remaining_days IS NOT NULL THEN c.min_remaining_days + (clock_timestamp() AT TIME ZONE
        co.time_zone)::date END, c.tax_by_rules, co.country, co.tax_rounding, co.time_zone, c.is_active,
    (SELECT json_object_agg(k.code, k.exponent) FROM accounting_currency k WHERE k.code = ANY(%s))::text,
    ARRAY(SELECT w.id FROM inventory_warehouse w WHERE w.company_id = c.company_id AND w.is_active
        AND NOT w.is_transit ORDER BY w.priority, w.code),
    EXISTS (SELECT FROM orders_sourcingrule r WHERE r.channel_id = c.id),
    (SELECT g.party_id FROM inventory_stockowner g WHERE g.id = c.goods_owner_id),
    (SELECT json_object_agg(o.external_id, json_build_array(o.id, o.content_hash)) FROM orders_order o
        WHERE o.channel_id = c.id AND o.external_id = ANY(%s))::text
FROM orders_channel c JOIN accounting_company co ON co.id = c.company_id WHERE c.id = %s
"""


def setting_of(channel_id: int, *, currencies: Collection[str], external_ids: Collection[str] = ()) -> Setting:
    """The channel, and which of the external ids are orders already. Statements: 1.

    Raises InvalidInput for an unknown channel, ChannelInactive for one switched off."""
    return ask_setting(channel_id, currencies=currencies, external_ids=external_ids)()


def ask_setting(
    channel_id: int, *, currencies: Collection[str], external_ids: Collection[str] = ()
) -> Callable[[], Setting]:
    """The same, answered when it is called for."""
    rows = ask(_SQL, [list(currencies), list(external_ids), channel_id])
    return lambda: _setting(channel_id, rows())


def _setting(channel_id: int, rows: Sequence[tuple[Any, ...]]) -> Setting:
    if not rows:
        raise InvalidInput(
            _("There is no channel %(id)s.") % {"id": channel_id},
            errors=[{"field": "channel", "message": _("unknown channel")}],
        )
    *fields, is_active, exponents, warehouses, is_ruled, owner_id, known = rows[0]
    if not is_active:
        raise ChannelInactive(_("Channel %(code)s is switched off.") % {"code": fields[2]}, channel_id=channel_id)
    return Setting(
        *fields,
        exponents=json.loads(exponents) if exponents else {},
        warehouses=tuple(warehouses),
        is_ruled=is_ruled,
        owner_id=owner_id,
        known={key: (pk, content) for key, (pk, content) in json.loads(known).items()} if known else {},
    )


def keeps_until(
    days: int | None, today: datetime.date | None, promise_date: datetime.date | None
) -> datetime.date | None:
    """Until when goods must keep that leave on the promised day; empty where the channel wants nothing.

    today: `days` counted from today, for what leaves at once.
    """
    if days is None or today is None or promise_date is None:
        return today
    return max(today, promise_date + datetime.timedelta(days=days))


_FRESH = """
SELECT c.id, c.min_remaining_days, c.min_remaining_days + (clock_timestamp() AT TIME ZONE k.time_zone)::date
FROM orders_channel c JOIN accounting_company k ON k.id = c.company_id
WHERE c.id = ANY(%s) AND c.min_remaining_days IS NOT NULL
"""


def freshness(channel_ids: Collection[int]) -> dict[int, tuple[int, datetime.date]]:
    """Of the channels that want their goods to keep, how many days and until when from today. Statements: 1."""
    with prepared_cursor() as cursor:
        cursor.execute(_FRESH, [sorted(set(channel_ids))])
        return {pk: (days, today) for pk, days, today in cursor.fetchall()}


@dataclass(frozen=True, slots=True)
class KnownSkus:
    """SKU id by the codes as given (found whatever their letter case), which of the ids asked for exist, the
    composition of those that are kits, by SKU id, which are pre-orders as yet, and which a rule may give to a supplier.

    unsold: the status of those that are not for sale; lasting: what is left of those that are sold while they last.
    """

    by_code: dict[str, int]
    ids: set[int]
    kits: dict[int, int]
    unreleased: set[int]
    dropped: set[int]
    unsold: dict[int, str] = field(default_factory=dict)
    lasting: dict[int, Decimal] = field(default_factory=dict)


def unreleased(channel: str) -> str:
    """SQL: whether the SKU `s` is a pre-order in a channel (SQL of its id) as yet: until the channel's own release date,
    else the SKU's, has come in the company's zone; of a kit, that of its last component too."""
    return f"""({_not_yet("s", channel)} OR s.kit_id IS NOT NULL AND EXISTS (
    SELECT FROM inventory_kitcomponent k JOIN inventory_sku p ON p.id = k.sku_id
    WHERE k.kit_id = s.kit_id AND {_not_yet("p", channel)}))"""


def _not_yet(sku: str, channel: str) -> str:
    return f"""coalesce(coalesce((SELECT r.release_date FROM orders_releasedate r
    WHERE r.channel_id = {channel} AND r.sku_id = {sku}.id), {sku}.release_date) > (clock_timestamp() AT TIME ZONE
    (SELECT c.time_zone FROM accounting_company c WHERE c.id = {sku}.company_id))::date, false)"""


_UNRELEASED = unreleased("asking.channel")
_DROPPED = "EXISTS (SELECT FROM orders_dropshiprule r WHERE r.sku_id = s.id AND r.is_active)"
# Only few SKUs are being phased out: what is left of the others is not asked.
_LASTING = (
    "CASE WHEN s.status = 'phase_out' AND s.kit_id IS NULL THEN (SELECT coalesce(sum(v.available), 0)"
    " FROM inventory_stocklevel v WHERE v.sku_id = s.id AND v.owner_id IS NULL) END"
)
_SKUS_SQL = f"""
WITH asking AS (
    SELECT %s::bigint AS channel, coalesce(%s::bigint, (SELECT company_id FROM orders_channel WHERE id = %s)) AS company
)
SELECT given.code, s.id, s.kit_id, {_UNRELEASED}, {_DROPPED}, s.status, {_LASTING}
    FROM asking CROSS JOIN unnest(%s::text[]) AS given(code)
    JOIN inventory_sku s ON s.company_id = asking.company AND upper(s.code) = upper(given.code)
UNION ALL SELECT NULL, s.id, s.kit_id, {_UNRELEASED}, {_DROPPED}, s.status, {_LASTING}
    FROM asking CROSS JOIN inventory_sku s WHERE s.company_id = asking.company AND s.id = ANY(%s)
"""


def known_skus(
    company_id: int, *, codes: Iterable[str], ids: Iterable[int], channel_id: int | None = None
) -> KnownSkus:
    """What is known of SKUs named by code or id. channel_id: whose pre-orders they may be. Statements: 1."""
    return ask_known_skus(company_id, codes=codes, ids=ids, channel_id=channel_id)()


def ask_known_skus(
    company_id: int | None, *, codes: Iterable[str], ids: Iterable[int], channel_id: int | None
) -> Callable[[], KnownSkus]:
    """The same, answered when it is called for. company_id: None for the channel's."""
    rows = ask(_SKUS_SQL, [channel_id, company_id, channel_id, sorted(set(codes)), sorted(set(ids))])
    return lambda: _known(rows())


def _known(rows: Sequence[tuple[Any, ...]]) -> KnownSkus:
    return KnownSkus(
        {row[0]: row[1] for row in rows if row[0] is not None},
        {row[1] for row in rows if row[0] is None},
        {row[1]: row[2] for row in rows if row[2] is not None},
        {row[1] for row in rows if row[3]},
        {row[1] for row in rows if row[4]},
        {row[1]: row[5] for row in rows if row[5] not in SALEABLE},
        {row[1]: row[6] for row in rows if row[6] is not None},
    )


def owners_of(channel_ids: Collection[int]) -> dict[int, int]:
    """Of the channels that ship a client's goods, the client's party. Statements: 1."""
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT c.id, o.party_id FROM orders_channel c JOIN inventory_stockowner o ON o.id = c.goods_owner_id"
            " WHERE c.id = ANY(%s)",
            [sorted(set(channel_ids))],
        )
        return dict(cursor.fetchall())
