"""The goods of channel credits: matched to what was sold, put back on the shelf."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import connection

from accounting.dimensions import CATEGORY, CHANNEL, with_code
from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows
from inventory.models import Location
from inventory.selectors import category_codes
from inventory.services import MoveRequest, counterpart, lock_lacking, post_moves, serve_lacking
from orders.inputs import CreditInput, CreditLineInput
from orders.intake import product
from orders.matching import Match, match_lines
from orders.selectors.setting import Setting
from orders.selectors.sold import shelf_of, sold_lines

ZERO = Decimal(0)


@dataclass(slots=True)
class CreditDraft:
    """A credit on its way in."""

    place: int
    credit: CreditInput
    content_hash: str
    same: list[int] = field(default_factory=list)
    contact_id: int | None = None
    return_id: int = 0
    line_ids: list[int] = field(default_factory=list)
    matches: list[Match | None] = field(default_factory=list)


def match_goods(drafts: Sequence[CreditDraft], company_id: int) -> None:
    """Find where the goods were sold, and count them as returned there. Statements: 1, 4 more with matches."""
    wanted = [
        (draft, index, line) for draft in drafts for index, line in enumerate(draft.credit.lines) if _is_back(line)
    ]
    for draft in drafts:
        draft.matches = [None] * len(draft.credit.lines)
    pairs = {(draft.contact_id, line.sku_id) for draft, _index, line in wanted if draft.contact_id}
    sold = sold_lines(pairs)
    asked = [_asked(draft, line) for draft, _index, line in wanted]
    first = match_lines(asked, sold)
    if not any(first):
        return
    _lock({match.order_id for match in first if match}, company_id)
    # Read again under the lock: another credit may have taken what was left.
    final = match_lines(asked, sold_lines(pairs, only={match.order_line_id for match in first if match}))
    counted: dict[int, Decimal] = {}
    for (draft, index, line), match in zip(wanted, final, strict=True):
        draft.matches[index] = match
        if match:
            counted[match.order_line_id] = counted.get(match.order_line_id, ZERO) + line.quantity
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE orders_orderline l SET returned = l.returned + n.quantity"
            " FROM unnest(%s::bigint[], %s::numeric[]) AS n(id, quantity) WHERE l.id = n.id",
            [list(counted), list(counted.values())],
        )


def _is_back(line: CreditLineInput) -> bool:
    return line.sku_id is not None and line.restock


def _asked(draft: CreditDraft, line: CreditLineInput) -> tuple[int | None, int | None, datetime, Decimal]:
    return (draft.contact_id, line.sku_id, draft.credit.issued_at, line.quantity)


def _lock(order_ids: Collection[int], company_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM orders_order WHERE id = ANY(%s) AND company_id = %s ORDER BY id FOR NO KEY UPDATE",
            [sorted(order_ids), company_id],
        )


_LINES = {
    "id": "bigint",
    "return_order_id": "bigint",
    "position": "int",
    "order_line_id": "bigint",
    "sku_id": "bigint",
    "code": "text",
    "description": "text",
    "quantity": "numeric",
    "unit_price": "numeric",
    "net": "numeric",
    "tax": "numeric",
    "account_role": "text",
    "received": "numeric",
    "disposition": "text",
    "issue_move_id": "bigint",
}


def insert_lines(drafts: Sequence[CreditDraft]) -> None:
    insert_rows(
        "orders_returnline",
        _LINES,
        [
            (
                draft.line_ids[index],
                draft.return_id,
                index + 1,
                match.order_line_id if match else None,
                line.sku_id,
                line.code,
                line.description,
                line.quantity,
                line.unit_price,
                product(line.quantity, line.unit_price),
                line.tax,
                line.account_role,
                line.quantity if _is_back(line) else ZERO,
                "restock" if _is_back(line) else "no_goods",
                match.issue_move_id if match else None,
            )
            for draft in drafts
            for index, (line, match) in enumerate(zip(draft.credit.lines, draft.matches, strict=True))
        ],
    )


def restock(drafts: Sequence[CreditDraft], setting: Setting, location_id: int | None, actor: Actor) -> None:
    """Goods come back from the customer to their shelf, and go to those who wait for them."""
    back = [(draft, index, line) for draft in drafts for index, line in enumerate(draft.credit.lines) if _is_back(line)]
    if not back:
        return
    skus = {line.sku_id for _draft, _index, line in back if line.sku_id}
    warehouse_id = setting.warehouse_id or (setting.warehouses[0] if setting.warehouses else None)
    shelves = {} if location_id else shelf_of(skus, warehouse_id=warehouse_id)
    customer = counterpart(setting.company_id, "customer")
    categories = category_codes(skus)
    goods = [(line.sku_id or 0, line.quantity, None, location_id or shelves[line.sku_id]) for _d, _i, line in back]
    places = Location.objects.in_bulk({place for *_rest, place in goods})
    waiting = lock_lacking(goods, places=places, company_id=setting.company_id)
    post_moves(
        [
            MoveRequest(
                sku_id=line.sku_id,  # type: ignore[arg-type]  # _is_back
                quantity=line.quantity,
                from_location_id=customer,
                to_location_id=location_id or shelves[line.sku_id],
                effective_at=draft.credit.issued_at,
                source_type="orders.returnline",
                source_id=draft.line_ids[index],
                reason="return",
                returns_move_id=match.issue_move_id if (match := draft.matches[index]) else None,
                entry_key=f"return:{draft.return_id}",
                entry_source=("orders.returnorder", draft.return_id),
                dimensions=with_code(((CHANNEL, setting.code),), CATEGORY, categories.get(line.sku_id or 0)),
            )
            for draft, index, line in back
        ],
        company_id=setting.company_id,
        actor=actor,
    )
    serve_lacking(waiting, company_id=setting.company_id, actor=actor)
