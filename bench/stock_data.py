"""Stock by the million moves: many SKUs in several warehouses, sold, received and sold again over a year.

Everything goes through the goods book with all triggers on. Sales share an entry three by three, as an order's lines
do, receipts fifty by fifty. An interrupted run is gone on with.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from accounting.models import TaxCode
from accounting.services import ensure_party
from backoffice.core.roles import as_owner
from bench import house as our
from inventory.models import Location, Sku, StockMove
from inventory.services import MoveRequest, SkuInput, counterparts, ensure_skus, post_moves
from orders.models import Channel

CHUNK = 1_000  # SKUs in one transaction
OF_AN_ORDER, OF_A_DELIVERY = 3, 50
# A year in the order in which it happens: (what, from and to how many days ago, pieces), once for each SKU and place.
YEAR = (("opening", 365, 360, 20), ("sale", 300, 220, 7), ("receipt", 210, 130, 20), ("sale", 120, 10, 11))

SOURCES = ("inventory.opening", "bench.sale", "bench.receipt")


def prepare(progress: Any, *, skus: int, warehouses: int) -> our.House:
    """Bring the present database to `skus` SKUs with four moves each in each of the warehouses. Nothing is made twice."""
    house = _house(progress, warehouses)
    made = Sku.objects.filter(company_id=house.company_id, code__startswith="MOVED-").order_by("code")
    bar = progress.add_task("a year of stock", total=len(YEAR) * skus)
    done = StockMove.objects.filter(sku__in=made).filter(source_type__in=SOURCES).count() // warehouses
    progress.update(bar, completed=done)
    grown = done < len(YEAR) * skus
    while done < len(YEAR) * skus:
        turn, start = divmod(done, skus)
        codes = [f"MOVED-{n:06d}" for n in range(start, min(start + CHUNK, skus))]
        _step(house, codes, turn, start / skus)
        done += len(codes)
        progress.update(bar, completed=done)
    house.sku_ids[:] = made.values_list("pk", flat=True)
    if grown:
        with as_owner(connection), connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # as autovacuum would
    return house


def moves() -> int:
    return StockMove.objects.count()


def _house(progress: Any, warehouses: int) -> our.House:
    channel = Channel.objects.filter(code="shop").first()
    if channel is None:
        house = our.build(progress, products=10)
        for number in range(1, warehouses):
            our.add_warehouse(house, f"W{number}")
        return house
    shelf = Location.objects.get(code="A-01", warehouse__code="MAIN", company_id=channel.company_id)
    tax_code = TaxCode.objects.get(company_id=channel.company_id, code="STD")
    return our.House(channel.company_id, channel.pk, shelf.pk, tax_code.pk, [])


@transaction.atomic
def _step(house: our.House, codes: list[str], turn: int, part: float) -> None:
    """What happens to these SKUs in one turn of the year, in every warehouse."""
    what, first, last, pieces = YEAR[turn]
    at = datetime.now(UTC) - timedelta(days=first - (first - last) * part)
    sku_ids = ensure_skus([SkuInput(code, f"Product {code}") for code in codes], company_id=house.company_id)
    shelves = (
        Location.objects.filter(company_id=house.company_id, code="A-01").order_by("pk").values_list("pk", flat=True)
    )
    outside = counterparts(house.company_id)
    supplier = ensure_party(company_id=house.company_id, code="SUP", name="Supplier", currency="EUR", is_supplier=True)
    size = OF_AN_ORDER if what == "sale" else OF_A_DELIVERY
    for shelf in shelves:
        if what == "opening":
            our.stock(house, sku_ids, shelf, Decimal(pieces), at=at)
            continue
        post_moves(
            [
                MoveRequest(
                    sku_id=sku, quantity=Decimal(pieces), effective_at=at, source_type=f"bench.{what}", source_id=sku,
                    entry_key=f"{what}:{turn}:{shelf}:{sku_ids[n - n % size]}",
                    from_location_id=shelf if what == "sale" else outside["supplier"],
                    to_location_id=outside["customer"] if what == "sale" else shelf,
                    value=None if what == "sale" else Decimal(pieces) * (9 + n % 4),
                    supplier_id=None if what == "sale" else supplier.pk,
                )
                for n, sku in enumerate(sku_ids)
            ],
            company_id=house.company_id,
            actor=our.ACTOR,
        )  # fmt: skip
