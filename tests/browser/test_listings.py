"""In a real browser: what a listing says here and at the channel, on a desk and on a telephone."""

import pytest

from integrations import services
from integrations.models import Listing
from tests.browser.test_order_to_cash import Desk
from tests.factories.books import ACTOR
from tests.factories.simulated import Simulated
from tests.factories.staff import make_staff
from tests.factories.wares import give_prices, make_shirt, send_products_there
from tests.plugins.browser import PHONE
from tests.simulators.engine import running
from tests.simulators.shopify import ShopifySimulator


@pytest.mark.browser
def test_a_listing_is_compared_and_sent_again(transactional_db, new_page, live_server, screenshot, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    with running(ShopifySimulator()) as simulator:
        shop = Simulated(simulator)
        skus = make_shirt(shop)
        send_products_there(shop, kept_fields=["description"])
        give_prices(shop, *skus)
        services.offer_skus(connection_id=shop.id, sku_ids=skus, actor=ACTOR)
        services.push_prices(connection_id=shop.id)
        services.push_stock(connection_id=shop.id)
        [product] = simulator.catalogue.products.values()
        product.title = "Linen shirt, hand made"
        make_staff("owner")
        desk = Desk(new_page(), live_server, "owner")
        page = desk.page

        page.goto(f"{live_server.url}/admin/integrations/listing/{Listing.objects.order_by('pk')[0].pk}/change/")
        desk.press("Look at the channel")
        desk.sees("Linen shirt, hand made")
        page.get_by_text("Rules of this listing").click()
        page.set_viewport_size({"width": 1440, "height": 900})
        screenshot(page, "listing")
        page.set_viewport_size(PHONE)
        screenshot(page, "listing-phone")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        desk.press("Push now")
        services.push_prices(connection_id=shop.id)
        assert product.title == "Linen shirt"
        page.goto(f"{live_server.url}/admin/integrations/connection/{shop.id}/change/")
        page.get_by_text("What the channel is shown").click()
        page.get_by_text("List more products there").click()
        screenshot(page, "connection-products-phone")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        page.set_viewport_size({"width": 1440, "height": 900})
        screenshot(page, "connection-products")
