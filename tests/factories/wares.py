"""A product with two variants, words, weights, barcodes, a price and a picture, at a simulated channel."""

from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile

from integrations import services
from inventory.models import Barcode, Brand, Product, Sku
from inventory.services import OptionInput, add_image, create_variants, set_options
from orders.models import PriceList, PriceListItem
from tests.factories.books import ACTOR
from tests.factories.goods import make_stock
from tests.factories.pictures import png
from tests.factories.simulated import Simulated

SIZES = OptionInput("Size", (("Small", "S"), ("Large", "L")))


def make_shirt(shop: Simulated) -> list[int]:
    """Its SKUs: SHIRT-S, SHIRT-L."""
    house = shop.house
    brand = Brand.objects.create(company=house.company, code="KOLKHETI", name="Kolkheti")
    product = Product.objects.create(
        company=house.company, code="SHIRT", name="Linen shirt", brand=brand, description="Cool & light.\n\nWashed."
    )
    set_options(product.pk, options=[SIZES], company_id=house.id, actor=ACTOR)
    create_variants(product.pk, pattern="", company_id=house.id, actor=ACTOR)
    skus = list(Sku.objects.filter(product=product).order_by("pk"))
    for number, sku in enumerate(skus):
        sku.name, sku.weight_g = f"Linen shirt {sku.code[-1]}", 250 + number * 50
        sku.status = "active"
        sku.save(update_fields=["name", "weight_g", "status"])
        Barcode.objects.create(company=house.company, sku=sku, code=f"400000000000{number}")
        make_stock(house, sku.pk, "9", "90.00")
    upload = SimpleUploadedFile("shirt.png", png(8, 4), content_type="image/png")
    add_image(product.pk, upload=upload, company_id=house.id, actor=ACTOR)
    return [sku.pk for sku in skus]


def give_prices(shop: Simulated, *sku_ids: int, price: str = "12.50") -> PriceList:
    prices = PriceList.objects.create(
        company=shop.house.company, code="web", name="Web", currency=shop.channel.currency, channel=shop.channel
    )
    for sku_id in sku_ids:
        PriceListItem.objects.create(price_list=prices, sku_id=sku_id, unit_price=Decimal(price))
    return prices


def send_products_there(shop: Simulated, **rules: object) -> None:
    services.set_rules(connection_id=shop.id, rules={"push_products": True, **rules}, actor=ACTOR)


def offer_shirt(shop: Simulated) -> list[int]:
    """Two SKUs that are to be listed, with a price."""
    skus = make_shirt(shop)
    send_products_there(shop)
    give_prices(shop, *skus)
    services.offer_skus(connection_id=shop.id, sku_ids=skus, actor=ACTOR)
    return skus
