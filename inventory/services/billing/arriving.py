"""Goods that arrive after their bill: they clear it by themselves, and bills that waited for them are matched again."""

from collections import defaultdict
from collections.abc import Sequence

from accounting.models import Bill, BillStatus
from accounting.selectors import Books
from backoffice.core.actor import Actor
from inventory.models import GrniItem
from inventory.selectors.billing import ORDER_LINE
from inventory.services.billing.items import Item, Pair, lock_items, match_items
from inventory.services.billing.matching import match_bill


def clear_billed_before(moves: Sequence[tuple[int, int | None]], *, books: Books, actor: Actor) -> None:
    """Match new receipts, as (move id, order line id), with bills of the same order lines that came first, oldest
    first; then match the bills that wait for goods of these orders.

    The caller holds the purchase orders. Statements: 2 where no bill came first; else about 25, and those of
    match_bill for each bill that waits.
    """
    po_line_ids = sorted({line for _move, line in moves if line is not None})
    if not po_line_ids:
        return
    billed = GrniItem.objects.filter(
        po_line__in=po_line_ids, kind="bill", company_id=books.company_id, open_quantity__gt=0
    ).order_by("date", "pk")
    days = dict(billed.values_list("pk", "date"))
    if days:
        arrived = GrniItem.objects.filter(move__in=[move for move, _line in moves]).order_by("pk")
        _clear(list(days), list(arrived.values_list("pk", flat=True)), books, actor)
    _match_waiting(po_line_ids, books.company_id, actor)


def _clear(billed: Sequence[int], arrived: Sequence[int], books: Books, actor: Actor) -> None:
    items = lock_items([*billed, *arrived], company_id=books.company_id)
    receipts: defaultdict[int | None, list[Item]] = defaultdict(list)
    for pk in arrived:
        receipts[items[pk].po_line_id].append(items[pk])
    left = {pk: item.open for pk, item in items.items()}
    pairs = []
    for pk in billed:
        for receipt in receipts[items[pk].po_line_id]:
            part = min(left[pk], left[receipt.id])
            if part > 0:
                left[pk] -= part
                left[receipt.id] -= part
                pairs.append(Pair(items[pk], receipt, part))
    dates = dict(GrniItem.objects.filter(pk__in=items).values_list("pk", "date"))
    first = min(arrived)
    match_items(
        pairs,
        dates=dates,
        entry_key=f"grni:{first}:variance",
        source=("inventory.grniitem", first),
        books=books,
        actor=actor,
    )


def _match_waiting(po_line_ids: Sequence[int], company_id: int, actor: Actor) -> None:
    """Bills in somebody's hands are left: a bill is locked before its orders, which are held here."""
    about = Bill.objects.filter(lines__source_type=ORDER_LINE, lines__source_id__in=po_line_ids).values("pk")
    waiting = Bill.objects.select_for_update(of=("self",), no_key=True, skip_locked=True).filter(
        company_id=company_id, status=BillStatus.EXCEPTION, waits_for_goods=True, pk__in=about
    )
    for pk in list(waiting.order_by("pk").values_list("pk", flat=True)):
        match_bill(pk, company_id=company_id, actor=actor)
