"""Drafts and quotes: nothing is claimed for them, and what is placed is what was offered."""

import datetime
from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils import timezone

from accounting.models import Address, Invoice
from backoffice.core.errors import InvalidInput
from backoffice.core.models import AuditEvent
from backoffice.core.proof import run_checks
from orders.drafting import DraftChargeInput, DraftInput, DraftLineInput
from orders.errors import NotReady, QuoteExpired, VersionConflict
from orders.inputs import AddressInput, ContactInput
from orders.models import Contact, DraftOrder, Order
from orders.services import cancel_draft, create_draft, place_draft, quote_draft, update_draft
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import level, make_shop, make_sku, make_stock
from tests.factories.refusals import refused
from tests.factories.sales import line, make_channel, make_tax_code, order, orders_written, place, ship

pytestmark = pytest.mark.django_db
D = Decimal
TODAY = NOON.date()


def make_world():
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug, "10")
    channel = make_channel(shop, "desk")
    channel.tax_code_id = make_tax_code(shop)
    channel.save()
    return shop, mug, channel


def draft_of(mug, quantity="3", price="9.99", **values):
    return DraftInput(
        lines=[DraftLineInput(mug, D(quantity), D(price))],
        charges=[DraftChargeInput("shipping", D("3.50"), "Postage")],
        contact=ContactInput(name="Ann", email="ann@example.test"),
        shipping_address=AddressInput("Ann", line1="1 High St", city="London", postcode="E1", country="GB"),
        **values,
    )


def make_draft(channel, given):
    return create_draft(given, channel_id=channel.pk, actor=ACTOR, today=TODAY)


def drafts_written():
    return (DraftOrder.objects.count(), sum(DraftOrder.objects.values_list("version", flat=True)), *orders_written())


def test_a_draft_becomes_an_order_with_its_price_tax_and_address():
    shop, mug, channel = make_world()

    draft = make_draft(channel, draft_of(mug))
    assert (draft.goods_total, draft.tax_total, draft.total) == (D("29.97"), D("6.69"), D("40.16"))
    assert level(shop, mug)[2] == 0
    result = place_draft(draft.pk, company_id=shop.id, actor=ACTOR, placed_at=NOON)

    made = Order.objects.get()
    assert (result.state, made.status, made.total, made.tax_total) == ("placed", "released", D("40.16"), D("6.69"))
    assert (made.contact.person.name, made.shipping_address.city) == ("Ann", "London")
    assert made.shipping_address_id != draft.shipping_address_id
    assert level(shop, mug)[2] == 3
    assert DraftOrder.objects.get().order_id == made.pk
    (bill,) = ship(shop, result)
    assert Invoice.objects.get(pk=bill.invoice_id).total == D("40.16")
    assert place_draft(draft.pk, company_id=shop.id, actor=ACTOR, placed_at=NOON).state == "already"
    assert Order.objects.count() == 1
    assert run_checks().ok


def test_prices_default_to_what_the_channel_last_sold_it_for():
    shop, mug, channel = make_world()
    other = make_channel(shop, "other")
    place(channel, order("A", line(price="8")), order("B", line(price="8.50")))
    place(other, order("A", line(price="99")))

    draft = make_draft(channel, DraftInput([DraftLineInput(mug, D(2))]))

    assert draft.lines.get().unit_price == D("8.50")
    cup = make_sku(shop, "CUP")
    before = drafts_written()
    with refused(InvalidInput) as caught:
        make_draft(channel, DraftInput([DraftLineInput(mug, D(1)), DraftLineInput(cup, D(1))]))
    assert caught.value.context["errors"][0]["field"] == "lines.1.unit_price"
    assert drafts_written() == before


def test_nonsense_is_refused_by_field_and_row_and_nothing_is_written():
    _shop, mug, channel = make_world()
    before = drafts_written()

    for given, field in (
        (DraftInput([DraftLineInput(mug, D(0), D(1))]), "lines.0.quantity"),
        (DraftInput([DraftLineInput(mug, D(1), D(-1))]), "lines.0.unit_price"),
        (DraftInput([DraftLineInput(mug, D(1), D(1), discount=D(2))]), "lines.0.discount"),
        (DraftInput([DraftLineInput(10**9, D(1), D(1))]), "lines.0.sku"),
        (DraftInput([DraftLineInput(mug, D(1), D(1))], currency="XXL"), "currency"),
        (DraftInput([DraftLineInput(mug, D(1), D(1))], contact_id=10**9), "contact"),
        (DraftInput([DraftLineInput(mug, D(1), D(1))], note="x", shipping_service="y" * 61), "shipping_service"),
    ):
        with refused(InvalidInput) as caught:
            make_draft(channel, given)
        assert caught.value.context["errors"][0]["field"] == field

    assert drafts_written() == before


def test_a_quote_is_placed_at_what_was_quoted_and_an_expired_one_is_not():
    shop, mug, channel = make_world()
    draft = make_draft(channel, draft_of(mug))
    quote_draft(draft.pk, company_id=shop.id, actor=ACTOR, valid_until=TODAY, today=TODAY)
    before = drafts_written()

    with refused(QuoteExpired):
        place_draft(draft.pk, company_id=shop.id, actor=ACTOR, placed_at=NOON + datetime.timedelta(days=1))
    with refused(InvalidInput):
        quote_draft(draft.pk, company_id=shop.id, actor=ACTOR, valid_until=TODAY - datetime.timedelta(1), today=TODAY)
    assert drafts_written() == before
    later = TODAY + datetime.timedelta(days=30)
    quote_draft(draft.pk, company_id=shop.id, actor=ACTOR, valid_until=later, today=TODAY)
    place_draft(draft.pk, company_id=shop.id, actor=ACTOR, placed_at=NOON + datetime.timedelta(days=1))

    assert Order.objects.get().total == D("40.16")
    told = AuditEvent.objects.filter(object_type="orders.draftorder", field="valid until").order_by("id")
    assert [(event.old_value, event.new_value) for event in told] == [("", str(TODAY)), (str(TODAY), str(later))]
    assert run_checks().ok


def test_an_edit_withdraws_the_quote_and_keeps_one_copy_of_the_address():
    shop, mug, channel = make_world()
    draft = make_draft(channel, draft_of(mug))
    quote_draft(draft.pk, company_id=shop.id, actor=ACTOR, valid_until=TODAY, today=TODAY)
    addresses = Address.objects.count()

    update_draft(
        draft.pk, given=draft_of(mug, "5", contact_id=draft.contact_id), company_id=shop.id, actor=ACTOR, today=TODAY
    )

    after = DraftOrder.objects.get()
    assert (after.status, after.valid_until, after.lines.get().quantity) == ("draft", None, 5)
    assert (Address.objects.count(), Contact.objects.count()) == (addresses, 1)
    told = AuditEvent.objects.filter(object_type="orders.draftorder", action="edited", field="lines").get()
    assert (told.old_value, told.new_value) == ("3 × MUG @ 9.99", "5 × MUG @ 9.99")


def test_another_address_is_another_row_and_of_the_old_one_nothing_is_left():
    shop, mug, channel = make_world()
    draft = make_draft(channel, draft_of(mug))
    old = draft.shipping_address_id
    moved = AddressInput("Ann", line1="2 Low St", city="York", postcode="Y1", country="GB")
    given = replace(draft_of(mug, contact_id=draft.contact_id), shipping_address=moved)

    update_draft(draft.pk, given=given, company_id=shop.id, actor=ACTOR, today=TODAY)

    after, left = DraftOrder.objects.get().shipping_address, Address.objects.get(pk=old)
    assert (after.pk != old, after.line1, after.erased_at) == (True, "2 Low St", None)
    assert (left.name, left.line1, left.city, left.erased_at is not None) == ("", "", "", True)

    without = replace(given, shipping_address=None)
    update_draft(draft.pk, given=without, company_id=shop.id, actor=ACTOR, today=TODAY)
    assert (DraftOrder.objects.get().shipping_address_id, Address.objects.get(pk=after.pk).line1) == (None, "")


def test_the_second_editor_of_a_draft_is_told():
    shop, mug, channel = make_world()
    draft = make_draft(channel, draft_of(mug))
    update_draft(draft.pk, given=draft_of(mug, "4"), company_id=shop.id, actor=ACTOR, today=TODAY, version=1)
    before = drafts_written()

    with refused(VersionConflict) as caught:
        update_draft(draft.pk, given=draft_of(mug, "9"), company_id=shop.id, actor=ACTOR, today=TODAY, version=1)

    assert caught.value.context["version"] == 2
    assert drafts_written() == before


def test_a_cancelled_draft_is_done_and_an_empty_one_is_not_placed():
    shop, mug, channel = make_world()
    empty = make_draft(channel, DraftInput(note="later"))
    with refused(NotReady):
        place_draft(empty.pk, company_id=shop.id, actor=ACTOR, placed_at=NOON)
    with refused(NotReady):
        quote_draft(empty.pk, company_id=shop.id, actor=ACTOR, valid_until=TODAY, today=TODAY)
    draft = make_draft(channel, draft_of(mug))
    cancel_draft(draft.pk, company_id=shop.id, actor=ACTOR, reason="Changed their mind")
    before = drafts_written()

    for act in (
        lambda: place_draft(draft.pk, company_id=shop.id, actor=ACTOR, placed_at=timezone.now()),
        lambda: cancel_draft(draft.pk, company_id=shop.id, actor=ACTOR, reason="again"),
        lambda: update_draft(draft.pk, given=draft_of(mug), company_id=shop.id, actor=ACTOR, today=TODAY),
    ):
        with refused(NotReady):
            act()
    assert drafts_written() == before
    assert Order.objects.count() == 0


def test_the_same_id_again_is_the_same_draft():
    _shop, mug, channel = make_world()

    first = make_draft(channel, draft_of(mug, external_id="Q-1"))
    again = make_draft(channel, draft_of(mug, "9", external_id="Q-1"))

    assert (first.pk, DraftOrder.objects.count()) == (again.pk, 1)
