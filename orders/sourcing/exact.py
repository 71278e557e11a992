"""The best plan, proved: every set of warehouses that could be better than the best one so far is looked at.

What a set costs is the sum over the order's items of each one's best use of the set, which is found once for
each item and set. Limits of lines and SKUs that kits share couple the items: then the sum is only a bound, and
the set is searched item by item (`coupled`).
"""

from collections.abc import Iterator
from itertools import combinations

from orders.sourcing.coupled import Search
from orders.sourcing.problem import Problem, Rank, Served


def solve(problem: Problem) -> tuple[Served, bool]:
    """The best way to serve the order, and whether it is proved to be the best."""
    found, proved = problem.unserved(), True
    best: Rank = problem.rank(0, found.key)
    left_out = problem.left_out()
    parcels_first = problem.rules.criteria[0] == "parcels"
    for size in range(1, problem.most_parcels + 1):
        for mask in _sets(len(problem.sites), size):
            if problem.rank(mask, problem.bound(mask)) >= best:
                continue
            served, complete = _serve(problem, mask, best)
            proved &= complete
            if served is not None and (rank := problem.rank(served.mask, served.key)) < best:
                found, best = served, rank
        if parcels_first and found.key[0] == left_out:
            break  # larger sets ship no more, in more parcels
    return found, proved


def _serve(problem: Problem, mask: int, best: Rank) -> tuple[Served | None, bool]:
    if not problem.is_coupled:
        return problem.plain(mask), True
    return Search(problem, mask, best).run()


def _sets(count: int, size: int) -> Iterator[int]:
    for places in combinations(range(count), size):
        yield sum(1 << place for place in places)
