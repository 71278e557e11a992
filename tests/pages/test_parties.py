"""Who buys and whom the ledger knows: their pages say what they ordered and what is open."""

from decimal import Decimal

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounting.models import Party, Payment
from accounting.services import PaymentRequest, record_payments
from backoffice.core.access_limits import set_limits
from backoffice.core.models import User
from orders.inputs import ContactInput
from orders.models import Contact
from orders.services import cancel_order
from tests.factories.books import ACTOR, NOON
from tests.factories.sales import line, make_channel
from tests.factories.staff import sign_in

NINO = ContactInput("b-1", "Nino Abashidze")


def page_of(client, row):
    return client.get(reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk]))


def test_a_buyer_s_page_says_what_they_ordered_and_leads_to_all_of_it(world):
    world.place("B-1", line("MUG", "2", "10"), contact=NINO)
    gone = world.place("B-2", line("MUG", "1", "99"), contact=NINO)
    cancel_order(gone, company_id=world.house.id, actor=ACTOR, reason="changed their mind")
    world.place("S-9", line("MUG", "1", "10"))  # somebody else's
    nino, desk = Contact.objects.get(external_id="b-1"), sign_in("order_desk")

    page = page_of(desk, nino)

    facts = page.context["buyer"]
    assert (facts.orders, facts.open, facts.cancelled) == (2, 1, 1)
    assert [(currency, f"{total:.2f}") for currency, total in facts.totals] == [("GBP", "20.00")]
    text = page.content.decode()
    assert "B-1" in text and "B-2" in text and "S-9" not in text
    everything = desk.get(f"{reverse('admin:orders_order_changelist')}?contact__id__exact={nino.pk}").content.decode()
    assert "B-1" in everything and "S-9" not in everything
    returns = desk.get(f"{reverse('admin:orders_returnorder_changelist')}?contact__id__exact={nino.pk}")
    assert returns.status_code == 200


def test_as_many_statements_for_many_orders_as_for_one(world):
    world.place("B-1", line("MUG", "1", "10"), contact=NINO)
    nino, desk = Contact.objects.get(external_id="b-1"), sign_in("order_desk")
    page_of(desk, nino)
    with CaptureQueriesContext(connection) as one:
        page_of(desk, nino)
    for number in range(2, 8):
        world.place(f"B-{number}", line("MUG", "1", "10"), contact=NINO)
    with CaptureQueriesContext(connection) as many:
        page_of(desk, nino)

    assert len(many) == len(one)


def test_whoever_is_limited_to_another_channel_does_not_find_the_buyer(world):
    world.place("B-1", line("MUG", "1", "10"), contact=NINO)
    nino = Contact.objects.get(external_id="b-1")
    desk = sign_in("order_desk")
    set_limits(User.objects.get(username="order_desk"), "channel", [make_channel(world.house, "other").pk], actor=ACTOR)

    assert page_of(desk, nino).status_code in (302, 404)
    assert page_of(sign_in("picker"), nino).status_code in (302, 403)


def test_a_party_s_page_says_what_is_open_and_leads_to_its_account(world):
    party, accountant = Party.objects.get(pk=world.channel.party_id), sign_in("accountant")

    page = page_of(accountant, party)

    (owed,) = page.context["accounts"]
    assert (owed.control, {currency: f"{sum_:.2f}" for currency, sum_ in owed.open.items()}) == (
        "receivable",
        {"GBP": "33.50"},
    )
    text = page.content.decode()
    for name in ("matching_desk", "party_statement"):
        address = f"{reverse(name)}?company={party.company.code}&amp;party={party.code}&amp;control=receivable"
        assert address in text
        assert accountant.get(address.replace("&amp;", "&")).status_code == 200
    assert page_of(sign_in("picker"), party).status_code in (302, 403)


def test_money_on_a_payment_s_page_is_in_its_currency_s_form(world):
    request = PaymentRequest(world.channel.party_id, "in", Decimal("12.5"), "GBP", NOON, "payment:1")
    record_payments([request], company_id=world.house.id, actor=ACTOR)

    page = page_of(sign_in("accountant"), Payment.objects.get()).content.decode()

    assert "12.50" in page and "12.500000" not in page and "&lt;span" not in page
