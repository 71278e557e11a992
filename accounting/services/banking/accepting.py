"""Doing what is suggested: one suggestion that a person accepts, or all that are certain."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.banking.suggesting import Subject, Suggestion, suggest
from accounting.errors import BankRefused, NotFound
from accounting.models import AccountRole, BankAccount, BankLine, BankMatch, MatchKind
from accounting.selectors.banking import known_for, open_lines, subject_of, suggestions_for
from accounting.services.banking.matching import match_lines
from accounting.services.banking.shares import (
    EntryShare,
    ItemShare,
    Matched,
    MatchRequest,
    PartyShare,
    PostShare,
    TransferShare,
)
from backoffice.core.actor import Actor
from backoffice.core.money import ZERO

CHUNK = 1_000


def request_of(line: Subject, proposal: Suggestion) -> MatchRequest:
    """The match that a suggestion stands for."""
    target, why = proposal.target_id or 0, "; ".join(proposal.reasons)
    parties: tuple[PartyShare, ...] = ()
    if proposal.action == "party":
        parties = (PartyShare(target, line.amount, _control(line)),)
    elif proposal.rest:
        party = proposal.documents[0][0].party_id
        parties = (PartyShare(party, proposal.rest, proposal.documents[0][0].control),)
    return MatchRequest(
        line_id=line.id,
        items=tuple(ItemShare(document.item_id, amount) for document, amount in proposal.documents),
        posts=(PostShare(target, line.amount, why),) if proposal.action == "account" else (),
        parties=parties,
        entries=(EntryShare(target, line.amount),) if proposal.action == "entry" else (),
        transfers=(TransferShare(target, line.amount),) if proposal.action == "transfer" else (),
        write_off=bool(proposal.write_off),
        rule_id=proposal.rule_id,
        why=why[:300],
    )


def _control(line: Subject) -> str:
    return AccountRole.RECEIVABLE if line.amount > 0 else AccountRole.PAYABLE


@transaction.atomic(savepoint=False)
def accept_suggestion(line_id: int, key: str, *, company_id: int, actor: Actor) -> Matched:
    """Match a line as the suggestion of that key says, if it still stands.

    Raises NotFound, BankRefused (suggestion_gone) and what match_lines raises; nothing is written then.
    """
    line = BankLine.objects.filter(pk=line_id, company_id=company_id).select_related("bank_account").first()
    if line is None:
        raise NotFound(_("There is no bank line %(id)s.") % {"id": line_id}, line_id=line_id)
    found = suggestions_for([line], line.bank_account, limit=20).get(line.pk, [])
    for proposal in found:
        if proposal.key == key:
            if proposal.action == "transfer":
                return _transfer(line, proposal, company_id, actor)
            [done] = match_lines([request_of(subject_of(line), proposal)], company_id=company_id, actor=actor)
            return done
    raise BankRefused(
        _("That suggestion does not stand any more: look again."), code="suggestion_gone", line_id=line_id
    )


def _transfer(line: BankLine, proposal: Suggestion, company_id: int, actor: Actor) -> Matched:
    """Post the transfer, and match the other account's line with it where that is there already."""
    [done] = match_lines([request_of(subject_of(line), proposal)], company_id=company_id, actor=actor)
    entry_id = BankMatch.objects.get(pk=done.match_ids[0], kind=MatchKind.TRANSFER).entry_id
    other = (
        BankLine.objects.filter(bank_account_id=proposal.target_id, matched=0, amount=-done.amount)
        .filter(date__range=_days_around(line))
        .order_by("date", "pk")
        .first()
    )
    if other is not None:
        share = EntryShare(entry_id, -done.amount)
        match_lines([MatchRequest(other.pk, entries=(share,), why="; ".join(proposal.reasons)[:300])],
                    company_id=company_id, actor=actor)  # fmt: skip
    return done


def _days_around(line: BankLine) -> tuple[date, date]:
    return line.date - timedelta(days=7), line.date + timedelta(days=7)


@transaction.atomic(savepoint=False)
def match_certain(bank_account_id: int, *, company_id: int, actor: Actor) -> int:
    """Match every open line of an account whose first suggestion is certain; how many lines.

    Certain is what a rule does by itself, a text that names documents of exactly this amount, an entry posted before
    whose reference the text names, or a transfer from an account of ours.
    Statements: about 35 for each thousand lines, and for each transfer.
    """
    account = BankAccount.objects.filter(pk=bank_account_id, company_id=company_id).first()
    if account is None:
        raise NotFound(_("There is no such bank account."), bank_account_id=bank_account_id)
    lines = list(open_lines(account.pk).filter(matched=ZERO))
    if not lines:
        return 0
    known = known_for(account, lines)
    taken: set[tuple[str, int]] = set()
    chosen: list[MatchRequest] = []
    transfers: list[tuple[BankLine, Suggestion]] = []
    for line in lines:
        subject = subject_of(line)
        proposals = suggest(subject, known, limit=2)
        if proposals and proposals[0].certain and _free(proposals[0], taken):
            if proposals[0].action == "transfer":
                transfers.append((line, proposals[0]))
            else:
                chosen.append(request_of(subject, proposals[0]))
    for start in range(0, len(chosen), CHUNK):
        match_lines(chosen[start : start + CHUNK], company_id=company_id, actor=actor)
    for line, proposal in transfers:
        _transfer(line, proposal, company_id, actor)
    return len(chosen) + len(transfers)


def _free(proposal: Suggestion, taken: set[tuple[str, int]]) -> bool:
    """Whether nothing of it was given to another line of this run; it is from now on."""
    wanted: Sequence[tuple[str, int]] = [("item", document.item_id) for document, _amount in proposal.documents]
    if proposal.action == "entry":
        wanted = [("entry", proposal.target_id or 0)]
    if any(one in taken for one in wanted):
        return False
    taken.update(wanted)
    return True
