"""A carrier with services and rates, a box, and addresses that a label can show."""

from decimal import Decimal

from accounting.models import Address
from orders.models import Order
from tests.factories.goods import Shop
from warehouse.models import Box, CarrierAccount, CarrierRate, CarrierService


def make_carrier(shop: Shop, code: str = "van", **rates: str) -> CarrierService:
    """One service; rates: {"up to grams": price} as g1000="4.50". Everywhere."""
    carrier = CarrierAccount.objects.create(
        company=shop.company, code=code, name=f"Carrier {code}", tracking_url="https://track.example/{number}"
    )
    service = CarrierService.objects.create(carrier=carrier, code="std", name="Standard", transit_days=2)
    for name, price in (rates or {"g30000": "4.50"}).items():
        CarrierRate.objects.create(service=service, up_to_g=int(name[1:]), price=Decimal(price))
    return service


def make_box(shop: Shop, code: str = "B1", **values: int) -> Box:
    given = {"length_mm": 300, "width_mm": 200, "height_mm": 150, "tare_g": 100, "max_weight_g": 5000} | values
    return Box.objects.create(company=shop.company, code=code, **given)


def address_for(order_id: int, **values: str) -> Address:
    """The order's shipping address, complete."""
    order = Order.objects.get(pk=order_id)
    given = {
        "name": "Ana Ito", "line1": "Long Street 1", "city": "Leeds", "postcode": "LS1 4AP", "country": "GB",
    } | values  # fmt: skip
    made = Address.objects.create(company_id=order.company_id, **given)
    Order.objects.filter(pk=order_id).update(shipping_address=made)
    return made
