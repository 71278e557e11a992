"""Orders by the million for the lists: history set-based in SQL, what is open through the services.

Everything is written as the app's role with all triggers on. History is orders of the past with their
buyers, lines, fulfilments and shipments, marked as billed elsewhere; 2 % (at least 1,200) are open (placed, claimed, some held, some
waiting for goods, some late) and 0.5 % (at least 100) shipped and billed just now, unpaid. An interrupted run is gone on with.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from accounting.models import TaxCode
from backoffice.core.models import User
from backoffice.core.roles import as_owner
from bench import house as our
from inventory.models import Location, Sku
from inventory.services import SkuInput, ensure_skus
from orders.inputs import ContactInput, LineInput, OrderInput
from orders.models import Channel
from orders.services.placing import place_orders

SKUS = 2_000
CHUNK = 20_000
BATCH = 250
BUYER = "Nino Abashidze-Tsereteli"  # of a few orders
POPULAR, SCARCE = "SKU-00000", "NONE-1"
PER_BUYER = 5
FIRST = "{Ana,Nino,Giorgi,Luka,Mariam,Elene,Sandro,Olga,Ivan,Anna,Peter,Marie,John,Sofia,Lena,Paul}"
LAST = "{Abashidze,Beridze,Kapanadze,Ivanova,Petrov,Smith,Brown,Miller,Schmidt,Weber,Rossi,Martin,Dubois,Novak,Kowalski,Silva}"

_BUYERS = """
WITH given AS (SELECT n FROM generate_series(%(from)s::bigint, %(to)s::bigint, %(each)s) AS n),
people AS (
    INSERT INTO accounting_personaldata (company_id, name, email, phone)
    SELECT %(company)s, (%(first)s::text[])[1 + n / %(each)s %% 16] || ' ' || (%(last)s::text[])[1 + n / 80 %% 16] || ' ' || n,
        'b' || n || '@shop.example', '' FROM given ORDER BY n RETURNING id, email
)
INSERT INTO orders_contact (company_id, channel_id, external_id, person_id, country)
SELECT %(company)s, %(channel)s, split_part(email, '@', 1), id, 'DE' FROM people ORDER BY id
"""
_HISTORY = """
WITH given AS MATERIALIZED (
    SELECT n, CASE WHEN n %% 100 < 3 THEN 'cancelled' WHEN n %% 100 < 10 THEN 'shipped' ELSE 'completed' END AS status,
        %(newest)s::timestamptz - (%(whole)s - n) * interval '30 seconds' AS placed_at
    FROM generate_series(%(from)s::bigint, %(to)s::bigint) AS n
), made AS (
    INSERT INTO orders_order (company_id, channel_id, external_id, external_number, content_hash, status, placed_at,
        contact_id, currency, prices_include_tax, goods_total, charges_total, discount_total, tax_total, total, priority,
        ship_complete, shipping_service, note, version)
    SELECT %(company)s, %(channel)s, 'H-' || n, '#' || n, md5(n::text), given.status, placed_at, c.id, 'EUR', false, 40, 0, 0, 8,
        48, 100, false, '', '', 3
    FROM given LEFT JOIN orders_contact c ON c.channel_id = %(channel)s AND c.external_id = 'b' || (n - (n - 1) %% %(each)s)
    ORDER BY n RETURNING id, external_id, status, placed_at
), known AS (
    SELECT id, substr(external_id, 3)::bigint AS n, status, placed_at FROM made
), lines AS (
    INSERT INTO orders_orderline (order_id, position, external_id, sku_id, channel_sku, description, quantity, unit_price,
        discount, tax, tax_code_id, tax_rate, tax_collector, cancelled, shipped, returned)
    SELECT k.id, p, '', s.id, s.code, '', 1, 20, 0, 4, %(tax)s, 0.2, 'seller',
        (k.status = 'cancelled')::int, (k.status <> 'cancelled')::int, 0
    FROM known k CROSS JOIN generate_series(1, 2) AS p
    JOIN unnest(%(skus)s::bigint[], %(codes)s::text[]) WITH ORDINALITY AS s(id, code, place)
        ON s.place = CASE WHEN k.n %% 10 = p THEN 1 ELSE 1 + (k.n * 7919 + p * 104729) %% %(count)s END
    ORDER BY k.id, p
), work AS (
    INSERT INTO orders_fulfilment (company_id, order_id, warehouse_id, status, created_at)
    SELECT %(company)s, id, %(warehouse)s, 'shipped', placed_at FROM known WHERE status <> 'cancelled' ORDER BY id
    RETURNING id, order_id
)
INSERT INTO orders_shipment (company_id, order_id, fulfilment_id, warehouse_id, status, carrier, service, tracking_number,
    tracking_url, shipped_at, not_billable_reason)
SELECT %(company)s, k.id, w.id, %(warehouse)s, 'delivered', 'DHL', 'parcel', 'TRACK' || k.n, '', k.placed_at + interval '1 day',
    'billed before this system'
FROM work w JOIN known k ON k.id = w.order_id ORDER BY k.id
"""


def prepare(orders: int, progress: Any) -> User:
    """Bring the present database to `orders` orders; the user who looks at them. Nothing is made twice."""
    user = User.objects.filter(username="bench").first()
    if user is not None:
        return user
    house = _house(progress)
    live, billed = max(1_200, orders // 50), max(100, orders // 200)  # every view fills a page
    _history(house, orders - live - billed, progress)
    _open(house, live, progress)
    _billed(house, billed, progress)
    with as_owner(connection), connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as autovacuum would
    return User.objects.create_superuser("bench", password=None)


def _house(progress: Any) -> our.House:
    channel = Channel.objects.filter(code="shop").first()
    if channel is None:
        house = our.build(progress, products=SKUS)
        ensure_skus([SkuInput(f"NONE-{n}", f"Nobody has {n}") for n in range(20)], company_id=house.company_id)
        return house
    shelf = Location.objects.get(code="A-01", company_id=channel.company_id)
    skus = Sku.objects.filter(company_id=channel.company_id, code__startswith="SKU-").order_by("code")
    tax_code = TaxCode.objects.get(company_id=channel.company_id, code="STD")
    return our.House(channel.company_id, channel.pk, shelf.pk, tax_code.pk, list(skus.values_list("pk", flat=True)))


def _count(prefix: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM orders_order WHERE external_id LIKE %s", [f"{prefix}-%"])
        return cursor.fetchone()[0]


def _history(house: our.House, orders: int, progress: Any) -> None:
    bar = progress.add_task("orders of the past", total=orders)
    codes = dict(Sku.objects.filter(pk__in=house.sku_ids).values_list("pk", "code"))
    fixed = {
        "company": house.company_id, "channel": house.channel_id, "tax": house.tax_code_id,
        "warehouse": Channel.objects.get(pk=house.channel_id).warehouse_id, "each": PER_BUYER, "whole": orders,
        "newest": datetime.now(UTC) - timedelta(days=3), "first": FIRST, "last": LAST, "skus": house.sku_ids,
        "codes": [codes[pk] for pk in house.sku_ids], "count": len(house.sku_ids),
    }  # fmt: skip
    for start in range(_count("H"), orders, CHUNK):
        given = fixed | {"from": start + 1, "to": min(start + CHUNK, orders)}
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_BUYERS, given)
            cursor.execute(_HISTORY, given)
        progress.update(bar, completed=given["to"])
    progress.update(bar, completed=orders)


def _open(house: our.House, orders: int, progress: Any) -> None:
    """Placed in the last three days: 1 in 20 held, 1 in 20 waiting for goods, 1 in 10 promised for a day that passed."""
    bar = progress.add_task("open orders", total=orders)
    random, today = Random(orders), timezone.localdate()
    for start in range(_count("O"), orders, BATCH):
        batch = []
        for n in range(start, min(start + BATCH, orders)):
            lines = [_line(house, sku_id) for sku_id in random.sample(house.sku_ids, 2)]
            if n % 20 == 1:
                lines[0] = LineInput(f"NONE-{n % 20}", Decimal(1), Decimal(20))
            batch.append(
                OrderInput(
                    f"O-{n}",
                    datetime.now(UTC) - timedelta(days=3) * (orders - n) / orders,
                    "EUR",
                    lines,
                    contact=ContactInput(
                        f"o-{n}", BUYER if n % (orders // 5) == 0 else f"Buyer {n}", f"o{n}@shop.example"
                    ),
                    promise_date=today + timedelta(days=-2 if n % 10 == 2 else n % 7),
                    holds=(("fraud", "Looks odd"),) if n % 20 == 3 else (),
                )
            )
        placed = place_orders(batch, channel_id=house.channel_id, actor=our.ACTOR)
        refused = [result for result in placed if result.state == "refused"]
        if refused:
            raise RuntimeError(f"an order was not taken: {refused[0]}")
        progress.update(bar, completed=start + len(batch))
    progress.update(bar, completed=orders)


def _line(house: our.House, sku_id: int) -> LineInput:
    return LineInput(
        f"#{sku_id}", Decimal(1), Decimal(20), sku_id=sku_id, tax=Decimal(4), tax_code_id=house.tax_code_id,
        tax_rate=Decimal("0.2"),
    )  # fmt: skip


def _billed(house: our.House, orders: int, progress: Any) -> None:
    bar = progress.add_task("shipped and billed orders", total=orders)
    maker = our.Maker(house, seed=9)
    for _start in range(0, orders, BATCH):
        maker.straight(maker.orders(min(BATCH, orders - _start)))
        progress.advance(bar, BATCH)
    progress.update(bar, completed=orders)
