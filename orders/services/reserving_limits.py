"""How much a storefront's key may hold at once, and how fast: set by its house, else by the settings."""

from collections.abc import Mapping
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _

from backoffice.core.db import prepared_cursor
from orders.errors import ReservationRefused
from orders.models import ReservationLimit

_HELD = """
WITH live AS (
    SELECT id FROM orders_reservation WHERE channel_id = %s AND api_key_id IS NOT DISTINCT FROM %s::bigint
        AND status = 'open' AND expires_at > clock_timestamp()
)
SELECT NULL::bigint, (SELECT count(*) FROM live), (
    SELECT count(*) FROM orders_reservation WHERE api_key_id = %s::bigint
        AND created_at > clock_timestamp() - interval '1 minute')
UNION ALL
SELECT l.sku_id, sum(l.quantity), 0 FROM live JOIN orders_reservationline l ON l.reservation_id = live.id
WHERE l.sku_id = ANY(%s) GROUP BY l.sku_id
"""


def check_limits(
    wanted: Mapping[int, Decimal], codes: Mapping[int, str], *, channel_id: int, api_key_id: int | None
) -> None:
    """Go on only if one more reservation of these quantities by SKU stays within what the key may hold.

    A key with limits of its own is locked till the end of the transaction, so they hold however many ask at once;
    without them the settings' number of open ones is counted without a lock. codes: of the SKUs, for the refusal.

    Raises ReservationRefused: too_many_open, too_many_units, too_fast. Statements: 2, without a key 1.
    """
    limit = None
    if api_key_id is not None:
        rows = ReservationLimit.objects.select_for_update(of=("self",), no_key=True)
        limit = rows.filter(api_key_id=api_key_id).first()
    with prepared_cursor() as cursor:
        cursor.execute(_HELD, [channel_id, api_key_id, api_key_id, sorted(wanted)])
        found = {sku_id: (count, lately) for sku_id, count, lately in cursor.fetchall()}
    live, lately = found[None]
    most = limit.max_open if limit and limit.max_open is not None else settings.RESERVATION_MAX_OPEN
    if live >= most:
        raise ReservationRefused(
            _("%(most)s reservations are open already: release some, or wait until they expire.") % {"most": most},
            code="too_many_open",
            most=most,
        )
    if limit is None:
        return
    if limit.max_per_minute is not None and lately >= limit.max_per_minute:
        raise ReservationRefused(
            _("This key makes at most %(most)s reservations a minute: wait a little.") % {"most": limit.max_per_minute},
            code="too_fast",
            most=limit.max_per_minute,
            retry_after_seconds=60,
        )
    for sku_id, quantity in wanted.items():
        held = found.get(sku_id, (Decimal(0), 0))[0]
        if limit.max_per_sku is not None and held + quantity > limit.max_per_sku:
            words = {
                "sku": codes[sku_id],
                "most": f"{limit.max_per_sku.normalize():f}",
                "held": f"{held.normalize():f}",
            }
            raise ReservationRefused(
                _("%(sku)s: this key holds at most %(most)s at once, and %(held)s are held already.") % words,
                code="too_many_units",
                **words,
            )
