"""Which bin goods fit into, how much of them, and which one a rule chooses. Pure; quantities in base units."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

ZERO = Decimal(0)
ENDLESS = Decimal(10) ** 15


@dataclass(frozen=True, slots=True)
class Article:
    """A SKU as a bin sees it; what is not known counts as nothing. sides_mm: ascending, () if unknown."""

    id: int
    code: str = ""
    volume_l: Decimal = ZERO
    weight_g: Decimal = ZERO
    sides_mm: tuple[int, ...] = ()
    storage_class_id: int | None = None
    category_id: int | None = None
    pallet_quantity: Decimal | None = None

    def pallets(self, quantity: Decimal) -> Decimal:
        if quantity <= 0:
            return ZERO
        return Decimal(math.ceil(quantity / self.pallet_quantity)) if self.pallet_quantity else Decimal(1)


@dataclass(slots=True)
class Bin:
    """A bin with what lies there and what open tasks will bring. contents: quantity by (SKU, lot)."""

    id: int
    code: str
    zone_id: int | None = None
    bin_type_id: int | None = None
    sequence: int = 0
    is_face: bool = False
    is_reserve: bool = False
    storage_class_id: int | None = None
    takes_others: bool = True
    mixing: str = "any"
    sides_mm: tuple[int, ...] = ()
    max_volume_l: Decimal | None = None
    max_weight_g: Decimal | None = None
    max_pallets: Decimal | None = None
    volume_l: Decimal = ZERO
    weight_g: Decimal = ZERO
    pallets: Decimal = ZERO
    contents: dict[tuple[int, int | None], Decimal] = field(default_factory=dict)
    units: int = 0
    in_units: set[tuple[int, int | None]] = field(default_factory=set)

    @property
    def is_empty(self) -> bool:
        return not self.contents and not self.units

    @property
    def kinds(self) -> set[tuple[int, int | None]]:
        """What lies there, loose or in handling units: (SKU, lot)."""
        return self.contents.keys() | self.in_units

    def holds(self, sku_id: int) -> bool:
        return any(sku == sku_id for sku, _lot in self.contents)

    def put(self, article: Article, lot_id: int | None, quantity: Decimal) -> None:
        key = (article.id, lot_id)
        before = self.contents.get(key, ZERO)
        self.contents[key] = before + quantity
        self.volume_l += article.volume_l * quantity
        self.weight_g += article.weight_g * quantity
        self.pallets += article.pallets(before + quantity) - article.pallets(before)

    def put_unit(self, goods: Sequence["Load"], pallets: Decimal) -> None:
        """A handling unit with what is in it. pallets: the pallet places that it takes."""
        self.units += 1
        self.pallets += pallets
        for article, lot_id, quantity in goods:
            self.in_units.add((article.id, lot_id))
            self.volume_l += article.volume_l * quantity
            self.weight_g += article.weight_g * quantity


Load = tuple[Article, int | None, Decimal]  # an article, its lot, how much of it


@dataclass(frozen=True, slots=True)
class Rule:
    """A put-away rule. None: any."""

    name: str
    strategy: str
    sku_id: int | None = None
    category_id: int | None = None
    storage_class_id: int | None = None
    supplier_id: int | None = None
    zone_id: int | None = None
    bin_type_id: int | None = None
    location_id: int | None = None

    def is_for(self, article: Article, supplier_id: int | None) -> bool:
        return (
            self.sku_id in (None, article.id)
            and self.category_id in (None, article.category_id)
            and self.storage_class_id in (None, article.storage_class_id)
            and self.supplier_id in (None, supplier_id)
        )

    def allows(self, place: Bin) -> bool:
        return (
            self.zone_id in (None, place.zone_id)
            and self.bin_type_id in (None, place.bin_type_id)
            and self.location_id in (None, place.id)
        )


@dataclass(frozen=True, slots=True)
class Placement:
    """place None: nothing fits. rule: whose choice it was."""

    place: Bin | None
    quantity: Decimal
    rule: Rule | None = None


def misfit(place: Bin, article: Article, lot_id: int | None) -> str:
    """Why none of it may lie there at all: wrong_class, too_big, mixed; "" if it may."""
    if article.storage_class_id != place.storage_class_id and (article.storage_class_id or not place.takes_others):
        return "wrong_class"
    if place.sides_mm and article.sides_mm and any(
        side > inside for side, inside in zip(article.sides_mm, place.sides_mm, strict=True)
    ):  # fmt: skip
        return "too_big"
    if place.mixing != "any" and any(sku != article.id for sku, _lot in place.kinds):
        return "mixed"
    if place.mixing == "one_lot" and any(lot != lot_id for _sku, lot in place.kinds):
        return "mixed"
    return ""


def room(place: Bin, article: Article, lot_id: int | None) -> Decimal:
    """How much more of it fits. Whole units, as goods with a size come."""
    fits = [ENDLESS]
    if place.max_volume_l is not None and article.volume_l > 0:
        fits.append((place.max_volume_l - place.volume_l) // article.volume_l)
    if place.max_weight_g is not None and article.weight_g > 0:
        fits.append((place.max_weight_g - place.weight_g) // article.weight_g)
    if place.max_pallets is not None:
        free, there = place.max_pallets - place.pallets, place.contents.get((article.id, lot_id), ZERO)
        if article.pallet_quantity:
            begun = article.pallets(there) * article.pallet_quantity - there
            fits.append(begun + max(free, ZERO) * article.pallet_quantity)
        elif free < 1 and not there:
            fits.append(ZERO)
    return max(min(fits), ZERO)


def unit_misfit(place: Bin, goods: Sequence[Load], pallets: Decimal) -> str:
    """Why a handling unit may not stand there: wrong_class, too_big, mixed, no_pallets, too_much, too_heavy; "" if it may."""
    for article, lot_id, _quantity in goods:
        if wrong := misfit(place, article, lot_id):
            return wrong
    if place.max_pallets is not None and place.pallets + pallets > place.max_pallets:
        return "no_pallets"
    volume = sum((article.volume_l * quantity for article, _lot, quantity in goods), ZERO)
    if place.max_volume_l is not None and place.volume_l + volume > place.max_volume_l:
        return "too_much"
    weight = sum((article.weight_g * quantity for article, _lot, quantity in goods), ZERO)
    return "too_heavy" if place.max_weight_g is not None and place.weight_g + weight > place.max_weight_g else ""


class Chooser:
    """Places goods one after the other: what was placed before takes room from what follows.

    faces: by SKU, the bins that are its pick faces with the most each may hold.
    """

    def __init__(self, bins: Iterable[Bin], faces: Mapping[int, Sequence[tuple[int, Decimal]]]) -> None:
        self.bins = {place.id: place for place in sorted(bins, key=lambda b: (b.sequence, b.code))}
        self.faces = faces
        self.by_sku: dict[int, list[int]] = {}
        for place in self.bins.values():
            for sku, _lot in place.contents:
                self.by_sku.setdefault(sku, []).append(place.id)

    def place(
        self, article: Article, lot_id: int | None, quantity: Decimal, rules: Sequence[Rule], supplier_id: int | None
    ) -> list[Placement]:
        """Where it goes, in as few parts as the rules and the room allow; the last one without a place if any is left."""
        placed: list[Placement] = []
        left = quantity
        for rule in rules:
            if left <= 0:
                break
            if not rule.is_for(article, supplier_id):
                continue
            for place, most in self._candidates(rule, article):
                if left <= 0:
                    break
                if not rule.allows(place) or misfit(place, article, lot_id):
                    continue
                part = min(left, most, room(place, article, lot_id))
                if part <= 0:
                    continue
                place.put(article, lot_id, part)
                self.by_sku.setdefault(article.id, []).append(place.id)
                placed.append(Placement(place, part, rule))
                left -= part
        if left > 0:
            placed.append(Placement(None, left))
        return placed

    def _candidates(self, rule: Rule, article: Article) -> Iterator[tuple[Bin, Decimal]]:
        """Bins in the rule's order, with the most that may be put there. Pick faces only take what is theirs."""
        if rule.strategy == "pick_face":
            for pk, most in self.faces.get(article.id, ()):
                if pk in self.bins:
                    there = sum(q for (sku, _lot), q in self.bins[pk].contents.items() if sku == article.id)
                    yield self.bins[pk], most - there
            return
        if rule.strategy == "same_sku":
            found: Iterable[Bin] = [self.bins[pk] for pk in dict.fromkeys(self.by_sku.get(article.id, ()))]
        elif rule.location_id is not None:
            found = [self.bins[rule.location_id]] if rule.location_id in self.bins else []
        else:
            found = self.bins.values()
        for place in found:
            if place.is_face and rule.location_id != place.id:
                continue
            if rule.strategy == "empty" and not place.is_empty:
                continue
            yield place, ENDLESS
