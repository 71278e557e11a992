"""Drafts, edits, cancel requests, splits and merges as people do them at their screens."""

import datetime
import io
from decimal import Decimal

from django.contrib.auth.models import Permission
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from backoffice.core.models import User
from backoffice.core.proof import run_checks
from inventory.models import StockLevel
from orders.inputs import AddressInput, ContactInput
from orders.models import (
    CancelRequest,
    DocumentMail,
    DraftOrder,
    Fulfilment,
    FulfilmentLine,
    Order,
    OrderCharge,
    OrderLine,
    Shipment,
)
from orders.services import send_mails
from tests.factories.sales import line
from tests.factories.staff import said, sign_in
from warehouse.models import Parcel

D = Decimal
HOME = AddressInput("Ann", line1="1 High St", city="London", postcode="E1", country="GB")


def press(client, name, pk, **data):
    return client.post(reverse(f"admin:orders_order_{name}", args=[pk]), data)


def page(client, pk):
    return client.get(reverse("admin:orders_order_change", args=[pk])).content.decode()


def edit(client, pk, **typed):
    """Open the form, type, save: what the browser would send."""
    address = reverse("admin:orders_order_edit", args=[pk])
    opened = client.get(address).context
    return client.post(address, form_of(opened) | typed)


def form_of(opened):
    data = {"version": opened["order"].version, "seen": opened["seen"], "reason": "The buyer rang"}
    for item in opened["lines"]:
        number = item["line"].pk
        data |= {f"was-quantity-{number}": f"{item['kept']:f}", f"quantity-{number}": f"{item['kept']:f}"}
        price = f"{item['line'].unit_price:f}"
        data |= {f"was-price-{number}": price, f"price-{number}": price}
    for name, _label, _size, was, value in opened["address"]:
        data |= {f"was-address-{name}": was, f"address-{name}": value}
    return data | {"was-shipping_service": opened["order"].shipping_service, "shipping_service": opened["service"]}


def test_an_order_is_written_quoted_and_placed(world):
    client = sign_in("order_desk")
    add = reverse("admin:orders_draftorder_add")
    assert "New order" in client.get(add).content.decode()
    typed = {
        "channel": world.channel.pk,
        "buyer": "Ann",
        "email": "ann@example.test",
        "address-line1": "1 High St",
        "address-country": "gb",
        "charge-shipping": "3,50",
        "sku-new-0": "mug",
        "quantity-new-0": "2",
        "price-new-0": "",
        "sku-new-3": "CUP",
        "quantity-new-3": "1",
        "price-new-3": "4",
    }

    client.post(add, typed)

    draft = DraftOrder.objects.get()
    assert [(row.quantity, row.unit_price) for row in draft.lines.order_by("position")] == [(2, 10), (1, 4)]
    assert (draft.total, draft.contact.person.name, draft.shipping_address.country) == (D("27.50"), "Ann", "GB")
    shown = client.get(reverse("admin:orders_draftorder_change", args=[draft.pk])).content.decode()
    assert "27.50" in shown and "Place the order" in shown
    day = (timezone.localdate() + datetime.timedelta(days=5)).isoformat()
    client.post(reverse("admin:orders_draftorder_quote", args=[draft.pk]), {"valid_until": day, "version": 1})
    assert DraftOrder.objects.get().status == "quoted"
    listed = client.get(reverse("admin:orders_draftorder_changelist")).content.decode()
    assert draft.number in listed and "Quoted" in listed
    response = client.post(reverse("admin:orders_draftorder_place", args=[draft.pk]), {"version": 2})

    order = Order.objects.latest("pk")
    assert response.url == reverse("admin:orders_order_change", args=[order.pk])
    assert (order.total, order.status) == (D("27.50"), "released")
    assert run_checks().ok


def test_a_wrong_draft_keeps_what_was_typed_and_writes_nothing(world):
    client = sign_in("order_desk")
    add = reverse("admin:orders_draftorder_add")
    before = world.written()

    for typed, words in (
        ({"sku-new-0": "NOPE", "quantity-new-0": "1"}, "there is no SKU “NOPE”"),
        ({"sku-new-0": "MUG", "quantity-new-0": "0"}, "give a quantity above zero"),
        ({"sku-new-0": "MUG", "quantity-new-0": "two"}, "“two” is not a number"),
        ({"sku-new-0": "CUP", "quantity-new-0": "1", "buyer": "#99999"}, "no such buyer"),
    ):
        response = client.post(add, {"channel": world.channel.pk, "note": "keep me"} | typed)
        text = response.content.decode()
        assert (response.status_code, words in text, "keep me" in text) == (409, True, True), text

    assert world.written() == before
    assert DraftOrder.objects.count() == 0


def test_a_quote_is_printed_and_mailed_from_its_page(world):
    client = sign_in("order_desk")
    form = {"channel": world.channel.pk, "sku-new-0": "MUG", "quantity-new-0": "3", "price-new-0": "9"}
    client.post(reverse("admin:orders_draftorder_add"), form | {"buyer": "Ann", "email": "ann@buyer.example"})
    draft = DraftOrder.objects.get()
    address = reverse("admin:orders_draftorder_change", args=[draft.pk])
    pdf = reverse("admin:orders_document_pdf", args=["quote", draft.pk])
    mail_it = reverse("admin:orders_document_mail", args=["quote", draft.pk])
    assert (client.get(pdf).status_code, pdf in client.get(address).content.decode()) == (404, False)
    early = client.post(mail_it, {"version": 1})
    assert (said(early), DocumentMail.objects.count()) == (
        [f"{draft.number} is not a quote: say first until when it holds."], 0,
    )  # fmt: skip

    day = timezone.localdate() + datetime.timedelta(days=14)
    client.post(reverse("admin:orders_draftorder_quote", args=[draft.pk]), {"valid_until": day, "version": 1})

    shown = client.get(address).content.decode()
    assert pdf in shown and mail_it in shown
    text = PdfReader(io.BytesIO(client.get(pdf, {"language": "en"}).content)).pages[0].extract_text()
    assert all(part in text for part in ("Quote", draft.number, "Valid until", "MUG", "This is an offer"))
    assert said(client.post(mail_it, {"version": 2})) == [f"{draft.number} will be mailed in a moment."]
    assert send_mails() == {"sent": 1}
    [message] = mail.outbox
    assert (message.to, message.attachments[0][0]) == (["ann@buyer.example"], f"{draft.number}.pdf")
    assert "Sent" in client.get(address).content.decode()
    stale = client.post(mail_it, {"version": 1})
    assert ("changed by" in said(stale)[0], DocumentMail.objects.count()) == (True, 1)
    assert sign_in("picker").get(pdf).status_code == 403
    assert run_checks().ok


def test_an_expired_quote_is_refused_and_says_what_to_do(world):
    client = sign_in("order_desk")
    client.post(
        reverse("admin:orders_draftorder_add"),
        {"channel": world.channel.pk, "sku-new-0": "MUG", "quantity-new-0": "1", "price-new-0": "9"},
    )
    draft = DraftOrder.objects.get()
    client.post(
        reverse("admin:orders_draftorder_quote", args=[draft.pk]),
        {"valid_until": timezone.localdate().isoformat(), "version": 1},
    )
    DraftOrder.objects.update(valid_until=timezone.localdate() - datetime.timedelta(days=1))
    before = world.written()

    response = client.post(reverse("admin:orders_draftorder_place", args=[draft.pk]), {"version": 2})
    mailed = client.post(reverse("admin:orders_document_mail", args=["quote", draft.pk]), {"version": 2})

    assert "offer it anew" in said(response)[0]
    assert "offer it anew" in said(mailed)[0] and not DocumentMail.objects.exists()
    assert world.written() == before
    assert "Expired" in client.get(reverse("admin:orders_draftorder_change", args=[draft.pk])).content.decode()


def test_the_forms_find_goods_and_buyers(world):
    client = sign_in("order_desk")
    found = client.get(reverse("admin:orders_find_skus"), {"q": "mu", "channel": world.channel.pk}).json()["found"]
    assert [(hit["value"], hit["price"], hit["text"]) for hit in found] == [
        ("MUG", "10", "MUG · 10.00 GBP · 92 available")
    ]
    world.place("N-1", line("MUG"), contact=ContactInput("c9", "Nino", "nino@example.test"))

    buyers = client.get(reverse("admin:orders_find_contacts"), {"q": "nino", "channel": world.channel.pk})

    assert [hit["text"] for hit in buyers.json()["found"]] == ["nino@example.test"]


def test_an_order_is_changed_after_its_release(world):
    client = sign_in("order_desk")
    number = world.line_of(world.ready)
    assert "Change" in page(client, world.ready)

    response = edit(
        client,
        world.ready,
        **{
            f"quantity-{number}": "6",
            f"price-{number}": "9,50",
            "sku-new-0": "CUP",
            "quantity-new-0": "1",
            "price-new-0": "3",
            "shipping_service": "Express",
        },
    )

    assert response.status_code == 302, response.content.decode()
    old, new = OrderLine.objects.filter(order_id=world.ready).order_by("position")
    assert (old.quantity, old.unit_price, new.unit_price) == (6, D("9.5"), 3)
    assert Order.objects.get(pk=world.ready).total == 60
    text = page(client, world.ready)
    assert "As the channel sent it" in text and "The buyer rang" in text
    assert run_checks().ok


def test_prices_want_the_right(world):
    sign_in("order_desk")
    user = User.objects.get(username="order_desk")
    user.groups.clear()
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_order", "change_order"]))
    client, number, before = sign_in("order_desk"), world.line_of(world.ready), world.written()

    response = edit(client, world.ready, **{f"price-{number}": "1"})

    assert "You may not change prices" in response.content.decode()
    assert world.written() == before


def test_the_second_editor_is_told_and_keeps_what_was_typed(world):
    client = sign_in("order_desk")
    address = reverse("admin:orders_order_edit", args=[world.ready])
    number = world.line_of(world.ready)
    mine = form_of(client.get(address).context) | {f"quantity-{number}": "7", "shipping_service": "Express"}
    edit(sign_in("owner"), world.ready, **{f"quantity-{number}": "5"})
    before = world.written()

    response = client.post(address, mine)

    text = response.content.decode()
    assert response.status_code == 409
    assert "owner" in text and "4 → 5" in text and "Nothing of yours is lost" in text
    assert 'value="7"' in text and 'value="Express"' in text
    assert world.written() == before
    again = mine | {"version": response.context["order"].version, f"was-quantity-{number}": "5"}
    assert client.post(address, again).status_code == 302
    assert OrderLine.objects.get(pk=number).quantity == 7
    stale = press(client, "cancel", world.ready, reason="x", version=1)
    assert "was changed by" in said(stale)[0]
    assert run_checks().ok


def test_a_cancellation_while_picking_is_answered_at_the_bench(world):
    desk, floor = sign_in("order_desk"), sign_in("warehouse_lead")
    work = world.fulfilment_of(world.ready)
    floor.post(reverse("admin:warehouse_start", args=[work]))
    floor.post(reverse("admin:warehouse_pick", args=[work]))
    number = world.line_of(world.ready)

    response = press(desk, "cancel_part", world.ready, **{f"cancel-{number}": "3", "reason": "Buyer asked"})
    assert "the warehouse is asked" in said(response)[0]
    asked = CancelRequest.objects.get()
    assert "Cancellations asked of the warehouse" in page(desk, world.ready)
    assert "Cancellations to answer" in floor.get(reverse("admin:warehouse_queue")).content.decode()
    address = reverse("admin:warehouse_cancel_answer", args=[asked.pk])
    before = world.written()
    assert said(floor.post(address, {"accept": "0"})) == ["Say why it is refused: the order desk tells the buyer."]
    assert world.written() == before
    assert "Answer before it leaves" in floor.get(reverse("admin:warehouse_work", args=[work])).content.decode()
    answered = floor.post(address, {"accept": "1"})

    assert said(answered) == ["Cancelled: 3 go back to their bin."]
    assert OrderLine.objects.get(pk=number).cancelled == 3
    assert FulfilmentLine.objects.get(fulfilment_id=work).quantity == 1
    assert run_checks().ok


def test_a_request_is_taken_back_at_the_desk(world):
    desk, floor = sign_in("order_desk"), sign_in("warehouse_lead")
    floor.post(reverse("admin:warehouse_start", args=[world.fulfilment_of(world.ready)]))
    press(desk, "cancel", world.ready, reason="x")

    response = press(desk, "withdraw", world.ready, request=CancelRequest.objects.get().pk, reason="Wants it")

    assert said(response) == ["The request is taken back: the goods may leave."]
    assert CancelRequest.objects.get().status == "withdrawn"
    assert run_checks().ok


def test_two_orders_of_a_buyer_leave_in_one_parcel(world):
    desk, floor = sign_in("order_desk"), sign_in("warehouse_lead")
    given = {"contact": ContactInput("ann", "Ann", "ann@example.test"), "shipping_address": HOME}
    first, second = (world.place(name, line("MUG", "1"), **given) for name in ("M-1", "M-2"))
    works = [world.fulfilment_of(first), world.fulfilment_of(second)]
    assert "Could leave in one parcel" in page(desk, first)
    before = world.written()
    foreign = press(desk, "merge", first, fulfilment=[works[0], world.fulfilment_of(world.ready)])
    assert "another buyer" in said(foreign)[0]
    assert world.written() == before

    press(desk, "merge", first, fulfilment=works)
    assert f"SO-{second:06d}" in page(desk, first)
    for work in works:
        floor.post(reverse("admin:warehouse_start", args=[work]))
        floor.post(reverse("admin:warehouse_pick", args=[work]))
    assert "One parcel" in floor.get(reverse("admin:warehouse_work", args=[works[0]])).content.decode()
    floor.post(reverse("admin:warehouse_pack", args=[works[0]]))
    floor.post(reverse("admin:warehouse_ship", args=[works[0]]), {"carrier": "DHL", "tracking_number": "ONE"})

    sent = Shipment.objects.filter(tracking_number="ONE")
    assert sorted(sent.values_list("order_id", flat=True)) == [first, second]
    assert Parcel.objects.filter(shipment__in=sent).count() == 1
    assert run_checks().ok


def test_a_fulfilment_is_parted_by_hand(world):
    desk = sign_in("order_desk")
    part = FulfilmentLine.objects.get(fulfilment__order_id=world.ready)
    before = world.written()
    assert (
        "at most"
        in said(press(desk, "split", world.ready, fulfilment=part.fulfilment_id, **{f"part-{part.pk}": "9"}))[0]
    )
    assert world.written() == before

    press(desk, "split", world.ready, fulfilment=part.fulfilment_id, **{f"part-{part.pk}": "1"})

    assert sorted(FulfilmentLine.objects.filter(order_line=part.order_line).values_list("quantity", flat=True)) == [
        1,
        3,
    ]
    assert Fulfilment.objects.filter(order_id=world.ready).count() == 2
    assert StockLevel.objects.get(sku_id=world.mug).reserved == 5
    assert run_checks().ok


def test_charges_are_edited_on_the_form(world):
    client, number = sign_in("owner"), world.line_of(world.ready)
    total = Order.objects.get(pk=world.ready).total
    charge = OrderCharge.objects.create(
        order_id=world.ready, position=90, kind="fee", description="Small order", unit_price=0, amount=0,
        account_role="other_revenue",
    )  # fmt: skip

    edit(
        client,
        world.ready,
        **{
            f"was-charge-{charge.pk}": "0",
            f"charge-{charge.pk}": "2",
            "charge-kind-0": "manual",
            "charge-text-0": "For the wait",
            "charge-new-0": "-1,00",
            f"was-discount-{number}": "0",
            f"discount-{number}": "1",
        },
    )

    assert list(Order.objects.get(pk=world.ready).charges.order_by("position").values_list("amount", flat=True)) == [
        2,
        -1,
    ]
    assert "For the wait" in page(client, world.ready)
    edit(client, world.ready, **{f"charge-off-{charge.pk}": "1"})
    assert not OrderCharge.objects.filter(pk=charge.pk).exists()
    assert Order.objects.get(pk=world.ready).total < total
    assert run_checks().ok
    sign_in("order_desk")
    user = User.objects.get(username="order_desk")
    user.groups.clear()
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_order", "change_order"]))
    desk, before = sign_in("order_desk"), world.written()
    response = edit(desk, world.ready, **{"charge-kind-0": "fee", "charge-new-0": "9"})
    assert "You may not change the charges" in response.content.decode()
    assert world.written() == before


def test_buttons_of_a_page_that_is_out_of_date_say_who_was_quicker(world):
    """U8, P7: hold, release, split and merge carry the version that the page showed."""
    client = sign_in("order_desk")
    shown = page(client, world.ready)
    version = Order.objects.get(pk=world.ready).version
    assert shown.count(f'name="version" value="{version}"') >= 3
    edit(sign_in("owner"), world.ready, **{f"quantity-{world.line_of(world.ready)}": "5"})
    work, before = world.fulfilment_of(world.ready), world.written()
    part = FulfilmentLine.objects.get(fulfilment=work).pk

    for name, data in (
        ("hold", {"kind": "manual", "reason": "x"}),
        ("release", {}),
        ("split", {"fulfilment": work, f"part-{part}": "1"}),
        ("merge", {"fulfilment": [work, work]}),
        ("unmerge", {"fulfilment": [work]}),
    ):
        told = said(press(client, name, world.ready, version=version, **data))[0]
        assert "was changed by owner" in told and "5" in told, (name, told)

    assert world.written() == before
    press(client, "hold", world.ready, version=version + 1, kind="manual", reason="x")
    assert Order.objects.get(pk=world.ready).status == "placed"
    assert run_checks().ok
