"""What looks like theft or error among losses and finds, by rules that can be told in a sentence. Pure.

A hit is a question, never a verdict: each names the rule, the figures behind it and the moves to look at.
"""

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

ZERO = Decimal(0)
TIMES = 3  # an outlier lost this many times the median of the others
PEERS = 2  # so many others are needed for a comparison
REPEATS = 3  # losses in one place, on as many days
DAY_BEGINS, DAY_ENDS = 6, 22  # work outside these hours is odd
AFTER_COUNT = datetime.timedelta(hours=24)
MIRROR_WITHIN = datetime.timedelta(days=30)
MAX_MOVES = 20

RULES = {
    "user_outlier": gettext_lazy("One person far above the others"),
    "user_dear_goods": gettext_lazy("One person loses dear goods"),
    "place_repeats": gettext_lazy("Again and again from one place"),
    "after_count": gettext_lazy("Right after a count"),
    "odd_hours": gettext_lazy("At odd hours"),
    "miscount": gettext_lazy("Lost and found again: probably a miscount"),
}


class Fact(NamedTuple):
    """A loss or a find as the rules see it. at: local time; value: at cost, without sign."""

    move_id: int
    at: datetime.datetime
    is_loss: bool
    is_count: bool
    sku_id: int
    sku: str
    place_id: int
    place: str
    user: str
    quantity: Decimal
    value: Decimal


@dataclass(frozen=True, slots=True)
class Suspicion:
    """rule: a key of RULES. words: why, with its figures. value: at cost. moves: the newest of those meant."""

    rule: str
    words: str
    value: Decimal
    moves: tuple[int, ...]
    user: str = ""
    sku: str = ""
    place: str = ""

    @property
    def title(self) -> str:
        return str(RULES[self.rule])


def suspicions(facts: Sequence[Fact]) -> list[Suspicion]:
    """Every rule's hits, the dearest first. facts: in the order of time."""
    lost = [fact for fact in facts if fact.is_loss and not fact.is_count]
    hits = [
        *_outliers(lost, "user_outlier", _outlier_words),
        *_outliers(_dear(lost), "user_dear_goods", _dear_words),
        *_repeats(lost),
        *_after_counts(facts),
        *_odd_hours(lost),
        *_miscounts(facts),
    ]
    return sorted(hits, key=lambda hit: (-hit.value, hit.rule, hit.words))


def _sum(facts: Iterable[Fact]) -> Decimal:
    return sum((fact.value for fact in facts), ZERO)


def _moves(facts: Sequence[Fact]) -> tuple[int, ...]:
    return tuple(fact.move_id for fact in facts[::-1][:MAX_MOVES])


def _dear(lost: Sequence[Fact]) -> list[Fact]:
    """The losses of the dearest fifth of the SKUs lost, where there are five to compare."""
    sums: defaultdict[int, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    for fact in lost:
        sums[fact.sku_id][0] += fact.value
        sums[fact.sku_id][1] += fact.quantity
    ranked = sorted(sums, key=lambda sku: sums[sku][0] / sums[sku][1])
    dearest = set(ranked[-(len(ranked) // 5) :]) if len(ranked) >= 5 else set()
    return [fact for fact in lost if fact.sku_id in dearest]


def _outliers(
    lost: Sequence[Fact], rule: str, words: Callable[[str, Decimal, int, Decimal, int], str]
) -> Iterable[Suspicion]:
    by_user: defaultdict[str, list[Fact]] = defaultdict(list)
    for fact in lost:
        by_user[fact.user].append(fact)
    sums = {user: _sum(facts) for user, facts in by_user.items()}
    for user, total in sums.items():
        others = [value for other, value in sums.items() if other != user]
        if len(others) < PEERS:
            continue
        usual = Decimal(median(others))
        if total > 0 and total > TIMES * usual:
            said = words(user, total, len(by_user[user]), usual, len(others))
            yield Suspicion(rule, said, total, _moves(by_user[user]), user=user)


def _outlier_words(user: str, total: Decimal, count: int, usual: Decimal, others: int) -> str:
    return _(
        "%(user)s booked losses of %(total)s in %(count)s moves; half of the other %(others)s booked %(usual)s or less."
    ) % {"user": user, "total": f"{total:.2f}", "count": count, "others": others, "usual": f"{usual:.2f}"}


def _dear_words(user: str, total: Decimal, count: int, usual: Decimal, others: int) -> str:
    return _(
        "Of the dearest goods %(user)s booked losses of %(total)s in %(count)s moves; half of the other %(others)s "
        "booked %(usual)s or less."
    ) % {"user": user, "total": f"{total:.2f}", "count": count, "others": others, "usual": f"{usual:.2f}"}


def _repeats(lost: Sequence[Fact]) -> Iterable[Suspicion]:
    by_place: defaultdict[int, list[Fact]] = defaultdict(list)
    for fact in lost:
        by_place[fact.place_id].append(fact)
    for facts in by_place.values():
        days = len({fact.at.date() for fact in facts})
        if days >= REPEATS:
            words = _("%(place)s lost goods on %(days)s days, %(count)s times in all.") % {
                "place": facts[0].place,
                "days": days,
                "count": len(facts),
            }
            yield Suspicion("place_repeats", words, _sum(facts), _moves(facts), place=facts[0].place)


def _after_counts(facts: Sequence[Fact]) -> Iterable[Suspicion]:
    """A count found the books right or put them right; what is lost within a day of it was there."""
    counted: dict[tuple[int, int], datetime.datetime] = {}
    for fact in facts:
        if fact.is_count:
            counted[fact.sku_id, fact.place_id] = fact.at
        elif fact.is_loss and (before := counted.get((fact.sku_id, fact.place_id))):
            if fact.at - before > AFTER_COUNT:
                continue
            words = _("%(user)s booked a loss of %(sku)s in %(place)s %(hours)s h after it was counted.") % {
                "user": fact.user,
                "sku": fact.sku,
                "place": fact.place,
                "hours": (fact.at - before) // datetime.timedelta(hours=1),
            }
            yield Suspicion("after_count", words, fact.value, (fact.move_id,), fact.user, fact.sku, fact.place)


def _odd_hours(lost: Sequence[Fact]) -> Iterable[Suspicion]:
    by_user: defaultdict[str, list[Fact]] = defaultdict(list)
    for fact in lost:
        if not DAY_BEGINS <= fact.at.hour < DAY_ENDS:
            by_user[fact.user].append(fact)
    for user, facts in by_user.items():
        words = _("%(user)s booked %(count)s losses between %(ends)s:00 and %(begins)s:00, the last at %(when)s.") % {
            "user": user,
            "count": len(facts),
            "ends": DAY_ENDS,
            "begins": DAY_BEGINS,
            "when": f"{facts[-1].at:%d.%m.%Y %H:%M}",
        }
        yield Suspicion("odd_hours", words, _sum(facts), _moves(facts), user=user)


def _miscounts(facts: Sequence[Fact]) -> Iterable[Suspicion]:
    waiting: defaultdict[tuple[int, Decimal], list[Fact]] = defaultdict(list)
    for fact in facts:
        key = (fact.sku_id, fact.quantity)
        if fact.is_loss:
            waiting[key].append(fact)
            continue
        while waiting[key]:
            loss = waiting[key].pop(0)
            if fact.at - loss.at <= MIRROR_WITHIN:
                words = _(
                    "%(quantity)s of %(sku)s were lost in %(place)s and found %(days)s days later in %(other)s."
                ) % {
                    "quantity": f"{fact.quantity.normalize():f}",
                    "sku": fact.sku,
                    "place": loss.place,
                    "days": (fact.at - loss.at).days,
                    "other": fact.place,
                }
                moves = (fact.move_id, loss.move_id)
                yield Suspicion("miscount", words, loss.value, moves, loss.user, fact.sku, loss.place)
                break
