"""In a real browser: an endpoint is made, told, fails, and its messages are told again."""

import pytest

from backoffice.core.models import OutboxEvent
from integrations.models import WebhookEndpoint
from integrations.services import webhooks
from tests.browser.test_order_to_cash import Desk
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.receivers import receiving
from tests.factories.sales import line, make_channel, order, place
from tests.factories.staff import make_staff
from tests.plugins.browser import PHONE


@pytest.mark.browser
def test_an_endpoint_is_made_and_its_messages_told_again(transactional_db, new_page, live_server, screenshot):
    house = make_shop()
    make_stock(house, make_sku(house, "MUG"), "10", "50.00")
    channel = make_channel(house, "web")
    make_staff("owner")
    desk = Desk(new_page(), live_server, "owner")
    with receiving() as receiver:
        desk.page.goto(f"{live_server.url}/admin/integrations/webhookendpoint/add/")
        desk.page.fill("#id_name", "Shop window")
        desk.page.fill("#id_url", receiver.url)
        screenshot(desk.page, "webhook-form")
        desk.page.get_by_role("button", name="Make", exact=True).click()
        desk.sees("Nothing was told yet")
        endpoint = WebhookEndpoint.objects.get()
        place(channel, order("1001", line("MUG", "2")), order("1002", line("MUG", "1")))
        webhooks.note_events(list(OutboxEvent.objects.filter(topic="OrderPlaced")))
        receiver.answers = ["500 Oops"]
        webhooks.deliver_webhooks(endpoint_id=endpoint.pk)

        desk.page.get_by_role("button", name="Send a test message").click()
        desk.sees("A test message is on its way", "answered 500", "order.placed")
        desk.page.get_by_role("button", name="Show", exact=True).click()
        desk.sees("Signs now", "whsec_")
        screenshot(desk.page, "webhook")
        desk.page.set_viewport_size(PHONE)
        screenshot(desk.page, "webhook-phone")
        desk.page.set_viewport_size({"width": 1440, "height": 900})
        desk.page.goto(f"{live_server.url}/admin/integrations/webhookdelivery/")
        screenshot(desk.page, "webhook-messages")
        desk.page.goto(
            f"{live_server.url}/admin/integrations/webhookdelivery/{endpoint.deliveries.filter(status='sent').get().pk}/change/"
        )
        desk.sees("Tries", "204")
        screenshot(desk.page, "webhook-message")
        desk.page.get_by_role("button", name="Tell again").click()
        desk.sees("It is told again.")
    assert desk.complaints == []
