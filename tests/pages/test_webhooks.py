"""Webhook endpoints through their pages: made, shown, told again, switched; refusals write nothing."""

from django.urls import reverse

from backoffice.core.outbox import Event, publish
from integrations.models import WebhookDelivery, WebhookEndpoint
from integrations.services import webhooks
from tests.factories.receivers import make_endpoint
from tests.factories.staff import said, sign_in


def address(name, pk=None):
    return reverse(f"admin:integrations_{name}", args=[pk] if pk else [])


def test_an_endpoint_is_made_its_secret_shown_on_request_and_changed(world):
    client = sign_in("owner")
    form = {
        "name": "Shop",
        "url": "https://shop.example/h",
        "company": world.house.id,
        "channel": "",
        "events": ["order.placed"],
    }

    response = client.post(address("webhookendpoint_add"), form)

    made = WebhookEndpoint.objects.get()
    assert (made.name, made.events, made.channel_id) == ("Shop", ["order.placed"], None)
    [secret] = webhooks.secrets_of(made)
    page = client.get(response.url).content.decode()
    assert "An order was placed" in page and secret not in page
    shown = client.post(address("webhookendpoint_secret", made.pk))
    assert secret in shown.content.decode() and "no-store" in shown["Cache-Control"]
    client.post(address("webhookendpoint_rotate", made.pk))
    assert len(webhooks.secrets_of(WebhookEndpoint.objects.get())) == 2
    client.post(
        address("webhookendpoint_edit", made.pk), {"name": "Shop 2", "url": "https://shop.example/i", "events": []}
    )
    made.refresh_from_db()
    assert (made.name, made.url, made.events) == ("Shop 2", "https://shop.example/i", [])
    assert "Shop 2" in client.get(address("webhookendpoint_changelist")).content.decode()


def test_a_wrong_address_is_refused_at_its_field_and_nothing_is_written(world, settings):
    settings.EGRESS_ALLOW = []
    form = {"name": "Shop", "url": "http://10.0.0.1/", "company": world.house.id}

    response = sign_in("owner").post(address("webhookendpoint_add"), form)

    assert "url" in response.context["form"].errors
    assert not WebhookEndpoint.objects.exists()


def test_messages_are_listed_opened_and_told_again(world):
    client, endpoint = sign_in("owner"), make_endpoint(world, "https://shop.example/h")
    publish([Event("OrderChanged", "order:1", {"order_id": world.ready}, world.house.id)])
    from backoffice.core.models import OutboxEvent

    webhooks.note_events(list(OutboxEvent.objects.filter(topic="OrderChanged")))
    row = WebhookDelivery.objects.get()
    assert said(client.post(address("webhookdelivery_replay", row.pk))) == ["It is due already."]
    WebhookDelivery.objects.update(status="dead", attempts=10, error="answered 500", http_status=500)

    page = client.get(address("webhookendpoint_change", endpoint.pk)).content.decode()
    assert "order.changed" in page and "answered 500" in page
    assert "It was not tried yet." in client.get(address("webhookdelivery_change", row.pk)).content.decode()
    assert "answered 500" in client.get(address("webhookdelivery_changelist")).content.decode()
    data = {"action": "tell_again", "_selected_action": [str(row.pk)]}
    assert said(client.post(address("webhookdelivery_changelist"), data)) == ["1 messages are told again."]
    row.refresh_from_db()
    assert (row.status, row.attempts) == ("due", 0)
    assert said(client.post(address("webhookendpoint_replay", endpoint.pk), {"since": "x"})) == ["Say since when."]
    WebhookDelivery.objects.update(status="sent")
    assert said(client.post(address("webhookendpoint_replay", endpoint.pk), {"since": "2020-01-01T00:00"}))[0].endswith(
        "messages are told again."
    )


def test_pause_resume_ping_and_remove(world):
    client, endpoint = sign_in("owner"), make_endpoint(world, "https://shop.example/h")

    def press(name, **data):
        return said(client.post(address(f"webhookendpoint_{name}", endpoint.pk), data))

    assert press("pause") == ["Say why: the reason is kept with the change."]
    press("pause", reason="Move")
    endpoint.refresh_from_db()
    assert (endpoint.status, endpoint.status_reason) == ("paused", "Move")
    press("resume")
    assert press("ping")[0].startswith("A test message")
    press("remove", reason="Shop closed")
    endpoint.refresh_from_db()
    assert endpoint.status == "removed"
    assert client.post(address("webhookendpoint_ping", endpoint.pk)).status_code == 404


def test_only_the_owner_changes_them_and_others_look(world):
    endpoint = make_endpoint(world, "https://shop.example/h")

    for role in ("order_desk", "accountant", "picker"):
        client = sign_in(role)
        assert client.post(address("webhookendpoint_add"), {"name": "x"}).status_code == 403
        for name in ("pause", "resume", "remove", "rotate", "secret", "ping", "replay", "edit"):
            assert client.post(address(f"webhookendpoint_{name}", endpoint.pk), {"reason": "x"}).status_code == 403
    assert sign_in("order_desk").get(address("webhookendpoint_change", endpoint.pk)).status_code == 200
    endpoint.refresh_from_db()
    assert endpoint.status == "active"
