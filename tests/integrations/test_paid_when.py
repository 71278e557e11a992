"""Whether a channel's word that an order is paid is enough, or somebody here has to see the money first."""

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from backoffice.core.models import AuditEvent
from backoffice.core.proof import run_checks
from integrations import services
from orders.models import Channel, Order, OrderPayment
from tests.factories.goods import balance
from tests.factories.staff import sign_in

PAID = {"id": "p-1", "status": "captured", "amount": "18.00", "at": "2026-03-10T09:00:04Z", "reference": "ch_1"}


def pull(connected):
    services.pull_orders(connection_id=connected.id, force=True)
    return services.import_orders(connection_id=connected.id)


def choose(client, channel, **chosen):
    """Save the channel's form with other choices."""
    address = reverse("admin:orders_channel_change", args=[channel.pk])
    shown = client.get(address).context
    form = shown["adminform"].form
    data = {name: form.initial.get(name) if form.initial.get(name) is not None else "" for name in form.fields}
    data = {name: value for name, value in data.items() if value is not False}
    for inline in shown["inline_admin_formsets"]:
        data |= {f"{inline.formset.prefix}-TOTAL_FORMS": "0", f"{inline.formset.prefix}-INITIAL_FORMS": "0"}
    return client.post(address, data | chosen)


def test_what_the_channel_says_was_paid_waits_for_the_money_where_the_channel_is_set_so(connected):
    client = sign_in("owner")
    channel = Channel.objects.get()
    saved = choose(
        client, channel, payment_policy="paid", paid_when="confirmed", change_reason="Buyers pay into the bank"
    )
    assert saved.status_code == 302
    assert AuditEvent.objects.filter(
        field="paid_when", new_value="confirmed", reason="Buyers pay into the bank"
    ).exists()
    connected.sell(1001, "MUG", payments=[PAID])

    pull(connected)

    order, payment = Order.objects.get(), OrderPayment.objects.get()
    assert (order.status, payment.authorised, payment.captured) == ("placed", 18, 0)
    assert balance(channel.company, "deposits") == 0
    page = reverse("admin:orders_order_change", args=[order.pk])
    assert "once somebody has seen the money" in client.get(page).content.decode()
    connected.clock.forward(minutes=10)
    connected.sell(1001, "MUG", payments=[PAID], note="told again")
    pull(connected)
    assert OrderPayment.objects.get().captured == 0

    client.post(reverse("admin:orders_payment_capture", args=[order.pk, payment.pk]), {"key": "c"})

    order.refresh_from_db()
    assert (order.status, OrderPayment.objects.get().captured) == ("released", 18)
    assert balance(channel.company, "deposits") == -18
    assert "once somebody has seen the money" not in client.get(page).content.decode()
    assert run_checks().ok


def test_from_a_channel_that_is_believed_again_the_next_word_counts(connected):
    Channel.objects.update(payment_policy="paid", paid_when="confirmed")
    connected.sell(1001, "MUG", payments=[PAID])
    pull(connected)
    assert choose(sign_in("owner"), Channel.objects.get(), paid_when="reported").status_code == 302

    connected.clock.forward(minutes=10)
    connected.sell(1001, "MUG", payments=[PAID], note="told again")
    pull(connected)

    assert (Order.objects.get().status, OrderPayment.objects.get().captured) == ("released", 18)
    assert run_checks().ok


def test_a_choice_that_is_none_is_refused_by_form_and_by_the_database(connected):
    response = choose(sign_in("owner"), Channel.objects.get(), paid_when="maybe")

    assert response.status_code == 200 and "paid_when" in response.context["adminform"].form.errors
    assert Channel.objects.get().paid_when == "reported"
    with pytest.raises(DatabaseError, match="channel_paid_when_known"), transaction.atomic():
        Channel.objects.update(paid_when="maybe")
