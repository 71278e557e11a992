"""Old rests of goods received, not invoiced, written off by a document that somebody approves."""

import datetime
from collections.abc import Sequence

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounting.errors import BillRefused
from accounting.models import AccountRole, Side, Subledger
from accounting.selectors import Books, books_of
from accounting.services import Entry, Line, post_entries
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.approving import check_approver, needs_approval
from backoffice.core.db import insert_rows
from backoffice.core.money import ZERO
from backoffice.core.states import check_transition
from inventory.errors import NotFound
from inventory.models import GrniItem, GrniWriteOff, GrniWriteOffLine, GrniWriteOffStatus, PurchaseOrder
from inventory.services.billing.items import Pair, lock_items, match_items
from inventory.services.billing.posting import close_billed
from inventory.states import GRNI_WRITE_OFF

ACTION, OBJECT = "write_off", "inventory.grniwriteoff"
_ITEM = {
    "company_id": "bigint",
    "kind": "text",
    "side": "text",
    "supplier_id": "bigint",
    "sku_id": "bigint",
    "po_line_id": "bigint",
    "write_off_id": "bigint",
    "quantity": "numeric",
    "value": "numeric",
    "date": "date",
    "entry_id": "bigint",
}


@transaction.atomic(savepoint=False)
def write_off_uninvoiced(
    item_ids: Sequence[int], *, company_id: int, effective_at: datetime.datetime, actor: Actor, reason: str
) -> GrniWriteOff:
    """Ask that what is open on these items be written off; posted at once unless the value needs another person.

    Raises BillRefused, nothing written: no_reason, nothing_open. Statements: about 20.
    """
    if not reason.strip():
        raise BillRefused(_("Say why: the reason is kept with the write-off."), code="no_reason", field="reason")
    items = [item for item in lock_items(item_ids, company_id=company_id).values() if item.open > 0]
    if not items or len(items) < len(set(item_ids)):
        raise BillRefused(_("Choose items on which something is open."), code="nothing_open")
    value = sum((item.value - item.used_value for item in items), ZERO)
    found = GrniWriteOff.objects.create(
        company_id=company_id, reason=reason[:300], value=value, made_by_id=actor.user_id, made_by_label=actor.label
    )
    GrniWriteOffLine.objects.bulk_create(
        GrniWriteOffLine(write_off=found, item_id=item.id, quantity=item.open, value=item.value - item.used_value)
        for item in items
    )
    _record(found, "created", "", found.status, actor, reason)
    if not needs_approval(ACTION, amount=value, company_id=company_id):
        _post(found, effective_at, actor, reason)
    return found


@transaction.atomic(savepoint=False)
def approve_write_off(
    write_off_id: int, *, company_id: int, effective_at: datetime.datetime, actor: Actor, reason: str = ""
) -> GrniWriteOff:
    """Another person agrees: what is still open of its items is written off.

    Raises NotFound, IllegalTransition, ApprovalRefused, BillRefused (nothing_open); nothing written. Statements: 20.
    """
    found = _locked(write_off_id, company_id)
    check_transition(GRNI_WRITE_OFF, "write-off", found.status, GrniWriteOffStatus.POSTED)
    check_approver(ACTION, actor=actor, creator_id=found.made_by_id, amount=found.value, company_id=company_id)
    _post(found, effective_at, actor, reason)
    return found


@transaction.atomic(savepoint=False)
def refuse_write_off(write_off_id: int, *, company_id: int, actor: Actor, reason: str) -> GrniWriteOff:
    """It stays open. Raises NotFound, IllegalTransition, BillRefused (no_reason). Statements: 3."""
    found = _locked(write_off_id, company_id)
    if not reason.strip():
        raise BillRefused(_("Say why: the reason is kept with the write-off."), code="no_reason", field="reason")
    _decide(found, GrniWriteOffStatus.REFUSED, actor, reason, [])
    return found


def _locked(write_off_id: int, company_id: int) -> GrniWriteOff:
    locked = GrniWriteOff.objects.select_for_update(of=("self",), no_key=True)
    found = locked.filter(company_id=company_id, pk=write_off_id).first()
    if found is None:
        raise NotFound(_("There is no such write-off."), write_off_id=write_off_id)
    return found


def _post(found: GrniWriteOff, effective_at: datetime.datetime, actor: Actor, reason: str) -> None:
    """A receipt nobody bills is a gain, a bill whose goods never come a loss: both in the price variance."""
    books = books_of(found.company_id)
    ids = list(found.lines.values_list("item_id", flat=True))
    orders = PurchaseOrder.objects.select_for_update(of=("self",), no_key=True)
    ordered = list(orders.filter(pk__in=_orders_of(ids)).order_by("pk"))
    items = {pk: item for pk, item in lock_items(ids, company_id=found.company_id).items() if item.open > 0}
    if not items:
        raise BillRefused(_("Nothing is open on its items any more."), code="nothing_open")
    found.value = sum((item.value - item.used_value for item in items.values()), ZERO)
    balance = sum(
        ((1 if item.side == Side.DEBIT else -1) * (item.value - item.used_value) for item in items.values()), ZERO
    )
    day = books.local_date(effective_at)
    if balance:
        entry = _entry(found, balance, effective_at, books, reason)
        [posted] = post_entries([entry], company_id=found.company_id, actor=actor)
        found.entry_id, day = posted.entry_id, posted.date
    rows = insert_rows(
        "inventory_grniitem",
        _ITEM,
        [
            (
                found.company_id, "write_off", "credit" if item.side == Side.DEBIT else "debit", item.supplier_id,
                item.sku_id, item.po_line_id, found.pk, item.open, item.value - item.used_value, day, found.entry_id,
            )
            for item in items.values()
        ],
        suffix="RETURNING id",
    )  # fmt: skip
    mirrors = lock_items([pk for (pk,) in rows], company_id=found.company_id)
    pairs = [
        Pair(*((item, mirror) if item.side == Side.DEBIT else (mirror, item)), item.open)
        for item, mirror in zip(items.values(), mirrors.values(), strict=True)
    ]
    dates = dict(GrniItem.objects.filter(pk__in=[*items, *mirrors]).values_list("pk", "date"))
    match_items(pairs, dates=dates, entry_key="", source=(OBJECT, found.pk), books=books, actor=actor)
    close_billed(ordered, actor)
    _decide(found, GrniWriteOffStatus.POSTED, actor, reason, ["value", "entry"])


def _orders_of(item_ids: Sequence[int]) -> list[int]:
    rows = GrniItem.objects.filter(pk__in=item_ids, po_line__isnull=False)
    return list(rows.values_list("po_line__purchase_order_id", flat=True))


def _entry(found: GrniWriteOff, balance: object, at: datetime.datetime, books: Books, reason: str) -> Entry:
    currency = books.base_currency
    return Entry(
        date=None,
        effective_at=at,
        subledger=Subledger.GENERAL,
        source_type=OBJECT,
        source_id=found.pk,
        source_key=f"grni_write_off:{found.pk}",
        lines=[
            Line(books.account(AccountRole.GRNI), -balance, currency),  # type: ignore[operator,arg-type]
            Line(books.account(AccountRole.PRICE_VARIANCE), balance, currency),  # type: ignore[arg-type]
        ],
        memo=reason or found.reason,
    )


def _decide(found: GrniWriteOff, status: str, actor: Actor, reason: str, fields: Sequence[str]) -> None:
    check_transition(GRNI_WRITE_OFF, "write-off", found.status, status)
    old, found.status = found.status, status
    found.decided_by_label, found.decision = actor.label, reason[:300]
    found.decided_at = Now()  # type: ignore[assignment]
    found.save(update_fields=["status", "decided_by_label", "decided_at", "decision", *fields])
    found.refresh_from_db()
    _record(found, "status", old, status, actor, reason)


def _record(found: GrniWriteOff, action: str, old: str, new: str, actor: Actor, reason: str) -> None:
    change = audit.Change(OBJECT, found.pk, action, "status", str(old), str(new), reason[:300], found.company_id)
    audit.record([change], actor=actor)
