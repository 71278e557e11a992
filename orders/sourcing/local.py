"""Very large orders: a good set of warehouses by local search, each item served as well as the set allows."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import combinations, islice

from backoffice.core.money import ZERO
from orders.sourcing.items import NOTHING, Key, add, bits
from orders.sourcing.problem import Problem, Rank, Served

SWEEPS = 12
SETS = 40_000  # looked at for the fewest warehouses that have everything
COVERS = 60  # of the same size, compared by what comes after the parcels


class LocalSearch:
    """Add, drop or swap one warehouse as long as the plan gets better, from several starts."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.tried: dict[int, tuple[Rank, Served]] = {}

    def run(self) -> Served:
        starts = [self._covering(), self._shrunk(self.problem.everywhere)]
        if self.problem.rules.criteria[0] == "parcels":
            starts += [min(covers, key=lambda mask: self._try(mask)[0])] if (covers := self._smallest()) else []
        return min((self._improve(mask) for mask in starts), key=lambda tried: tried[0])[1]

    def _improve(self, mask: int) -> tuple[Rank, Served]:
        best = self._try(mask)
        for _sweep in range(SWEEPS):
            found = min(
                (self._try(near) for near in self._near(best[1].mask)), key=lambda tried: tried[0], default=best
            )
            if found[0] >= best[0]:
                break
            best = found
        return best

    def _near(self, mask: int) -> list[int]:
        inside, outside = bits(mask), bits(self.problem.everywhere & ~mask)
        near = [mask & ~(1 << place) for place in inside]
        if len(inside) < self.problem.most_parcels:
            near += [mask | 1 << place for place in outside]
        return near + [mask & ~(1 << old) | 1 << new for old in inside for new in outside]

    def _covering(self) -> int:
        """One warehouse after another, each the one that makes the plan best."""
        mask, best = 0, self._try(0)
        while mask.bit_count() < self.problem.most_parcels:
            near = [mask | 1 << place for place in bits(self.problem.everywhere & ~mask)]
            found = min(((self._try(wider), wider) for wider in near), key=lambda tried: tried[0][0], default=None)
            if found is None or found[0][0] >= best[0]:
                break
            best, mask = found
        return mask

    def _smallest(self) -> list[int]:
        """The smallest sets that have all that there is of everything."""
        needs = [(item.reach(sum(item.stock, ZERO)), item.stock) for item in self.problem.items]
        needs.sort(key=lambda need: sum(quantity > 0 for quantity in need[1]))
        count = len(self.problem.sites)
        sets: Iterator[tuple[int, ...]] = (
            places for size in range(1, self.problem.most_parcels + 1) for places in combinations(range(count), size)
        )
        found: list[int] = []
        size = count
        for places in islice(sets, SETS):
            if len(places) > size or len(found) == COVERS:
                break
            if all(sum((stock[place] for place in places), ZERO) >= need for need, stock in needs):
                found.append(sum(1 << place for place in places))
                size = len(places)
        return found

    def _shrunk(self, mask: int) -> int:
        while mask.bit_count() > self.problem.most_parcels:
            mask = min((mask & ~(1 << place) for place in bits(mask)), key=lambda fewer: self._try(fewer)[0])
        return mask

    def _try(self, mask: int) -> tuple[Rank, Served]:
        found = self.tried.get(mask)
        if found is None:
            served = self._serve(mask)
            found = self.tried[mask] = self.problem.rank(served.mask, served.key), served
        return found

    def _serve(self, mask: int) -> Served:
        if not self.problem.is_coupled:
            return self.problem.plain(mask)
        return Greedy(self.problem, mask).run()


class Greedy:
    """Item by item, those with the fewest ways first, within what limits and shared SKUs leave; then each again."""

    def __init__(self, problem: Problem, mask: int) -> None:
        self.problem, self.mask = problem, mask
        self.room = [len(problem.items) if site.max_lines is None else site.max_lines for site in problem.sites]
        self.taken: dict[tuple[int, int], Decimal] = {}
        self.keys = [item.unserved for item in problem.items]
        self.given: list[dict[int, Decimal]] = [{} for _item in problem.items]

    def run(self) -> Served:
        items = self.problem.items
        order = sorted(range(len(items)), key=lambda n: (not items[n].is_kit, sum(s > 0 for s in items[n].stock)))
        for _sweep in range(2):
            for n in order:
                self._put(n, {}, items[n].unserved)
                self._put(n, *self._one(n))
        self._make_room(order)
        key, used = NOTHING, 0
        for part, given in zip(self.keys, self.given, strict=True):
            key = add(key, part)
            for place in given:
                used |= 1 << place
        return Served(used, key, self.given)

    def _make_room(self, order: Sequence[int]) -> None:
        """What is left out takes the place of something that another warehouse can serve."""
        for n in order:
            for other in order if self.keys[n][0] else ():
                if other == n:
                    continue
                before = (self.given[n], self.keys[n], self.given[other], self.keys[other])
                self._put(other, {}, self.problem.items[other].unserved)
                self._put(n, {}, self.problem.items[n].unserved)
                self._put(n, *self._one(n))
                self._put(other, *self._one(other))
                if add(self.keys[n], self.keys[other]) < add(before[1], before[3]):
                    continue
                self._put(n, {}, self.problem.items[n].unserved)
                self._put(other, *before[2:])
                self._put(n, *before[:2])

    def _put(self, n: int, given: dict[int, Decimal], key: Key) -> None:
        for sign, parts in ((-1, self.given[n]), (1, given)):
            for place, quantity in parts.items():
                self.room[place] -= sign * len(self.problem.items[n].parts)
                for sku, ratio in self.problem.items[n].parts.items():
                    self.taken[sku, place] = self.taken.get((sku, place), ZERO) + sign * quantity * ratio
        self.given[n], self.keys[n] = given, key

    def _one(self, n: int) -> tuple[dict[int, Decimal], Key]:
        """The item's best way within what the others leave."""
        item = self.problem.items[n]
        allowed = 0
        for place in bits(self.mask):
            if self.room[place] >= len(item.parts):
                allowed |= 1 << place
        if self.problem.shares:
            stock = [
                min([most, *(self._left(sku, place, ratio, item.is_kit) for sku, ratio in item.parts.items())])
                for place, most in enumerate(item.stock)
            ]
            item = item if stock == list(item.stock) else item.with_stock(stock)
        key, chosen = item.best(allowed)
        return item.given(chosen), key

    def _left(self, sku: int, place: int, ratio: Decimal, is_kit: bool) -> Decimal:
        left = self.problem.there(sku, place) - self.taken.get((sku, place), ZERO)
        return left // ratio if is_kit else left
