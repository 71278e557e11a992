"""Several warehouses to choose from."""

from decimal import Decimal
from typing import Any

from inventory.models import Warehouse
from orders.inputs import AddressInput
from orders.models import SourcingDecision, SourcingRule
from tests.factories.goods import Shop, add_shop, make_shop, make_sku, make_stock, rows
from tests.factories.sales import make_channel

D = Decimal
Stock = tuple[str, str, str]


class Map:
    """MUG and CUP in London, York and Leeds: in stock as the test says."""

    def __init__(self, mug: Stock = ("10", "10", "10"), cup: Stock = ("10", "10", "10")):
        self.london = make_shop()
        self.york, self.leeds = (add_shop(self.london.company, code) for code in ("YRK", "LEE"))
        self.houses = (self.london, self.york, self.leeds)
        self.mug, self.cup = make_sku(self.london, "MUG"), make_sku(self.london, "CUP")
        for sku, quantities in ((self.mug, mug), (self.cup, cup)):
            for house, quantity in zip(self.houses, quantities, strict=True):
                if quantity != "0":
                    make_stock(house, sku, quantity)
        self.channel = make_channel(self.london)
        for priority, house in enumerate(self.houses):
            self.set(house, priority=priority)
        self.at(self.london, "51.507400", "-0.127800")
        self.at(self.york, "53.960000", "-1.080000")
        self.at(self.leeds, "53.800000", "-1.550000")

    def at(self, house: Shop, latitude: str, longitude: str) -> None:
        Warehouse.objects.filter(pk=house.warehouse.pk).update(latitude=latitude, longitude=longitude)

    def set(self, house: Shop, **values: Any) -> None:
        Warehouse.objects.filter(pk=house.warehouse.pk).update(**values)

    def rule(self, house: Shop, **values: Any) -> None:
        SourcingRule.objects.create(channel=self.channel, warehouse=house.warehouse, **values)

    def decided(self, external_id: str = "1001") -> SourcingDecision:
        return SourcingDecision.objects.filter(order__external_id=external_id).latest("id")

    def verdicts(self, external_id: str = "1001") -> dict[str, str]:
        codes = dict(Warehouse.objects.values_list("pk", "code"))
        return {codes[row["warehouse"]]: row["verdict"] for row in self.decided(external_id).candidates}

    def claims(self, external_id: str = "1001") -> list[tuple[Any, ...]]:
        """(warehouse, SKU, quantity) that an order holds; of a kit its components."""
        return rows(
            "SELECT w.code, s.code, sum(a.open) FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id"
            " JOIN inventory_demand d ON d.source_type = 'orders.orderline' AND d.source_id = l.id"
            " JOIN inventory_allocation a ON a.demand_id = d.id JOIN inventory_sku s ON s.id = a.sku_id"
            " JOIN inventory_warehouse w ON w.id = a.warehouse_id WHERE o.external_id = %s AND a.open > 0"
            " GROUP BY 1, 2 ORDER BY 1, 2",
            external_id,
        )


def ship_to(postcode: str = "", country: str = "GB") -> AddressInput:
    return AddressInput(name="Ann", line1="1 High St", postcode=postcode, country=country)
