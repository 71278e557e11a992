"""Which of an order's lines is which of the channel's.

By the channel's ids of them. An order that was told first without such ids (over the API, from a file) is the same order:
its lines are found by what is on them, SKU first, then quantity, price and place, and take the channel's ids. What
cannot be told apart is not guessed.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from integrations.services.codes import own_sku_ids
from orders.errors import ChangeRefused
from orders.inputs import MADE_UP, LineInput, is_named
from orders.models import Order, OrderLine, OrderRevision


class LinesUnclear(ChangeRefused):
    """The channel's lines and ours cannot be told apart without their ids."""

    code = "lines_unclear"


@dataclass(slots=True)
class Matched:
    """pairs: the channel's lines, each with ours for it, none for a new one. gone: ours that it does not show.

    names: the channel's id, by our line that has none yet.
    """

    pairs: list[tuple[LineInput, list[OrderLine]]] = field(default_factory=list)
    gone: list[OrderLine] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)


def match_lines(order: Order, given: Sequence[LineInput]) -> Matched:
    """Statements: 1, up to 2 more where lines have no ids. Raises LinesUnclear. Lines that were added here are left alone."""
    rows = list(OrderLine.objects.filter(order=order).order_by("position"))
    named: dict[str, list[OrderLine]] = defaultdict(list)
    for row in rows:
        if row.external_id:
            named[row.external_id].append(row)
    found: dict[int, list[OrderLine]] = {}
    claimed: set[int] = set()
    for place, line in enumerate(given):
        # Of a line whose item was swapped at the channel what has not left is given up, and the other item added.
        if line.external_id in named:
            same = [row for row in named[line.external_id] if _same_goods(row, line)]
            claimed.update(row.pk for row in same)
            if same or is_named(line.external_id):
                found[place] = same
    left = [row for row in rows if row.pk not in claimed]
    over = [row for row in left if is_named(row.external_id)]
    loose = _first_told(order, [row for row in left if not is_named(row.external_id)])
    if over and not any(is_named(line.external_id) for line in given):
        loose, over = sorted([*loose, *over], key=lambda row: row.position), []
    matched = Matched()
    if loose:
        unknown = [place for place in range(len(given)) if place not in found]
        for place, row in _by_content(order, loose, {place: given[place] for place in unknown}).items():
            found[place] = [row]
            loose.remove(row)
            if is_named(given[place].external_id) and not is_named(row.external_id):
                matched.names[row.pk] = given[place].external_id
    matched.pairs = [(line, found.get(place, [])) for place, line in enumerate(given)]
    matched.gone = [*over, *loose]
    return matched


def _same_goods(row: OrderLine, line: LineInput) -> bool:
    """Under the same code, or under another code of the same SKU."""
    return row.channel_sku.upper() == line.channel_sku.upper() or (row.sku_id or 0) == line.sku_id


def _first_told(order: Order, rows: list[OrderLine]) -> list[OrderLine]:
    """Those that the order was placed with, not those that were added since. Statements: 1, or 0."""
    if not rows:
        return []
    first = OrderRevision.objects.filter(order=order).order_by("version").values_list("before", flat=True).first()
    if first is None:
        return rows
    places = {line["position"] for line in first["lines"]}
    return [row for row in rows if row.position in places]


def _by_content(order: Order, ours: Sequence[OrderLine], theirs: dict[int, LineInput]) -> dict[int, OrderLine]:
    """Our line by the place of theirs. Raises LinesUnclear where some are left on both sides. Statements: 1, or 0."""
    own = own_sku_ids(
        company_id=order.company_id, codes=[line.channel_sku for line in theirs.values() if line.sku_id is None]
    )
    goods: dict[int, int | str] = {
        place: line.sku_id or own.get(line.channel_sku) or line.channel_sku.upper() for place, line in theirs.items()
    }
    codes = {theirs[place].channel_sku.upper(): known for place, known in goods.items()}
    found: dict[int, OrderLine] = {}
    for article in dict.fromkeys(goods.values()):
        rows = [
            row
            for row in ours
            if (row.sku_id or codes.get(row.channel_sku.upper(), row.channel_sku.upper())) == article
        ]
        _pair(rows, {place: line for place, line in theirs.items() if goods[place] == article}, found)
    taken = {row.pk for row in found.values()}
    left = [row for row in ours if row.pk not in taken]
    new = [line for place, line in theirs.items() if place not in found]
    ids = [*(row.external_id for row in left), *(line.external_id for line in new)]
    swapped = all(id.startswith(MADE_UP) for id in ids)  # row by row of the same file
    if left and new and not swapped:
        raise LinesUnclear(
            _(
                "The order was placed without the channel's ids of its lines, and which is which cannot be told: here"
                " %(ours)s, at the channel %(theirs)s. Change the order to what the channel shows, then try again."
            )
            % {
                "ours": ", ".join(f"{row.quantity.normalize():f} × {row.channel_sku}" for row in left[:3]),
                "theirs": ", ".join(f"{line.quantity.normalize():f} × {line.channel_sku}" for line in new[:3]),
            },
            field="lines",
        )
    return found


def _pair(rows: list[OrderLine], lines: dict[int, LineInput], found: dict[int, OrderLine]) -> None:
    """Lines of one article: those that say the same in their order, then the only one that is left with the only one."""
    for names in (("quantity", "unit_price", "discount"), ("quantity", "unit_price"), ("quantity",)):
        for place, line in lines.items():
            same = [row for row in rows if all(getattr(row, name) == getattr(line, name) for name in names)]
            if place in found or not same or (names == ("quantity",) and len(same) > 1):
                continue
            found[place] = same[0]
            rows.remove(same[0])
    left = [place for place in lines if place not in found]
    if len(left) == len(rows) == 1:
        found[left[0]] = rows.pop()
