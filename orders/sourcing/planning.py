"""From wants and candidates to a plan, with what was thought of each candidate."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from backoffice.core.money import ZERO
from orders.sourcing.exact import solve
from orders.sourcing.items import Item, make_items, subset_sums
from orders.sourcing.local import Greedy, LocalSearch
from orders.sourcing.model import Candidate, Choice, Kit, Plan, Rules, Score, Site, Want
from orders.sourcing.problem import Problem, Served

EXACT_WORK = 1024  # sets of warehouses × items that are searched exactly: 12 lines × 6 warehouses are 768
THOROUGH = 3


def source(
    wants: Sequence[Want],
    *,
    sites: Sequence[Site],
    available: Mapping[tuple[int, int], Decimal],
    rules: Rules | None = None,
    kits: Sequence[Kit] = (),
    weights_kg: Mapping[int, Decimal] | None = None,
) -> Plan:
    """Where to claim what: as much as possible, then the best by the channel's objective.

    available: by (SKU, warehouse), above what earlier orders of the batch were given (see `take`). A line may be
    split over warehouses, the order too; never more is chosen than is wanted or available. What nobody has, or a
    rule forbids, stays in Plan.unmet. Ties go to the preferred warehouse, so the same question has the same answer.
    """
    rules = rules or Rules()
    places = sorted((site for site in sites if not site.refusal), key=lambda site: site.rank)
    skus = {want.sku_id for want in wants}
    places = [s for s in places if any(available.get((sku, s.warehouse_id), ZERO) > 0 for sku in skus)]
    is_small = len(wants) << len(places) <= EXACT_WORK
    items = make_items(
        wants, kits, places, available, whole_lines=rules.whole_lines, weights_kg=weights_kg or {},
        thorough=len(places) if is_small else THOROUGH,
    )  # fmt: skip
    problem = Problem(items, places, rules, available)
    served, proved = solve(problem) if is_small else (LocalSearch(problem).run(), False)
    choices = _choices(wants, problem, served)
    unmet = {want.key: want.quantity for want in wants}
    for choice in choices:
        unmet[choice.key] -= choice.quantity
    candidates = _candidates(sites, problem, served)
    return Plan(choices, problem.score(served), candidates, proved, {key: left for key, left in unmet.items() if left})


def _choices(wants: Sequence[Want], problem: Problem, served: Served) -> list[Choice]:
    """The units of each item handed to its wants, the first want first; in the order of the wants."""
    found: dict[int, dict[int, Decimal]] = {want.key: {} for want in wants}
    for item, given in zip(problem.items, served.given, strict=True):
        if item.is_kit:
            for want, ratio in item.wants:
                for place, quantity in given.items():
                    found[want.key][place] = quantity * ratio
        else:
            _hand_out(item, dict(given), found)
    return [
        Choice(want.key, want.sku_id, problem.sites[place].warehouse_id, quantity)
        for want in wants
        for place, quantity in sorted(found[want.key].items())
    ]


def _hand_out(item: Item, given: dict[int, Decimal], found: dict[int, dict[int, Decimal]]) -> None:
    """Each want from one warehouse where that is possible, else in parts."""
    wants = [want for want, _one in item.wants]
    if item.steps is not None:
        whole = subset_sums([want.quantity for want in wants])[sum(given.values(), ZERO)]
        wants = [wants[place] for place in whole]
    left = {want.key: want.quantity for want in wants}
    for want in wants:
        enough = [place for place, quantity in given.items() if quantity >= left[want.key]]
        if enough:
            place = min(enough, key=lambda place: (given[place], place))
            found[want.key][place], left[want.key] = left[want.key], ZERO
            given[place] -= want.quantity
    for want in wants:
        for place in given:
            part = min(left[want.key], given[place])
            if part > 0:
                found[want.key][place] = found[want.key].get(place, ZERO) + part
                given[place] -= part
                left[want.key] -= part


def _candidates(sites: Sequence[Site], problem: Problem, served: Served) -> list[Candidate]:
    """What each warehouse could do alone, and why it was not chosen; in the order given."""
    places = {site.warehouse_id: place for place, site in enumerate(problem.sites)}
    wanted = sum((item.size * item.quantity for item in problem.items), ZERO)
    none = Score(wanted, ZERO, 0, ZERO, 0, 0)
    found = []
    for site in sites:
        place = places.get(site.warehouse_id)
        if place is None:
            found.append(Candidate(site.warehouse_id, site.refusal or "no_stock", None if site.refusal else none))
            continue
        alone = _alone(problem, place)
        is_chosen = bool(served.mask >> place & 1)
        found.append(
            Candidate(
                site.warehouse_id,
                "chosen" if is_chosen else _verdict(problem, alone, served),
                problem.score(alone) if alone.mask else none,
            )
        )
    return found


def _alone(problem: Problem, place: int) -> Served:
    return Greedy(problem, 1 << place).run() if problem.is_coupled else problem.plain(1 << place)


def _verdict(problem: Problem, alone: Served, served: Served) -> str:
    """The first thing in which the warehouse alone is worse than the plan."""
    names = ("units", *problem.rules.criteria, "split", "preference")
    ranks = zip(names, problem.rank(alone.mask, alone.key), problem.rank(served.mask, served.key), strict=True)
    return next((name for name, mine, theirs in ranks if mine > theirs), "split")
