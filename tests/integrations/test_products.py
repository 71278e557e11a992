"""Our products at each channel: made once with their variants, changed where they differ, never where the channel owns it."""

from decimal import Decimal

import pytest
from django.test import Client

from backoffice.core.errors import InvalidInput
from integrations import services
from integrations.fake_channel.server import Fault
from integrations.models import Connection, Listing, ListingContent
from integrations.services.products.building import contents_of, items_of
from inventory.models import Barcode, Product, ProductImage, Sku
from orders.models import PriceListItem
from tests.factories.books import ACTOR
from tests.factories.simulated import Simulated
from tests.factories.wares import give_prices, make_shirt, offer_shirt, send_products_there
from tests.simulators.amazon import AmazonSimulator
from tests.simulators.bigcommerce import BigCommerceSimulator
from tests.simulators.engine import running
from tests.simulators.medusa import MedusaSimulator
from tests.simulators.shopify import ShopifySimulator
from tests.simulators.woocommerce import WooCommerceSimulator

D = Decimal
CREATES = {
    "shopify": "POST .*mutation MakeProduct", "woocommerce": "POST /wp-json/wc/v3/products/\\d+/variations ",
    "bigcommerce": "POST /stores/h1/v3/catalog/products ", "amazon": "PUT /listings",
    "medusa": "POST /admin/products ",
}  # fmt: skip
ALL = [ShopifySimulator, WooCommerceSimulator, BigCommerceSimulator, MedusaSimulator, AmazonSimulator]


@pytest.fixture(params=ALL, ids=lambda kind: kind.code)
def shop(request, transactional_db, settings, tmp_path):
    settings.MEDIA_ROOT, settings.PUBLIC_URL = str(tmp_path), "https://back.example"
    with running(request.param()) as simulator:
        yield Simulated(simulator)


@pytest.fixture
def shirt(shop):
    return offer_shirt(shop)


def push(shop):
    shop.open_limits()
    return services.push_prices(connection_id=shop.id, force=True)


def sold(shop):
    """(SKU, barcode, price) of everything that the channel sells."""
    return sorted((v.sku, v.barcode, D(v.price or 0)) for _p, v in shop.simulator.catalogue.all())


WANTED = [("SHIRT-L", "4000000000001", D("12.5")), ("SHIRT-S", "4000000000000", D("12.5"))]


def test_a_product_is_made_with_its_variants_once_and_gets_its_stock(shop, shirt):
    first = push(shop)
    asked = len(shop.simulator.requests)
    second = push(shop)

    assert (first.pushed, first.failed, second.pushed) == (2, 0, 0)
    assert len(shop.simulator.requests) == asked  # nothing differs: nobody is asked
    assert sold(shop) == WANTED
    products = {p.id: p for p, _v in shop.simulator.catalogue.all()}
    if shop.simulator.code == "amazon":
        assert set(shop.simulator.attributes["SHIRT-S"]) == {
            "externally_assigned_product_identifier", "condition_type", "purchasable_offer", "fulfillment_availability",
        }  # fmt: skip
    else:
        [product] = products.values()
        assert (product.title, product.description, product.visible) == (
            "Linen shirt",
            "Cool &amp; light. Washed.",
            True,
        )
        digest = ProductImage.objects.get().sha256
        assert product.pictures == [f"https://back.example/media/pictures/{digest}.png"]
        assert [v.options for v in product.variants.values()] == [{"Size": "Small"}, {"Size": "Large"}]
        assert D(next(iter(product.variants.values())).weight) in (250, D("0.25"))
    listings = Listing.objects.order_by("pk")
    assert all(row.external_id and row.is_dirty for row in listings)
    assert services.push_stock(connection_id=shop.id).pushed == 2
    assert set(shop.state.stock.values()) == {9}


def test_a_lost_answer_makes_nothing_twice(shop, shirt):
    shop.simulator.faults.append(Fault(CREATES[shop.simulator.code], status=504, after_effect=True))

    first = push(shop)
    again = push(shop)

    assert (first.status, again.status) == ("failed", "done")
    assert sold(shop) == WANTED
    assert Listing.objects.exclude(external_id="").count() == 2
    assert len({row.external_id for row in Listing.objects.all()}) == 2


def test_what_differs_is_sent_and_what_the_channel_owns_is_not(shop, shirt):
    push(shop)
    push(shop)
    services.set_rules(connection_id=shop.id, rules={"kept_fields": ["title"]}, actor=ACTOR)
    Product.objects.filter(name="Linen shirt").update(name="Our other name", description="Newer words.")
    Sku.objects.filter(pk__in=shirt).update(name="Our other name")
    for product, _variant in shop.simulator.catalogue.all():
        product.title = "The channel's own"
        if shop.simulator.code == "amazon":
            shop.simulator.attributes[_variant.sku]["item_name"] = [{"value": "The channel's own"}]

    assert push(shop).pushed == 2

    assert {p.title for p, _v in shop.simulator.catalogue.all()} == {"The channel's own"}
    assert {p.description for p, _v in shop.simulator.catalogue.all()} == {"Newer words."}
    [first] = [row for row in Listing.objects.all() if row.sku_id == shirt[0]]
    changed = services.change_listing(listing_id=first.pk, rules={"kept_fields": []}, actor=ACTOR)
    assert changed == ["kept_fields"]
    push(shop)
    expected = {"The channel's own"} if shop.simulator.code != "amazon" else {"The channel's own", "Our other name"}
    assert {p.title for p, _v in shop.simulator.catalogue.all()} == expected  # the other SKU still leaves it to them


def test_one_that_the_channel_refuses_says_why_and_is_not_tried_for_ever(shop, shirt):
    Barcode.objects.filter(sku_id=shirt[0]).update(code="bad1")

    first = push(shop)
    asked = len(shop.simulator.requests)
    second = push(shop)

    errors = dict(Listing.objects.values_list("sku_id", "product_error"))
    assert first.failed >= 1 and errors[shirt[0]] != ""
    assert (second.pushed, second.failed, len(shop.simulator.requests)) == (0, 0, asked)
    Barcode.objects.filter(sku_id=shirt[0]).update(code="4000000000000")
    assert push(shop).failed == 0
    assert sold(shop) == WANTED


def test_without_a_price_nothing_is_listed_and_with_one_it_is(shop, shirt):
    PriceListItem.objects.all().delete()

    assert push(shop).failed == 2
    assert sold(shop) == [] and shop.simulator.requests == []
    assert {row.product_error for row in Listing.objects.all()} == {
        "No price list gives it a price: it is not listed for nothing."
    }
    assert services.push_stock(connection_id=shop.id).pushed == 0  # nothing to push: it is not there
    give_prices_again(shop, shirt)
    assert push(shop).failed == 0
    assert sold(shop) == WANTED
    assert {row.product_error for row in Listing.objects.all()} == {""}


def give_prices_again(shop, skus):
    prices = shop.channel.pricelist_set.get()
    for sku_id in skus:
        PriceListItem.objects.create(price_list=prices, sku_id=sku_id, unit_price=D("12.50"))


def test_a_variant_more_joins_its_product(shop):
    shirt = make_shirt(shop)
    send_products_there(shop)
    give_prices(shop, *shirt)
    for sku_id in shirt:
        services.offer_skus(connection_id=shop.id, sku_ids=[sku_id], actor=ACTOR)
        assert push(shop).failed == 0
        assert len(sold(shop)) == shirt.index(sku_id) + 1

    assert sold(shop) == WANTED
    if shop.simulator.code != "amazon":
        assert len(shop.simulator.catalogue.products) == 1


def test_what_the_channel_shows_is_looked_at_and_compared(shop, shirt):
    push(shop)
    push(shop)
    row = Listing.objects.get(sku_id=shirt[0])
    assert {c.theirs for c in services.compare(row)} == {None}
    for product, variant in shop.simulator.catalogue.all():
        product.title, variant.barcode = "Theirs", "999"
    for attributes in getattr(shop.simulator, "attributes", {}).values():
        attributes["item_name"] = [{"value": "Theirs"}]
        attributes["externally_assigned_product_identifier"] = [{"value": "999"}]

    assert services.look_at_listings(listing_ids=[row.pk]) == 1

    row.refresh_from_db()
    differing = {c.name: (c.theirs, c.is_ours) for c in services.compare(row) if c.differs}
    assert differing["title"] == ("Theirs", True) and differing["barcode"] == ("999", True)
    if shop.simulator.code == "amazon":
        assert ListingContent.objects.get(listing=row).problems == ["100: A picture is too small"]
    else:
        assert set(differing) == {"title", "barcode"}
    shop.simulator.catalogue.products.clear()
    getattr(shop.simulator, "attributes", {}).clear()
    assert services.look_at_listings(listing_ids=[row.pk]) == 0
    assert ListingContent.objects.get(listing=row).problems == ["The channel does not know it."]


def test_what_is_wrong_is_refused_and_nothing_is_written(shop):
    skus = make_shirt(shop)

    for rules, said in (({"kept_fields": ["colour"]}, "colour"), ({"kept_fields": ["weight", "hs_code"]}, "hs_code")):
        with pytest.raises(InvalidInput, match=said):
            services.set_rules(connection_id=shop.id, rules=rules, actor=ACTOR)
    with pytest.raises(InvalidInput, match="switched off"):
        services.offer_skus(connection_id=shop.id, sku_ids=skus, actor=ACTOR)
    send_products_there(shop)
    with pytest.raises(InvalidInput, match="no such SKU"):
        services.offer_skus(connection_id=shop.id, sku_ids=[*skus, 999_999], actor=ACTOR)
    assert not Listing.objects.exists()
    assert shop.simulator.requests == []


def test_everything_with_a_price_can_be_listed_at_once(shop):
    skus = make_shirt(shop)
    send_products_there(shop)
    give_prices(shop, skus[0])

    assert services.skus_to_offer(connection_id=shop.id) == [skus[0]]
    services.offer_skus(connection_id=shop.id, sku_ids=[skus[0]], actor=ACTOR)
    assert services.skus_to_offer(connection_id=shop.id) == []
    assert services.offer_skus(connection_id=shop.id, sku_ids=[skus[0]], actor=ACTOR) == []


def test_skus_that_are_products_of_their_own_at_the_shop_keep_their_own_titles(transactional_db):
    with running(ShopifySimulator()) as simulator:
        shop = Simulated(simulator)
        skus = make_shirt(shop)
        send_products_there(shop)
        listings = {}
        for sku in Sku.objects.filter(pk__in=skus):
            variant = simulator.catalogue.add(simulator.catalogue.make("By hand"), sku.code)
            listings[variant.id] = (sku.pk, sku.code)
        services.list_skus(connection_id=shop.id, listings=listings)

        assert push(shop).pushed == 2

        assert sorted(row.title for row in simulator.catalogue.products.values()) == ["Linen shirt L", "Linen shirt S"]
        assert sold(shop) == [("SHIRT-L", "4000000000001", 0), ("SHIRT-S", "4000000000000", 0)]


def test_many_listings_take_no_more_statements_than_one(shop, shirt, django_assert_num_queries):
    connection = Connection.objects.select_related("channel").get(pk=shop.id)
    rows = list(Listing.objects.filter(connection=connection).select_related("sku__product__brand").order_by("pk"))
    for some in (rows[:1], rows):
        contents = contents_of(some)
        with django_assert_num_queries(9):
            items_of(connection, some, contents, {})


def test_a_picture_is_served_to_who_can_name_it_and_nothing_else_is(shop):
    make_shirt(shop)
    digest = ProductImage.objects.get().sha256

    answer = Client().get(f"/media/pictures/{digest}.png")

    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    for name in (f"{'0' * 64}.png", f"{digest}.svg", f"{digest[:-1]}.png", "logo.png"):
        assert Client().get(f"/media/pictures/{name}").status_code == 404
    assert Client().post(f"/media/pictures/{digest}.png").status_code == 404
    ProductImage.objects.all().delete()
    assert Client().get(f"/media/pictures/{digest}.png").status_code == 404  # taken off; its file waits for the sweep
