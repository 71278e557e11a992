"""What is asked of sourcing, and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from backoffice.core.money import ZERO

# What is compared, the first first. After these: parcels that miss today's cut-off, the order of preference,
# how many lines are split, units at preferred warehouses.
OBJECTIVES: Mapping[str, tuple[str, ...]] = {
    "fewest_parcels": ("parcels", "cost", "distance"),
    "lowest_cost": ("cost", "parcels", "distance"),
    "nearest": ("distance", "parcels", "cost"),
    "preference": ("preference", "parcels", "cost", "distance"),
}


@dataclass(frozen=True, slots=True)
class Want:
    """A quantity > 0 of a SKU that a line still lacks. key: the caller's own, such as a demand id."""

    key: int
    sku_id: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Kit:
    """So many kits, each of `parts`: how much of the want with that key goes into one kit.

    whole: only complete kits are claimed, each from one warehouse. Otherwise its wants are claimed like any.
    The wants' quantities are quantity × part; what a want has beyond that is not claimed for a whole kit.
    """

    quantity: int
    parts: dict[int, Decimal]
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Site:
    """A warehouse as a candidate. Costs in the company's currency; distance_km empty: not known.

    rank: its place in the order of preference, 0 first. max_lines: at most so many different SKUs of one order.
    late: today's cut-off has passed. refusal: why it may not serve at all ("excluded", "pinned_elsewhere"), or "".
    """

    warehouse_id: int
    rank: int = 0
    parcel_cost: Decimal = ZERO
    line_cost: Decimal = ZERO
    kg_cost: Decimal = ZERO
    distance_km: int | None = None
    max_lines: int | None = None
    late: bool = False
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """How a channel wants its orders sourced.

    whole_lines: a line that cannot be had in full is not claimed in part. max_parcels: at most so many
    warehouses. same_day: warehouses whose cut-off has not passed come before anything else that is compared.
    """

    objective: str = "fewest_parcels"
    whole_lines: bool = False
    max_parcels: int | None = None
    same_day: bool = False

    def __post_init__(self) -> None:
        if self.objective not in OBJECTIVES:
            raise ValueError(f"no objective {self.objective!r}")

    @property
    def criteria(self) -> tuple[str, ...]:
        """What is compared after the units shipped, the first first."""
        return (*(("late",) if self.same_day else ()), *OBJECTIVES[self.objective], "late", "preference")


@dataclass(frozen=True, slots=True)
class Choice:
    """Claim this much of the want from this warehouse."""

    key: int
    sku_id: int
    warehouse_id: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Score:
    """units: shipped, of `wanted`. parcels: one a warehouse. distance_km: of all parcels; unknown counts as farthest."""

    wanted: Decimal
    units: Decimal
    parcels: int
    cost: Decimal
    distance_km: int
    late: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A warehouse that was looked at. alone: what it could do by itself, empty where it is refused.

    verdict: "chosen", a site's refusal, "no_stock", or the first thing in which it is worse than the plan:
    units, late, parcels, cost, distance, preference, "split" (all equal but more lines in parts).
    """

    warehouse_id: int
    verdict: str
    alone: Score | None


@dataclass(frozen=True, slots=True)
class Plan:
    """exact: proved the best. choices in the order of the wants; what is not chosen stays back-ordered."""

    choices: Sequence[Choice]
    score: Score
    candidates: Sequence[Candidate]
    exact: bool = True
    unmet: Mapping[int, Decimal] = field(default_factory=dict)


def everything_from(wants: Sequence[Want], warehouse_id: int) -> list[Choice]:
    """All of it from one warehouse, unseen: its lock will tell what it has."""
    return [Choice(want.key, want.sku_id, warehouse_id, want.quantity) for want in wants]


def take(available: dict[tuple[int, int], Decimal], choices: Sequence[Choice]) -> None:
    """Lower what is available by what was chosen, so that the next order of the batch sees the rest."""
    for choice in choices:
        place = (choice.sku_id, choice.warehouse_id)
        available[place] = available.get(place, ZERO) - choice.quantity
