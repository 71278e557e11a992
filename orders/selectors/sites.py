"""The warehouses as candidates for orders: what they cost, how far they are, what the channel says of them."""

import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from zoneinfo import ZoneInfo

from backoffice.core.db import prepared_cursor
from orders.sourcing import Position, Rules, Site, kilometres
from orders.sourcing.distance import country_centre


@dataclass(frozen=True, slots=True)
class Candidates:
    """Of one order: its channel's rules, and every active warehouse in the channel's order of preference."""

    rules: Rules
    sites: Sequence[Site]


# The longest known first part of a postcode; addresses stay as they were typed.
_CENTROID = """LEFT JOIN LATERAL (
    SELECT p.latitude, p.longitude FROM orders_postcodecentroid p
    WHERE p.country = {a}.country AND p.postcode IN (
        SELECT left(n.code, size) FROM (SELECT upper(regexp_replace({a}.postcode, '[^A-Za-z0-9]', '', 'g')) AS code) n,
            generate_series(1, least(length(n.code), 12)) size)
    ORDER BY length(p.postcode) DESC LIMIT 1
) {name} ON true"""
_ORDERS = f"""
SELECT o.id, o.channel_id, a.country, there.latitude, there.longitude
FROM orders_order o LEFT JOIN accounting_address a ON a.id = o.shipping_address_id
{_CENTROID.format(a="a", name="there")}
WHERE o.id = ANY(%s)
"""
_SITES = f"""
SELECT c.id, c.objective, c.max_parcels, c.same_day, w.id, coalesce(r.is_excluded, false),
    coalesce(w.latitude, here.latitude), coalesce(w.longitude, here.longitude), a.country,
    w.parcel_cost, w.line_cost, w.kg_cost, w.max_lines, w.cut_off, coalesce(nullif(w.time_zone, ''), k.time_zone), now()
FROM orders_channel c
JOIN accounting_company k ON k.id = c.company_id
JOIN inventory_warehouse w ON w.company_id = c.company_id AND w.is_active AND NOT w.is_transit
LEFT JOIN orders_sourcingrule r ON r.channel_id = c.id AND r.warehouse_id = w.id
LEFT JOIN accounting_address a ON a.id = w.address_id
{_CENTROID.format(a="a", name="here")}
WHERE c.id = ANY(%s) ORDER BY c.id, r.position NULLS LAST, w.priority, w.code
"""


def candidates_of(
    orders: Mapping[int, bool], *, pinned: Mapping[int, int | None] | None = None
) -> dict[int, Candidates]:
    """The candidates of each order. orders: by id, whether its lines are to be claimed whole.

    pinned: the one warehouse that may serve, by order; the others are refused (pinned_elsewhere), and the pin is
    stronger than the channel's exclusion. Distances are 0 km where the ship-to is not known. Statements: 2.
    """
    with prepared_cursor() as cursor:
        cursor.execute(_ORDERS, [list(orders)])
        asked = cursor.fetchall()
        cursor.execute(_SITES, [sorted({row[1] for row in asked})])
        rows = cursor.fetchall()
    channels: dict[int, list[tuple[Site, Position | None]]] = {}
    rules: dict[int, Rules] = {}
    for channel_id, objective, max_parcels, same_day, *values in rows:
        found = channels.setdefault(channel_id, [])
        rules[channel_id] = Rules(objective, max_parcels=max_parcels, same_day=same_day)
        found.append(_site(len(found), *values))
    measured: dict[tuple[int, Position | None], list[Site]] = {}
    result = {}
    for order_id, channel_id, country, latitude, longitude in asked:
        there = _position(latitude, longitude, country)
        key = (channel_id, there)
        if key not in measured:
            measured[key] = [_measured(site, here, there) for site, here in channels.get(channel_id, [])]
        sites = measured[key]
        pin = (pinned or {}).get(order_id)
        if pin is not None:
            sites = [replace(site, refusal="" if site.warehouse_id == pin else "pinned_elsewhere") for site in sites]
        result[order_id] = Candidates(replace(rules[channel_id], whole_lines=orders[order_id]), sites)
    return result


def _site(
    rank: int,
    warehouse_id: int,
    is_excluded: bool,
    latitude: Decimal | None,
    longitude: Decimal | None,
    country: str | None,
    parcel_cost: Decimal,
    line_cost: Decimal,
    kg_cost: Decimal,
    max_lines: int | None,
    cut_off: datetime.time | None,
    time_zone: str,
    now: datetime.datetime,
) -> tuple[Site, Position | None]:
    site = Site(
        warehouse_id,
        rank,
        parcel_cost,
        line_cost,
        kg_cost,
        max_lines=max_lines,
        late=is_past(cut_off, time_zone, now),
        refusal="excluded" if is_excluded else "",
    )
    return site, _position(latitude, longitude, country)


def is_past(cut_off: datetime.time | None, time_zone: str, now: datetime.datetime) -> bool:
    """Whether today's cut-off has passed where the warehouse is."""
    return cut_off is not None and now.astimezone(ZoneInfo(time_zone)).time() > cut_off


def _position(latitude: Decimal | None, longitude: Decimal | None, country: str | None) -> Position | None:
    if latitude is not None and longitude is not None:
        return Position(float(latitude), float(longitude))
    return country_centre(country or "")


def _measured(site: Site, here: Position | None, there: Position | None) -> Site:
    if there is None:
        return replace(site, distance_km=0)
    return replace(site, distance_km=kilometres(here, there) if here else None)


def supply_of(company_id: int, channel_ids: Collection[int] = ()) -> tuple[tuple[int, ...], bool]:
    """The warehouses that ship, by priority, and whether one of the channels has sourcing rules. Statements: 1."""
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT ARRAY(SELECT id FROM inventory_warehouse WHERE company_id = %s AND is_active AND NOT is_transit"
            " ORDER BY priority, code), EXISTS (SELECT FROM orders_sourcingrule WHERE channel_id = ANY(%s))",
            [company_id, sorted(set(channel_ids))],
        )
        warehouses, is_ruled = cursor.fetchone()
    return tuple(warehouses), is_ruled
