"""What kits are made of, how many there are, and who may be one."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from accounting.services import ensure_party
from inventory.errors import KitRefused, NotFound
from inventory.kits import kits_over_places, whole_kits
from inventory.models import Kit, Sku
from inventory.selectors import kit_parts, kits_available, kits_by_warehouse, kits_of
from inventory.services import (
    Claim,
    KitPart,
    PurchaseLineInput,
    ReceiptLine,
    allocate,
    allocate_waiting,
    create_purchase_order,
    receive,
    set_kit,
    unset_kit,
)
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import (
    add_shop,
    days_later,
    level,
    make_demand,
    make_shop,
    make_sku,
    make_stock,
    rows,
    written,
)
from tests.factories.kits import make_kit
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
D = Decimal


def part(sku: int, quantity: str = "1") -> KitPart:
    return KitPart(sku, D(quantity))


def change(shop, sku, *parts, **values) -> int:
    return set_kit(sku, parts=parts, company_id=shop.id, actor=ACTOR, **values)


def kit_demand(shop, group: int, parts: dict[int, str], kits: str, **values) -> list[int]:
    return [
        make_demand(
            shop,
            sku,
            str(D(ratio) * D(kits)),
            kind="component",
            source_id=group,
            kit_group=group,
            kit_ratio=D(ratio),
            **values,
        )
        for sku, ratio in parts.items()
    ]


@given(
    st.lists(
        st.tuples(
            st.decimals(0, 1000, places=3),
            st.decimals("0.001", 50, places=3),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_whole_kits_is_the_largest_number_that_every_component_covers(parts):
    kits = whole_kits(parts)

    assert kits == int(kits) >= 0
    assert all(kits * per_kit <= there for there, per_kit in parts)
    assert any((kits + 1) * per_kit > there for there, per_kit in parts)


def test_kits_are_counted_place_by_place():
    here, there = {1: D(4), 2: D(1)}, {1: D(1), 2: D(9)}

    assert kits_over_places({1: D(2), 2: D(1)}, {10: here, 20: there}) == 1
    assert whole_kits([]) == 0


def test_a_kit_keeps_every_composition_it_had():
    shop = make_shop()
    mug, cup, tin = make_sku(shop), make_sku(shop, "CUP"), make_sku(shop, "TIN")
    sku = make_kit(shop, {mug: "2", cup: "1"})
    (first,) = Kit.objects.all()

    assert change(shop, sku, part(mug, "2"), part(cup)) == first.pk
    second = change(shop, sku, part(mug, "1"), part(tin, "3"), policy="parts", reason="no cups left")

    assert [(k.number, k.policy) for k in Kit.objects.order_by("number")] == [(1, "whole"), (2, "parts")]
    assert Sku.objects.get(pk=sku).kit_id == second
    assert kits_of(shop.id, [sku, mug])[sku].parts == {mug: 1, tin: 3}
    assert kit_parts([first.pk])[first.pk].parts == {mug: 2, cup: 1}
    assert rows("SELECT action, new_value, reason FROM core_auditevent WHERE object_type = 'inventory.sku'") == [
        ("kit_set", "1: Whole kits only: 2 × MUG, 1 × CUP", ""),
        ("kit_set", "2: Ship parts: 1 × MUG, 3 × TIN", "no cups left"),
    ]
    unset_kit(sku, company_id=shop.id, actor=ACTOR)
    assert (Sku.objects.get(pk=sku).kit_id, Kit.objects.count()) == (None, 2)


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([], "no_components"),
        ([("MUG", "0")], "quantity_not_positive"),
        ([("MUG", "-1")], "quantity_not_positive"),
        ([("MUG", "1"), ("MUG", "2")], "twice"),
        ([("BOX", "1")], "itself"),
        ([("SET", "1")], "nested"),
        ([("FOREIGN", "1")], "unknown_sku"),
    ],
)
def test_compositions_that_make_no_sense_are_refused(parts, code):
    shop, other = make_shop(), make_shop("other")
    skus = {"MUG": make_sku(shop), "BOX": make_sku(shop, "BOX"), "FOREIGN": make_sku(other, "FOREIGN")}
    skus["SET"] = make_kit(shop, {skus["MUG"]: "1"})
    before = (written(), Kit.objects.count())

    with refused(KitRefused) as caught:
        change(shop, skus["BOX"], *(part(skus[name], quantity) for name, quantity in parts))

    assert caught.value.context["code"] == code
    assert (written(), Kit.objects.count()) == before
    with refused(NotFound):
        change(shop, skus["FOREIGN"], part(skus["MUG"]))


def test_a_sku_in_use_does_not_become_a_kit():
    shop = make_shop()
    mug, stocked, wanted, bought = (make_sku(shop, code) for code in ("MUG", "STOCKED", "WANTED", "BOUGHT"))
    make_stock(shop, stocked)
    make_demand(shop, wanted)
    supplier = ensure_party(company_id=shop.id, code="S", name="S", currency="GBP", is_supplier=True)
    terms = {"company_id": shop.id, "supplier_id": supplier.pk, "warehouse_id": shop.warehouse.pk}
    create_purchase_order([PurchaseLineInput(bought, D(1), D(1))], ordered_at=NOON, actor=ACTOR, **terms)
    make_kit(shop, {mug: "1"})

    for sku, code in ((stocked, "has_stock"), (wanted, "wanted"), (bought, "expected"), (mug, "is_component")):
        with refused(KitRefused) as caught:
            change(shop, sku, part(make_sku(shop, "TIN")))
        assert caught.value.context["code"] == code
    assert Kit.objects.count() == 1


def test_a_kit_is_not_bought_received_or_stocked_itself():
    shop = make_shop()
    sku = make_kit(shop, {make_sku(shop): "1"})
    supplier = ensure_party(company_id=shop.id, code="S", name="S", currency="GBP", is_supplier=True)
    before = written()

    with refused(KitRefused):
        create_purchase_order(
            [PurchaseLineInput(sku, D(1), D(1))],
            company_id=shop.id,
            supplier_id=supplier.pk,
            warehouse_id=shop.warehouse.pk,
            ordered_at=NOON,
            actor=ACTOR,
        )
    with refused(KitRefused):
        receive(
            [ReceiptLine(sku, D(1), shop.dock, unit_cost=D(1))],
            company_id=shop.id,
            effective_at=NOON,
            source_type="warehouse.receipt",
            source_id=1,
            source_key="r1",
            actor=ACTOR,
        )
    with pytest.raises(IntegrityError, match="costlayer_of_no_kit"), transaction.atomic():
        make_stock(shop, sku)
    assert written() == before


def test_the_database_refuses_a_kit_with_stock_and_a_changed_composition():
    shop = make_shop()
    mug, stocked = make_sku(shop), make_sku(shop, "STOCKED")
    make_stock(shop, stocked)
    make_kit(shop, {mug: "1"})

    for sql, name in (
        (
            "UPDATE inventory_sku SET kit_id = (SELECT min(id) FROM inventory_kit) WHERE code = 'STOCKED'",
            "sku_kit_while",
        ),
        ("UPDATE inventory_kitcomponent SET quantity = 2", "permission denied"),
        ("DELETE FROM inventory_kit", "permission denied"),
    ):
        with pytest.raises(Exception, match=name), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def test_the_scarcest_component_says_how_many_kits_there_are():
    shop = make_shop()
    second = add_shop(shop.company, "PAR")
    mug, cup = make_sku(shop), make_sku(shop, "CUP")
    whole, parts = make_kit(shop, {mug: "2", cup: "1"}), make_kit(shop, {mug: "2", cup: "1"}, "LOOSE", policy="parts")
    make_stock(shop, mug, "9")
    make_stock(shop, cup, "1")
    make_stock(second, mug, "1")
    make_stock(second, cup, "8")

    assert kits_available(shop.id, [whole, parts, mug]) == {whole: 1, parts: 5}
    assert kits_available(shop.id, [whole, parts], warehouse_id=second.warehouse.pk) == {whole: 0, parts: 0}
    assert kits_by_warehouse(shop.id, whole) == {shop.warehouse.pk: 1, second.warehouse.pk: 0}
    assert kits_available(shop.id, [mug]) == {}


def test_claims_of_a_kit_are_cut_to_whole_kits_under_the_lock():
    shop = make_shop()
    mug, cup = make_sku(shop), make_sku(shop, "CUP")
    make_stock(shop, mug, "9")
    make_stock(shop, cup, "3")
    demands = kit_demand(shop, 1, {mug: "2", cup: "1"}, "5")

    def claim(**values):
        return [
            Claim(d, sku, shop.warehouse.pk, D(5) * ratio, kit_group=1, per_kit=ratio, **values)
            for d, sku, ratio in zip(demands, (mug, cup), (D(2), D(1)), strict=True)
        ]

    none = allocate(claim(allow_partial=False), company_id=shop.id, actor=ACTOR)
    assert [(r.claimed, r.code) for r in none] == [(0, "out_of_stock")] * 2
    some = allocate(claim(), company_id=shop.id, actor=ACTOR)
    assert [(r.claimed, r.code) for r in some] == [(6, "partial"), (3, "partial")]
    assert (level(shop, mug)[2], level(shop, cup)[2]) == (6, 3)


def test_a_receipt_serves_kits_and_lines_in_turn_and_hoards_no_component():
    shop = make_shop()
    mug, cup = make_sku(shop), make_sku(shop, "CUP")
    first = make_demand(shop, mug, "1", priority=10)
    urgent = kit_demand(shop, 7, {mug: "2", cup: "1"}, "2", priority=20)
    later = make_demand(shop, mug, "5", priority=30, wanted_at=days_later(1))

    def arrive(sku: int, quantity: str, key: str) -> None:
        receive(
            [ReceiptLine(sku, D(quantity), shop.dock, unit_cost=D(1))],
            company_id=shop.id,
            effective_at=NOON,
            source_type="warehouse.receipt",
            source_id=1,
            source_key=key,
            actor=ACTOR,
        )

    def claimed() -> list[Decimal]:
        found = dict(rows("SELECT id, claimed FROM inventory_demand"))
        return [found[pk] for pk in (first, *urgent, later)]

    arrive(mug, "1", "r1")
    assert claimed() == [1, 0, 0, 0]
    arrive(cup, "1", "r2")  # a kit lacks its mugs: the cup stays free for others
    assert (claimed(), level(shop, cup)) == ([1, 0, 0, 0], (1, 1, 0))
    arrive(mug, "3", "r3")  # one kit, then the line that came later
    assert claimed() == [1, 2, 1, 1]


def test_free_components_are_claimed_for_waiting_kits():
    shop = make_shop()
    mug, cup = make_sku(shop), make_sku(shop, "CUP")
    make_stock(shop, mug, "5")
    make_stock(shop, cup, "9")
    kit_demand(shop, 7, {mug: "2", cup: "1"}, "3")

    allocate_waiting(company_id=shop.id, sku_ids=[cup], warehouse_id=shop.warehouse.pk, actor=ACTOR)

    assert (level(shop, mug)[2], level(shop, cup)[2]) == (4, 2)
