"""Giving up parts of open items: at once up to a limit, above it when a second person has agreed."""

import datetime
from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.errors import NotFound
from accounting.models import AccountRole, Company, Side, WriteOff, WriteOffItem, WriteOffKind, WriteOffStatus
from accounting.selectors.config import Books, books_of
from accounting.services.entries import Entry, Line
from accounting.services.journals.approving import noon_of
from accounting.services.open_items import Item, post_items
from accounting.services.settlements.inputs import Chosen, Part, parts_of, refused
from accounting.services.settling import UseRequest, apply_items
from accounting.states import WRITE_OFF
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.approving import approval_terms, check_approver
from backoffice.core.money import ZERO, round_money
from backoffice.core.states import check_transition

ACTION = "item_write_off"
OBJECT = "accounting.writeoff"
FREE_UP_TO = Decimal(5)  # of the company's currency, where it has set no threshold
ROLES = {WriteOffKind.DIFFERENCE: AccountRole.ROUNDING, WriteOffKind.BAD_DEBT: AccountRole.BAD_DEBT}


@transaction.atomic(savepoint=False)
def write_off_items(
    chosen: Sequence[Chosen], *, company_id: int, date: datetime.date, kind: str, reason: str, actor: Actor
) -> WriteOff:
    """Give up what is chosen. Posted at once up to the company's threshold, else it waits for somebody else.

    kind: of WriteOffKind. Raises NotFound, SettlementRefused (nothing_chosen, mixed, too_much, two_sides, no_reason,
    unknown_kind), PeriodClosed; nothing is written then. Statements: about 20, whatever the number of items.
    """
    return write_off_parts(
        parts_of(chosen, company_id), company_id=company_id, date=date, kind=kind, reason=reason, actor=actor
    )


def write_off_parts(
    parts: Sequence[Part], *, company_id: int, date: datetime.date, kind: str, reason: str, actor: Actor
) -> WriteOff:
    """The same of what is left of parts, in the caller's transaction."""
    parts = [part for part in parts if part.left]
    if not reason.strip():
        raise refused("no_reason", _("Say why: the reason is kept with the change."), field="reason")
    if kind not in WriteOffKind.values:
        raise refused("unknown_kind", _("Say whether it is a small difference or a bad debt."), field="kind")
    if len({part.item.side for part in parts}) != 1:
        raise refused("two_sides", _("Only what is left on one side can be written off."))
    first, books = parts[0].item, books_of(company_id)
    made = WriteOff.objects.create(
        company_id=company_id,
        party_id=first.party_id,
        kind=kind,
        side=first.side,
        currency=first.currency,
        amount=sum((part.left for part in parts), ZERO),
        base_amount=sum((_base_of(part, books) for part in parts), ZERO),
        date=date,
        reason=reason.strip()[:300],
        status=WriteOffStatus.WAITING,
        created_by_id=actor.user_id,
        created_label=actor.label,
    )
    WriteOffItem.objects.bulk_create(
        WriteOffItem(write_off=made, open_item=part.item, amount=part.left) for part in parts
    )
    _tell(made, "asked", actor, made.reason)
    terms = approval_terms(ACTION, company_id=company_id)
    if made.base_amount <= (FREE_UP_TO if terms.free_up_to is None else terms.free_up_to):
        _post(made, actor)
    return made


@transaction.atomic(savepoint=False)
def approve_write_off(write_off_id: int, *, company_id: int, actor: Actor) -> WriteOff:
    """waiting -> posted, by somebody else within their limit.

    Raises NotFound, IllegalTransition, ApprovalRefused, ItemOverused (paid meanwhile), PeriodClosed; nothing is
    written then. Statements: about 20.
    """
    made = _locked(write_off_id, company_id)
    check_transition(WRITE_OFF, "write-off", made.status, WriteOffStatus.POSTED)
    terms = approval_terms(ACTION, company_id=company_id)
    check_approver(
        ACTION,
        actor=actor,
        creator_id=made.created_by_id,
        amount=made.base_amount,
        company_id=company_id,
        free_up_to=FREE_UP_TO if terms.free_up_to is None else None,
    )
    made.decided_label = actor.label
    _post(made, actor)
    return made


@transaction.atomic(savepoint=False)
def refuse_write_off(write_off_id: int, *, company_id: int, actor: Actor, reason: str) -> WriteOff:
    """waiting -> refused; nothing is posted. Raises NotFound, IllegalTransition, SettlementRefused (no_reason)."""
    if not reason.strip():
        raise refused("no_reason", _("Say why: the reason is kept with the change."), field="reason")
    made = _locked(write_off_id, company_id)
    check_transition(WRITE_OFF, "write-off", made.status, WriteOffStatus.REFUSED)
    made.status, made.decided_label = WriteOffStatus.REFUSED, actor.label
    made.save(update_fields=["status", "decided_label"])
    _tell(made, "refused", actor, reason)
    return made


def _locked(write_off_id: int, company_id: int) -> WriteOff:
    rows = WriteOff.objects.select_for_update(of=("self",), no_key=True)
    made = rows.filter(pk=write_off_id, company_id=company_id).first()
    if made is None:
        raise NotFound(_("There is no such write-off."), write_off_id=write_off_id)
    return made


def _base_of(part: Part, books: Books) -> Decimal:
    """At the rate that the item stands at, so that giving it up leaves no exchange difference but cents."""
    if part.item.currency == books.base_currency:
        return part.left
    share = part.item.base_amount * part.left / part.item.amount
    return round_money(share, books.exponents[books.base_currency])


def _post(made: WriteOff, actor: Actor) -> None:
    """Entry, its open item, and that against the items given up."""
    company, items = Company.objects.get(pk=made.company_id), list(made.items.select_related("open_item__account"))
    first = items[0].open_item
    sign = -1 if made.side == Side.DEBIT else 1
    books = books_of(made.company_id)
    entry = Entry(
        date=None,
        effective_at=noon_of(made.date, company),
        subledger=first.account.control,
        source_type=OBJECT,
        source_id=made.pk,
        source_key=f"writeoff:{made.pk}",
        lines=[
            Line(books.account(ROLES[WriteOffKind(made.kind)]), -sign * made.amount, made.currency,
                 -sign * made.base_amount),
            Line(first.account_id, sign * made.amount, made.currency, sign * made.base_amount, made.party_id),
        ],
        memo=made.reason[:200],
    )  # fmt: skip
    side = Side.CREDIT if made.side == Side.DEBIT else Side.DEBIT
    given_up = Item("write_off", made.party_id, first.account_id, side, made.currency, made.amount, made.base_amount)
    (posted,) = post_items([(entry, given_up)], company_id=made.company_id, actor=actor)
    uses = []
    for number, item in enumerate(items, start=1):
        pair = (item.open_item_id, posted.open_item_id)
        debit, credit = pair if made.side == Side.DEBIT else pair[::-1]
        uses.append(UseRequest(debit, credit, item.amount, f"writeoff:{made.pk}:{number}"))
    apply_items(uses, company_id=made.company_id, date=posted.date, actor=actor)
    made.status, made.entry_id = WriteOffStatus.POSTED, posted.entry_id
    made.save(update_fields=["status", "entry", "decided_label"])
    _tell(made, "posted", actor)


def _tell(made: WriteOff, action: str, actor: Actor, reason: str = "") -> None:
    change = audit.Change(OBJECT, made.pk, action, "status", "", made.status, reason[:300], made.company_id)
    audit.record([change], actor=actor)
