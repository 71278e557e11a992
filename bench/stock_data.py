"""Stock by the million moves: many SKUs in several warehouses, received, sold and sold again over a year.

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
PER_PLACE = 4  # moves of one SKU in one warehouse: opening stock, a sale, a receipt, another sale
OF_AN_ORDER, OF_A_DELIVERY = 3, 50
ROUNDS = (("sale", 300, 7), ("receipt", 200, 20), ("sale", 100, 11))  # (what, days ago, pieces)


def prepare(progress: Any, *, skus: int, warehouses: int) -> our.House:
    """Bring the present database to `skus` SKUs with four moves each in each of the warehouses. Nothing is made twice."""
    house = _house(progress, warehouses)
    shelves = list(
        Location.objects.filter(company_id=house.company_id, code="A-01").order_by("pk").values_list("pk", flat=True)
    )
    supplier = ensure_party(company_id=house.company_id, code="SUP", name="Supplier", currency="EUR", is_supplier=True)
    bar = progress.add_task("stocking, selling, receiving", total=skus)
    done = Sku.objects.filter(company_id=house.company_id, code__startswith="MOVED-").count()
    progress.update(bar, completed=done)
    for start in range(done, skus, CHUNK):
        codes = [f"MOVED-{n:06d}" for n in range(start, min(start + CHUNK, skus))]
        with transaction.atomic():
            _live(house, codes, shelves, supplier.pk)
        progress.advance(bar, len(codes))
    house.sku_ids[:] = (
        Sku.objects.filter(company_id=house.company_id, code__startswith="MOVED-")
        .order_by("code")
        .values_list("pk", flat=True)
    )
    if done < skus:
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


def _live(house: our.House, codes: list[str], shelves: list[int], supplier_id: int) -> None:
    """A year of these SKUs: each warehouse, each day a little later than the one before."""
    sku_ids = ensure_skus([SkuInput(code, f"Product {code}") for code in codes], company_id=house.company_id)
    outside = counterparts(house.company_id)
    for place, shelf in enumerate(shelves):
        our.stock(house, sku_ids, shelf, Decimal(20), days_ago=365)
        for turn, (what, days, pieces) in enumerate(ROUNDS):
            at = datetime.now(UTC) - timedelta(days=days - 10 * place)
            size = OF_AN_ORDER if what == "sale" else OF_A_DELIVERY
            post_moves(
                [
                    MoveRequest(
                        sku_id=sku, quantity=Decimal(pieces), effective_at=at, source_type=f"bench.{what}", source_id=sku,
                        entry_key=f"{what}:{turn}:{shelf}:{sku_ids[n - n % size]}",
                        from_location_id=shelf if what == "sale" else outside["supplier"],
                        to_location_id=outside["customer"] if what == "sale" else shelf,
                        value=None if what == "sale" else Decimal(pieces) * (9 + n % 4),
                        supplier_id=None if what == "sale" else supplier_id,
                    )
                    for n, sku in enumerate(sku_ids)
                ],
                company_id=house.company_id,
                actor=our.ACTOR,
            )  # fmt: skip
