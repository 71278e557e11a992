"""Kits through the pages: made, changed, sold, cancelled in part, and seen."""

from decimal import Decimal

from django.urls import reverse

from backoffice.core.proof import run_checks
from inventory.models import Kit, Sku
from orders.models import OrderLine
from tests.factories.goods import make_sku, make_stock
from tests.factories.kits import make_kit
from tests.factories.sales import line
from tests.factories.staff import said, sign_in

D = Decimal


def kit_form(*rows, **given):
    parts = {}
    for number, (sku, quantity) in enumerate(rows):
        parts |= {f"part-{number}": sku, f"quantity-{number}": quantity}
    return parts | {"policy": "whole"} | given


def test_a_buyer_makes_a_kit_changes_it_and_gives_it_up(world):
    make_stock(world.house, make_sku(world.house, "TIN"), "3", "6.00")
    sku = make_sku(world.house, "SET")
    client = sign_in("buyer")

    made = client.post(reverse("admin:inventory_sku_kit", args=[sku]), kit_form(("mug", "2"), ("TIN", "1"), ("", "")))

    assert said(made) == ["SET is sold as this kit from now on; orders placed before keep theirs."]
    page = client.get(made.url).content.decode()
    for words in ("Whole kits only", "LON can make", '<span class="bo-num">3</span>', 'value="TIN"', 'value="2"'):
        assert words in page, words
    assert "SET" in client.get(reverse("admin:inventory_sku_change", args=[world.mug])).content.decode()
    form = kit_form(("MUG", "1"), policy="parts", reason="tins are out")
    client.post(reverse("admin:inventory_sku_kit", args=[sku]), form)
    assert [(kit.number, kit.policy, kit.reason) for kit in Kit.objects.order_by("number")] == [
        (1, "whole", ""),
        (2, "parts", "tins are out"),
    ]
    gone = client.post(reverse("admin:inventory_sku_unkit", args=[sku]), {"reason": "end"})
    assert said(gone) == ["SET is no kit any more."]
    assert Sku.objects.get(pk=sku).kit_id is None


def test_a_wrong_kit_is_refused_in_words_and_nothing_is_written(world):
    sku = make_sku(world.house, "SET")
    client = sign_in("buyer")
    before = world.written()

    for rows, words in (
        ([("NOPE", "1")], "There is no SKU “NOPE”."),
        ([("MUG", "x")], "Component 1: “x” is not a quantity. Give a number, 0 or more."),
        ([("MUG", "0")], "Component 1: the quantity in one kit must be above zero."),
        ([("", "2")], "Component 1: give the SKU of this quantity."),
        ([("SET", "1")], "Component 1 is the kit itself."),
        ([], "A kit needs at least one component."),
    ):
        answer = client.post(reverse("admin:inventory_sku_kit", args=[sku]), kit_form(*rows))
        assert said(answer) == [words]
    assert (world.written(), Kit.objects.count()) == (before, 0)
    picker = sign_in("picker")
    assert picker.post(reverse("admin:inventory_sku_kit", args=[sku]), kit_form(("MUG", "1"))).status_code == 403


def test_an_order_shows_its_kit_with_the_components_and_cancels_part_of_it(world):
    make_stock(world.house, make_sku(world.house, "TIN"), "5", "5.00")
    make_kit(world.house, {world.mug: "2", Sku.objects.get(code="TIN").pk: "1"})
    placed = world.place("K-1", line("SET", "3", "25"))
    client = sign_in("order_desk")

    page = client.get(reverse("admin:orders_order_change", args=[placed])).content.decode()

    assert "Components of kits" in page and "TIN" in page
    sold = OrderLine.objects.get(order_id=placed)
    client.post(
        reverse("admin:orders_order_cancel_part", args=[placed]), {f"cancel-{sold.pk}": "1", "reason": "too many"}
    )
    sold.refresh_from_db()
    assert sold.cancelled == 1
    assert [(part.demand.quantity, part.demand.claimed) for part in sold.components.order_by("position")] == [
        (4, 4),
        (2, 2),
    ]
    before = world.written()
    answer = client.post(
        reverse("admin:orders_order_cancel_part", args=[placed]), {f"cancel-{sold.pk}": "9", "reason": "too many"}
    )
    assert said(answer) == ["Of line 1 only 2.000000 can be cancelled."]
    assert world.written() == before
    world.ship(placed)
    sold.refresh_from_db()
    assert sold.shipped == 2
    assert run_checks().ok


def test_the_pick_page_groups_components_by_their_kit(world):
    make_stock(world.house, make_sku(world.house, "TIN"), "9", "9.00")
    make_kit(world.house, {world.mug: "2", Sku.objects.get(code="TIN").pk: "1"})
    order = world.place("KIT-W", line("SET", "1", "25"), line("MUG", "1", "9"))
    work = world.fulfilment_of(order)
    client = sign_in("warehouse_lead")
    client.post(reverse("admin:warehouse_start", args=[work]))

    page = client.get(reverse("admin:warehouse_work", args=[work])).content.decode()

    assert page.count("for kit SET") == 2
    lines = page[page.index("its components leave together") :]
    assert page.count("its components leave together") == 1
    assert lines.index("MUG") < lines.index("TIN") < lines.rindex("MUG")
