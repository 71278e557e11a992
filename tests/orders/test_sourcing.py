"""Which warehouse serves which line: pure arithmetic, by the channel's objective and rules."""

from decimal import Decimal

import pytest

from orders.sourcing import Choice, Kit, Position, Rules, Site, Want, everything_from, kilometres, source

D = Decimal
MUG, CUP = 1, 2
LON, YRK, LEE = 10, 20, 30


def want(key: int, sku: int, quantity: int | str) -> Want:
    return Want(key, sku, D(quantity))


def site(warehouse: int, **values) -> Site:
    return Site(warehouse, rank=[LON, YRK, LEE].index(warehouse), **values)


def planned(wants, available, *, sites=None, kits=(), weights=None, **rules):
    stock = {place: D(quantity) for place, quantity in available.items()}
    return source(
        wants, sites=sites or [site(LON), site(YRK)], available=stock, rules=Rules(**rules), kits=kits,
        weights_kg=weights,
    )  # fmt: skip


def chosen(*args, **values):
    return [(c.key, c.warehouse_id, int(c.quantity)) for c in planned(*args, **values).choices]


def verdicts(plan):
    return {candidate.warehouse_id: candidate.verdict for candidate in plan.candidates}


@pytest.mark.parametrize(
    ("wants", "available", "expected"),
    [
        ([want(1, MUG, 2), want(2, CUP, 1)], {(MUG, LON): 2, (CUP, LON): 1, (MUG, YRK): 9}, [(1, LON, 2), (2, LON, 1)]),
        ([want(1, MUG, 2), want(2, CUP, 1)], {(MUG, LON): 2, (MUG, YRK): 2, (CUP, YRK): 1}, [(1, YRK, 2), (2, YRK, 1)]),
        ([want(1, MUG, 2), want(2, CUP, 1)], {(MUG, LON): 2, (CUP, YRK): 1}, [(1, LON, 2), (2, YRK, 1)]),
        ([want(1, MUG, 5)], {(MUG, LON): 2, (MUG, YRK): 2}, [(1, LON, 2), (1, YRK, 2)]),
        ([want(1, MUG, 2), want(2, MUG, 2)], {(MUG, LON): 3}, [(1, LON, 2), (2, LON, 1)]),
        ([want(1, MUG, 1)], {}, []),
    ],
)
def test_all_from_one_place_else_line_by_line(wants, available, expected):
    """Answers "split over locations wanted" (medusajs/medusa#14987: the reserve step took the first location only)."""
    assert chosen(wants, available) == expected


def test_everything_from_one_place_is_asked_for_unseen():
    assert everything_from([want(1, MUG, 5)], LON) == [Choice(1, MUG, LON, D(5))]


def test_whole_lines_are_not_claimed_in_part():
    stock = {(MUG, LON): 2, (CUP, YRK): 1}

    assert chosen([want(1, MUG, 3), want(2, CUP, 1)], stock, whole_lines=True) == [(2, YRK, 1)]


def test_each_objective_chooses_its_own_way():
    wants = [want(1, MUG, 2), want(2, CUP, 2)]
    stock = {(MUG, LON): 2, (CUP, YRK): 2, (MUG, LEE): 2, (CUP, LEE): 2}
    sites = [
        site(LON, parcel_cost=D(1), distance_km=5),
        site(YRK, parcel_cost=D(1), distance_km=5),
        site(LEE, parcel_cost=D(9), distance_km=400),
    ]

    def places(objective):
        return {c.warehouse_id for c in planned(wants, stock, sites=sites, objective=objective).choices}

    assert places("fewest_parcels") == {LEE}
    assert places("lowest_cost") == {LON, YRK}
    assert places("nearest") == {LON, YRK}
    assert places("preference") == {LON, YRK}


def test_among_equal_parcels_cost_decides_then_distance_then_preference():
    wants, stock = [want(1, MUG, 1)], {(MUG, LON): 1, (MUG, YRK): 1}

    def first(**values):
        return planned(wants, stock, sites=[site(LON, **values), site(YRK, parcel_cost=D(4), distance_km=9)])

    assert verdicts(first(parcel_cost=D(5), distance_km=1)) == {LON: "cost", YRK: "chosen"}
    assert verdicts(first(parcel_cost=D(4), distance_km=20)) == {LON: "distance", YRK: "chosen"}
    assert verdicts(first(parcel_cost=D(4), distance_km=9)) == {LON: "chosen", YRK: "preference"}
    assert verdicts(first(parcel_cost=D(4), distance_km=None)) == {LON: "distance", YRK: "chosen"}  # unknown is far


def test_kilograms_cost_what_the_warehouse_says():
    sites = [site(LON, parcel_cost=D(3), kg_cost=D(2)), site(YRK, parcel_cost=D(6))]
    stock = {(MUG, LON): 9, (MUG, YRK): 9}

    light = planned([want(1, MUG, 1)], stock, sites=sites, weights={MUG: D("0.5")})
    heavy = planned([want(1, MUG, 8)], stock, sites=sites, weights={MUG: D("0.5")})

    assert (verdicts(light)[LON], light.score.cost) == ("chosen", 4)
    assert (verdicts(heavy)[YRK], heavy.score.cost) == ("chosen", 6)


def test_a_cut_off_that_passed_breaks_ties_and_decides_where_the_channel_wants_it():
    wants, stock = [want(1, MUG, 1)], {(MUG, LON): 1, (MUG, YRK): 1}
    dear = [site(LON, late=True), site(YRK, parcel_cost=D(4))]

    assert verdicts(planned(wants, stock, sites=[site(LON, late=True), site(YRK)])) == {LON: "late", YRK: "chosen"}
    assert verdicts(planned(wants, stock, sites=dear)) == {LON: "chosen", YRK: "cost"}
    assert verdicts(planned(wants, stock, sites=dear, same_day=True)) == {LON: "late", YRK: "chosen"}


def test_refusals_are_told_and_never_chosen():
    stock = {(MUG, LON): 9, (MUG, LEE): 1}
    sites = [site(LON, refusal="excluded"), site(YRK), site(LEE)]

    plan = planned([want(1, MUG, 2)], stock, sites=sites)

    assert [(c.warehouse_id, c.quantity) for c in plan.choices] == [(LEE, 1)]
    assert verdicts(plan) == {LON: "excluded", YRK: "no_stock", LEE: "chosen"}
    assert plan.unmet == {1: 1}


def test_limits_of_lines_and_parcels_hold():
    wants = [want(key, key, 1) for key in (1, 2, 3)]
    stock = {(sku, place): 1 for sku in (1, 2, 3) for place in (LON, YRK)}
    small = [site(LON, max_lines=2), site(YRK, max_lines=2)]

    assert planned(wants, stock, sites=small).score.units == 3
    never_split = planned(wants, stock, sites=small, max_parcels=1)
    assert (never_split.score.units, never_split.score.parcels, len(never_split.unmet)) == (2, 1, 1)


def test_kits_are_claimed_whole_from_one_warehouse_or_in_parts():
    wants = [want(1, MUG, 2), want(2, CUP, 4)]
    stock = {(MUG, LON): 2, (CUP, LON): 3, (MUG, YRK): 1, (CUP, YRK): 1}
    ratios = {1: D(1), 2: D(2)}

    whole = chosen(wants, stock, kits=[Kit(2, ratios)])
    parts = planned(wants, stock, kits=[Kit(2, ratios, whole=False)])

    assert whole == [(1, LON, 1), (2, LON, 2)]
    assert parts.score.units == 6


def test_distance_is_the_great_circle():
    london, paris, new_york = Position(51.5074, -0.1278), Position(48.8566, 2.3522), Position(40.7128, -74.006)

    assert kilometres(london, paris) == pytest.approx(344, abs=1)
    assert kilometres(london, new_york) == pytest.approx(5_570, abs=3)
    assert kilometres(london, london) == 0
    assert kilometres(Position(0, 179.5), Position(0, -179.5)) == 111


def test_an_unknown_objective_is_a_mistake():
    with pytest.raises(ValueError, match="objective"):
        Rules("cheapest of all")
