"""Returns and exchanges at the desk and the dock, through their pages."""

from decimal import Decimal

from django.urls import reverse

from accounting.models import Invoice
from backoffice.core.proof import run_checks
from orders.models import Order, PriceList, PriceListItem, ReturnedGoods, ReturnOrder
from orders.services import add_photo
from tests.factories.books import ACTOR
from tests.factories.photos import png
from tests.factories.returns import make_reason
from tests.factories.staff import said, sign_in

D = Decimal


def page_of(client, pk):
    return client.get(reverse("admin:orders_returnorder_change", args=[pk])).content.decode()


def test_a_line_is_split_by_grade_at_the_dock_and_decided_later(world):
    desk, lead = sign_in("order_desk"), sign_in("warehouse_lead")
    desk.post(reverse("admin:orders_order_return", args=[world.shipped]), {
        f"return-{world.line_of(world.shipped)}": "2", "reason": "Scratched",
    })  # fmt: skip
    found = ReturnOrder.objects.latest("pk")
    desk.post(reverse("admin:orders_returnorder_step", args=[found.pk, "approve"]))
    desk.post(reverse("admin:orders_returnorder_step", args=[found.pk, "send"]), {"reason": "R123"})
    line = found.lines.get()
    dock = reverse("admin:warehouse_receive_return", args=[found.pk])
    assert "Something else came" in lead.get(dock).content.decode()
    before = world.written()
    wrong = lead.post(dock, {f"line-{line.pk}": "1", f"disposition-{line.pk}": "restock", f"line-{line.pk}-2": "2",
                             f"disposition-{line.pk}-2": "scrap"})  # fmt: skip
    assert said(wrong) and world.written() == before

    lead.post(dock, {
        f"line-{line.pk}": "1", f"disposition-{line.pk}": "restock", f"grade-{line.pk}": "A",
        f"line-{line.pk}-2": "1", f"disposition-{line.pk}-2": "inspect", "refund": "1",
    })  # fmt: skip
    assert "Goods wait to be inspected" in page_of(desk, found.pk)
    goods = ReturnedGoods.objects.get(disposition="inspect")
    lead.post(dock, {"what": "decide", f"line-goods-{goods.pk}": "1", f"disposition-goods-{goods.pk}": "refurbish",
                     f"grade-goods-{goods.pk}": "C", f"note-goods-{goods.pk}": "<b>Lid</b>"})  # fmt: skip
    desk.post(reverse("admin:orders_returnorder_refund", args=[found.pk]))

    page = page_of(desk, found.pk)
    assert "&lt;b&gt;Lid" in page and "<svg" in page and "R123" in page and found.number in page
    found.refresh_from_db()
    assert (found.status, found.tracking_number, Invoice.objects.get(kind="credit_note").total) == (
        "resolved", "R123", D(20),
    )  # fmt: skip
    assert "Decide on goods that wait" in page  # the refurbished one
    assert run_checks().ok


def test_money_goes_back_without_goods_and_goods_come_without_money(world):
    desk = sign_in("order_desk")
    make_reason(world.house, "scratched", seller_at_fault=True)
    line, address = world.line_of(world.shipped), reverse("admin:orders_order_return", args=[world.shipped])

    desk.post(address, {f"return-{line}": "1", "reason": "Keeps it", "what": "money", "reason_code": "scratched"})
    desk.post(address, {f"return-{line}": "1", "reason": "Only back", "what": "goods"})

    money, goods = ReturnOrder.objects.order_by("-pk")[1], ReturnOrder.objects.latest("pk")
    assert (money.goods_expected, money.refunds, goods.goods_expected, goods.refunds) == (False, True, True, False)
    assert money.return_reason.code == "scratched"
    desk.post(reverse("admin:orders_returnorder_step", args=[money.pk, "approve"]))
    assert "No goods come back: refund it." in page_of(desk, money.pk)
    desk.post(reverse("admin:orders_returnorder_refund", args=[money.pk]))
    assert Invoice.objects.filter(kind="credit_note").count() == 1
    assert run_checks().ok


def test_an_exchange_is_opened_from_the_order_and_shows_one_balance(world):
    desk = sign_in("order_desk")
    line, address = world.line_of(world.shipped), reverse("admin:orders_order_exchange", args=[world.shipped])
    order_page = desk.get(reverse("admin:orders_order_change", args=[world.shipped])).content.decode()
    assert "Open an exchange" in order_page and "GBP is still to be paid" in order_page and "&lt;span" not in order_page
    before, count = world.written(), ReturnOrder.objects.count()
    for sku in ("", "NOPE"):
        assert said(desk.post(address, {f"return-{line}": "1", "sku-0": sku, "price-0": "1", "reason": "Size"}))
    assert (world.written(), ReturnOrder.objects.count()) == (before, count)

    response = desk.post(address, {
        f"return-{line}": "1", "sku-0": "mug", "quantity-0": "2", "price-0": "9", "reason": "Size", "ships": "at_once",
    })  # fmt: skip

    found = ReturnOrder.objects.latest("pk")
    assert response.url == reverse("admin:orders_returnorder_change", args=[found.pk])
    new = Order.objects.get(pk=found.exchange_order_id)
    assert (new.status, new.total) == ("released", D(18))
    page = page_of(desk, found.pk)
    assert "The customer owes" in page and "8.00" in page and new.number in page
    assert run_checks().ok


def test_photos_are_shown_to_staff_and_erased_with_a_reason(world, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    desk, picker = sign_in("order_desk"), sign_in("picker")
    found = ReturnOrder.objects.get(pk=world.returned)
    added = add_photo(
        found.pk, return_line_id=found.lines.get().pk, content=png(), company_id=world.house.id, actor=ACTOR
    )
    address = reverse("admin:orders_returnorder_photo", args=[found.pk, added.photo_id])
    erase = reverse("admin:orders_returnorder_erase_photos", args=[found.pk])

    assert address in page_of(desk, found.pk)
    assert desk.get(address)["Content-Type"] == "image/png" and picker.get(address).status_code == 403
    assert desk.get(reverse("admin:orders_returnorder_photo", args=[found.pk + 1, added.photo_id])).status_code == 404
    assert picker.post(erase, {"reason": "x"}).status_code == 403
    desk.post(erase, {})
    assert desk.get(address).status_code == 200  # without a reason nothing is erased
    desk.post(erase, {"reason": "The buyer asked"})

    assert desk.get(address).status_code == 404 and "erased on" in page_of(desk, found.pk)
    assert run_checks().ok


def test_an_exchange_takes_any_sku_at_the_buyers_price(world):
    """O16: the cup was not on the order; its list price counts, and only who may price sees a field for it."""
    desk = sign_in("order_desk")
    prices = PriceList.objects.create(company_id=world.house.id, code="S", name="S", currency="GBP")
    PriceListItem.objects.create(price_list=prices, sku_id=world.cup, min_quantity=1, unit_price=D(7))
    line, address = world.line_of(world.shipped), reverse("admin:orders_order_exchange", args=[world.shipped])

    desk.post(address, {f"return-{line}": "1", "sku-0": "CUP", "reason": "Another"})

    found = ReturnOrder.objects.latest("pk")
    assert found.exchange_order.goods_total == 7
    assert run_checks().ok
