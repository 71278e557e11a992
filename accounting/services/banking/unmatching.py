"""Taking matches back: what was posted for a line is mirrored, nothing is deleted."""

import datetime
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.errors import BankRefused
from accounting.models import BankMatch, ItemUse, JournalEntry, MatchKind, OpenItem, Side
from accounting.selectors.banking import active_matches, reconciled_to
from accounting.selectors.config import books_of
from accounting.services.banking.match_plans import lock_lines
from accounting.services.entries import Entry
from accounting.services.open_items import Item, post_items
from accounting.services.payments import reverse_payment
from accounting.services.reversing import mirrored_lines, reverse_entries
from accounting.services.settling import UseRequest, apply_items, unapply_items
from backoffice.core import audit
from backoffice.core.actor import Actor


@transaction.atomic(savepoint=False)
def unmatch_line(line_id: int, *, company_id: int, actor: Actor, reason: str) -> int:
    """Untie a line from all that it is matched with; how many matches were taken back.

    Payments, fees, transfers and write-offs that the match posted are reversed on the line's day (or the first open
    one after it); what the books had before stays. A transfer stays while the other account's line is matched with it.

    Raises NotFound, BankRefused (not_matched, reconciled, reason_missing), PaymentNotReversible (what was left on
    account is used elsewhere), PeriodClosed; nothing is written then. Statements: about 30 for each match.
    """
    if not reason.strip():
        raise BankRefused(_("Say why: the reason is kept with the change."), code="reason_missing", field="reason")
    line = lock_lines([line_id], company_id)[line_id]
    matches = list(active_matches([line_id]))
    if not matches:
        raise BankRefused(_("The bank line is not matched."), code="not_matched", line_id=line_id)
    day = reconciled_to(line.bank_account_id)
    if day is not None and line.date <= day:
        raise BankRefused(
            _("The account is reconciled up to %(day)s: reopen the reconciliation first.") % {"day": day},
            code="reconciled",
            line_id=line_id,
        )
    at = datetime.datetime.combine(line.date, datetime.time(12), books_of(company_id).zone)
    for match in matches:
        _take_back(match, company_id, at, actor, reason)
    BankMatch.objects.bulk_create([_mirror(match, reason, actor) for match in matches])
    audit.record(
        [audit.Change("accounting.bankline", line_id, "unmatched", "matched", f"{line.matched:f}", "0", reason[:300],
                      company_id)],
        actor=actor,
    )  # fmt: skip
    return len(matches)


def _mirror(match: BankMatch, reason: str, actor: Actor) -> BankMatch:
    return BankMatch(
        company_id=match.company_id,
        line_id=match.line_id,
        bank_account_id=match.bank_account_id,
        kind=match.kind,
        amount=-match.amount,
        entry_id=match.entry_id,
        payment_id=match.payment_id,
        written_off_id=match.written_off_id,
        undoes=match,
        why=reason[:300],
        source_key=f"undo:{match.source_key}"[:120],
        actor_id=actor.user_id,
        actor_label=actor.label,
    )


def _take_back(match: BankMatch, company_id: int, at: datetime.datetime, actor: Actor, reason: str) -> None:
    if match.kind == MatchKind.PAYMENT:
        assert match.payment_id is not None
        _unapply(match.source_key, company_id, at.date(), actor)
        reverse_payment(match.payment_id, company_id=company_id, effective_at=at, actor=actor, reason=reason)
        if match.written_off is not None:
            _reverse_item(match.written_off, company_id, at, actor, reason)
    elif match.kind == MatchKind.ACCOUNT or (match.kind == MatchKind.TRANSFER and not _other_side(match)):
        reverse_entries([match.entry_id], company_id=company_id, effective_at=at, actor=actor, reason=reason)


def _other_side(match: BankMatch) -> bool:
    return (
        BankMatch.objects.filter(entry_id=match.entry_id, undoes__isnull=True, undone_by__isnull=True)
        .exclude(pk=match.pk)
        .exists()
    )


def _unapply(key: str, company_id: int, day: datetime.date, actor: Actor) -> None:
    """Take back the settlements that the match made."""
    made: Sequence[int] = list(
        ItemUse.objects.filter(company_id=company_id, source_key__startswith=f"{key}:use")
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    if made:
        unapply_items(made, company_id=company_id, date=day, actor=actor)


def _reverse_item(item: OpenItem, company_id: int, at: datetime.datetime, actor: Actor, reason: str) -> None:
    """Mirror the entry of a write-off and settle the two against each other."""
    entry = JournalEntry.objects.get(pk=item.entry_id)
    key = f"reverse:{entry.source_key}"
    mirrored = Entry(
        None, at, entry.subledger, entry.source_type, entry.source_id, key, mirrored_lines([entry.pk])[entry.pk],
        reason[:200], entry.pk,
    )  # fmt: skip
    side = Side.DEBIT if item.side == Side.CREDIT else Side.CREDIT
    mirror = Item("reversal", item.party_id, item.account_id, side, item.currency, item.amount, item.base_amount)
    (posted,) = post_items([(mirrored, mirror)], company_id=company_id, actor=actor)
    pair = (item.pk, posted.open_item_id) if item.side == Side.DEBIT else (posted.open_item_id, item.pk)
    apply_items([UseRequest(*pair, item.amount, key)], company_id=company_id, date=posted.date, actor=actor)
