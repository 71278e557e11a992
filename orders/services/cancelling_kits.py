"""What cancelling frees: a line's own demand, or exactly the components of the cancelled kits."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from orders.errors import KitBegun
from orders.models import OrderLine

ONE, ZERO = Decimal(1), Decimal(0)


class _Part(NamedTuple):
    """A component of a line that is locked. loose: has left with kits that are not complete."""

    id: int
    demand_id: int
    per_kit: Decimal
    loose: Decimal


def cancelled_demands(
    lines: Sequence[tuple[OrderLine, Decimal]], *, give_up_parts: bool = False, reason: str = ""
) -> dict[int, Decimal]:
    """How much less is wanted, by demand, when these quantities of these lines are cancelled.

    A kit that has begun to leave is not cancelled: what left would never be billed. give_up_parts: it is, with the
    whole rest of its line; what left stays with the buyer, unbilled, and the reason is kept with it.

    Raises KitBegun, nothing written. Statements: 1 if there are kits, 2 if parts are given up; else 0.
    """
    found = {line.demand_id: quantity for line, quantity in lines if line.demand_id is not None}
    kits = [(line, quantity) for line, quantity in lines if line.kit_id is not None]
    parts = _parts([line.pk for line, _quantity in kits]) if kits else {}
    given_up: dict[int, Decimal] = {}
    for line, quantity in kits:
        own = parts.get(line.pk, [])
        begun = max((part.loose / part.per_kit for part in own), default=ZERO).quantize(ONE, rounding=ROUND_CEILING)
        gives_up = begun > 0 and give_up_parts and quantity == line.open_quantity
        if quantity > line.open_quantity - begun and not gives_up:
            raise KitBegun(
                _(
                    "Of %(begun)s kits of line %(line)s a part has left: ship the rest, or cancel all that is open of"
                    " the line and leave the parts with the buyer, unbilled."
                )
                % {"begun": f"{begun:f}", "line": line.position},
                line_id=line.pk,
                begun=f"{begun:f}",
            )
        for part in own:
            less = quantity * part.per_kit - (part.loose if gives_up else ZERO)
            if less > 0:
                found[part.demand_id] = less
            if gives_up and part.loose > 0:
                given_up[part.id] = part.loose
    _give_up(given_up, reason)
    return found


def _parts(line_ids: Sequence[int]) -> dict[int, list[_Part]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.order_line_id, c.id, c.demand_id, c.per_kit, d.used - c.given_up - l.shipped * c.per_kit"
            " FROM orders_orderlinecomponent c JOIN inventory_demand d ON d.id = c.demand_id"
            " JOIN orders_orderline l ON l.id = c.order_line_id WHERE l.id = ANY(%s) ORDER BY c.order_line_id, c.position",
            [list(line_ids)],
        )
        found: dict[int, list[_Part]] = {}
        for line_id, *row in cursor.fetchall():
            found.setdefault(line_id, []).append(_Part(*row))
        return found


def _give_up(parts: Mapping[int, Decimal], reason: str) -> None:
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE orders_orderlinecomponent c SET given_up = c.given_up + g.quantity, given_up_reason = %s"
                " FROM unnest(%s::bigint[], %s::numeric[]) AS g(id, quantity) WHERE c.id = g.id",
                [reason[:300], list(parts), list(parts.values())],
            )
