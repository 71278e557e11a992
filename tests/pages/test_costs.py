"""Landed cost, revaluations, assembly and the valuation through the pages."""

from decimal import Decimal

from django.urls import reverse

from backoffice.core.proof import run_checks
from inventory.models import AssemblyOrder, LandedCost, Revaluation, Sku
from tests.factories.costs import bought, moved
from tests.factories.goods import cost, make_sku, make_stock
from tests.factories.staff import said, sign_in

D = Decimal


def test_freight_is_landed_put_right_and_taken_back(world):
    shop = world.house
    receipt = bought(shop, world.cup, "4", "40.00")
    client = sign_in("accountant")
    form = {"basis": "value", "kind-0": "freight", "amount-0": "8.00", "move": str(receipt), "is_estimate": "on"}

    made = client.post(reverse("admin:inventory_landedcost_add"), form)

    assert said(made) == [f"LC-{LandedCost.objects.get().pk:06d} is a draft."]
    page = client.get(made.url).content.decode()
    assert "How it would be split now" in page and "CUP" in page
    step = lambda pk, name: reverse("admin:inventory_landedcost_step", args=[pk, name])  # noqa: E731
    pk = LandedCost.objects.get().pk
    client.post(step(pk, "post"))
    assert cost(world.cup) == (4, 48)
    page = client.get(made.url).content.decode()
    assert "The bill has come" in page and "/admin/accounting/journalentry/" in page
    client.post(step(pk, "true_up"), {"kind-0": "freight", "amount-0": "9.00", "reference": "DHL-1"})
    assert cost(world.cup) == (4, 49)
    client.post(step(LandedCost.objects.latest("pk").pk, "reverse"), {"reason": "typo"})
    assert cost(world.cup) == (4, 48)
    assert "LC-" in client.get(reverse("admin:inventory_landedcost_changelist")).content.decode()
    assert run_checks().ok


def test_a_wrong_landed_cost_says_why_and_keeps_what_was_typed(world):
    client = sign_in("accountant")
    before = world.written()

    answer = client.post(
        reverse("admin:inventory_landedcost_add"), {"kind-0": "duty", "amount-0": "7", "reference": "X9"}
    )

    page = answer.content.decode()
    assert "Choose the arrivals that bear the cost." in page and 'value="X9"' in page
    assert (world.written(), LandedCost.objects.count()) == (before, 0)
    assert sign_in("picker").get(reverse("admin:inventory_landedcost_add")).status_code == 403


def test_stock_is_written_down_and_the_method_changed(world):
    client = sign_in("accountant")
    on_hand, value = cost(world.mug)
    form = {"kind": "write_down", "valid_from": "2026-01-01", "sku-0": "MUG", "cost-0": "4"}
    made = client.post(reverse("admin:inventory_revaluation_add"), form)
    pk = Revaluation.objects.get().pk
    assert "New unit cost" in client.get(made.url).content.decode()

    client.post(reverse("admin:inventory_revaluation_step", args=[pk, "submit"]))

    assert cost(world.mug) == (on_hand, on_hand * 4)
    client.post(reverse("admin:inventory_revaluation_step", args=[pk, "reverse"]), {"reason": "sold well"})
    assert cost(world.mug) == (on_hand, value)
    changed = client.post(
        reverse("admin:inventory_sku_method", args=[world.mug]), {"method": "fifo", "reason": "audit"}
    )
    assert said(changed) == ["MUG is costed by First in, first out from now on."]
    assert Sku.objects.get(pk=world.mug).cost_method == "fifo" and cost(world.mug) == (on_hand, value)
    page = client.get(reverse("admin:inventory_sku_change", args=[world.mug])).content.decode()
    for words in ("Cost layers", "Uses of cost", "Changes of value", "Change the cost method"):
        assert words in page, words
    before = world.written()
    refused = client.post(
        reverse("admin:inventory_sku_method", args=[world.mug]), {"method": "standard", "reason": "x"}
    )
    assert said(refused) == ["MUG has no standard price yet: set one first."] and world.written() == before
    assert run_checks().ok


def test_a_set_is_made_of_its_parts(world):
    shop = world.house
    box = make_sku(shop, "BOX")
    make_stock(shop, world.cup, "4", "8.00")
    client = sign_in("warehouse_lead")
    saved = client.post(
        reverse("admin:inventory_sku_bom", args=[box]),
        {"part-0": "MUG", "quantity-0": "1", "part-1": "CUP", "quantity-1": "2", "labour": "0.50"},
    )
    assert said(saved) == ["BOX is made of this from now on; assembly orders made before keep theirs."]
    form = {"kind": "assemble", "sku": "BOX", "quantity": "2", "location": str(shop.bin)}
    made = client.post(reverse("admin:inventory_assemblyorder_add"), form)
    order = AssemblyOrder.objects.get()
    step = lambda name: reverse("admin:inventory_assemblyorder_step", args=[order.pk, name])  # noqa: E731
    client.post(step("release"))
    before = world.written()
    assert said(client.post(step("complete"), {"quantity": "3"})) == [f"{order.number} has 2 units left to finish."]
    assert world.written() == before

    client.post(step("complete"), {"quantity": "2", "scrapped": "0"})

    order.refresh_from_db()
    assert order.status == "done" and cost(box)[0] == 2
    page = client.get(made.url).content.decode()
    assert "What it takes" in page and "Runs" in page and "JE-" in page
    assert "Take back" in page
    before, run = world.written(), order.runs.get()
    assert said(client.post(step("reverse_run"), {"run": "0", "reason": "x"})) == [
        "There is no such run of an assembly."
    ]
    assert world.written() == before
    client.post(step("reverse_run"), {"run": str(run.pk), "reason": "counted twice"})
    assert cost(box) == (0, 0) and "taken back" in client.get(made.url).content.decode()
    assert said(
        client.post(reverse("admin:inventory_sku_bom", args=[world.mug]), {"part-0": "BOX", "quantity-0": "1"})
    ) == ["MUG would be made of itself: MUG → BOX → MUG."]
    assert run_checks().ok


def test_the_valuation_tells_what_stock_was_worth(world):
    client = sign_in("accountant")
    page = client.get(reverse("valuation_report")).content.decode()
    assert "Stock valuation" in page and "MUG" in page and "What the books said" in page
    past = client.get(reverse("valuation_report"), {"at": "2020-01-01T00:00", "clock": "recorded"}).content.decode()
    assert "No stock then." in past
    table = b"".join(
        client.get(reverse("valuation_report"), {"as": "csv", "per": "warehouse"}).streaming_content
    ).decode()
    assert "MUG" in table and "LON" in table
    sheet = b"".join(client.get(reverse("valuation_report"), {"as": "xlsx"}).streaming_content)
    assert sheet[:2] == b"PK"
    moved(world.house, world.mug, "1", world.house.bin, world.house.customer)


def test_who_may_not_see_what_goods_cost_sees_their_moves_without_a_value(world):
    page = reverse("admin:inventory_sku_change", args=[world.mug])

    moves = {role: sign_in(role).get(page).content.decode() for role in ("buyer", "cashier")}

    value = 'data-label="Value"'
    assert value in moves["buyer"]
    assert "opening" in moves["cashier"].lower() and value not in moves["cashier"]
