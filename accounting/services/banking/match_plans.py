"""What a match comes to before anything is posted: the line, its parties' groups, the difference written off."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext as _

from accounting.errors import NotFound
from accounting.models import (
    AccountRole,
    BankAccount,
    OpenItem,
    Side,
)
from accounting.selectors.config import Books
from accounting.services.banking.crossing import Rates, line_money
from accounting.services.banking.refusing import LockedLine, refused
from accounting.services.banking.shares import MatchRequest, PostShare
from backoffice.core.money import ZERO

CONTROLS = (AccountRole.RECEIVABLE, AccountRole.PAYABLE)


@dataclass(slots=True)
class PartyGroup:
    """One party's share of one line: a payment of `cash` and what it settles.

    foreign: the documents' currency where it is not the line's; paid: what the payment is in it, signed as cash.
    """

    line: LockedLine
    key: str
    party_id: int
    control: str
    account_id: int
    foreign: str = ""
    cash: Decimal = ZERO
    paid: Decimal = ZERO
    written_off: Decimal = ZERO  # > 0 on the side of the payment
    documents: list[tuple[OpenItem, Decimal]] = field(default_factory=list)
    payment_id: int | None = None
    payment_item: int | None = None
    write_off_item: int | None = None
    entry_id: int | None = None

    @property
    def settled(self) -> Decimal:
        """What the payment settles, in the documents' currency, without sign."""
        return abs(self.paid if self.foreign else self.cash)


@dataclass(slots=True)
class MatchPlan:
    request: MatchRequest
    line: LockedLine
    bank: BankAccount
    key: str
    groups: list[PartyGroup]
    posts: list[PostShare]


def lock_lines(ids: Sequence[int], company_id: int) -> dict[int, LockedLine]:
    """Bank lines locked in id order until commit. Raises NotFound. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounting_lock_bank_lines(%s::bigint[])", [sorted(ids)])
        found = {row[0]: LockedLine(*row) for row in cursor.fetchall()}
    for line_id in ids:
        if line_id not in found or found[line_id].company_id != company_id:
            raise NotFound(_("There is no bank line %(id)s.") % {"id": line_id}, line_id=line_id)
    return found


def items_of(requests: Sequence[MatchRequest], company_id: int) -> dict[int, OpenItem]:
    wanted = {share.item_id for request in requests for share in request.items}
    rows = OpenItem.objects.filter(company_id=company_id, pk__in=wanted).select_related("account")
    found = {row.pk: row for row in rows}
    for item_id in wanted:
        if item_id not in found:
            raise NotFound(_("There is no open item %(id)s in this company.") % {"id": item_id}, item_id=item_id)
    return found


def plan_match(
    request: MatchRequest,
    line: LockedLine,
    banks: Mapping[int, BankAccount],
    items: Mapping[int, OpenItem],
    key: str,
    books: Books,
    rates: Rates,
) -> MatchPlan:
    if not line.open:
        raise refused("already_matched", _("The bank line is matched already."), line)
    groups = list(_groups(request, line, items, key, books, rates))
    total = sum((group.cash for group in groups), ZERO) + sum(posted_amounts(request.posts, request), ZERO)
    plan = MatchPlan(request, line, banks[line.bank_account_id], key, groups, list(request.posts))
    if request.write_off:
        total += _write_off(plan, line.open - total, books)
    if not total:
        raise refused("nothing_to_match", _("Choose what the line is for."), line)
    if (total > 0) != (line.open > 0):
        raise refused(
            "wrong_direction",
            _("The line is money %(way)s; what was chosen goes the other way.")
            % {"way": _("in") if line.open > 0 else _("out")},
            line,
            amount=str(total),
        )
    if abs(total) > abs(line.open):
        raise refused(
            "more_than_the_line",
            _("%(total)s is more than the %(open)s that are open on the line.")
            % {"total": f"{abs(total):f}", "open": f"{abs(line.open):f}"},
            line,
            open=str(line.open),
            amount=str(total),
        )
    _check_transfers(request, line, banks)
    return plan


def _groups(
    request: MatchRequest, line: LockedLine, items: Mapping[int, OpenItem], key: str, books: Books, rates: Rates
) -> Iterator[PartyGroup]:
    groups: dict[tuple[int, str, str], PartyGroup] = {}

    def group(party_id: int, control: str, account_id: int, foreign: str = "") -> PartyGroup:
        place = (party_id, control, foreign)
        if place not in groups:
            own = f"{key}:{party_id}:{control}" + (f":{foreign}" if foreign else "")
            groups[place] = PartyGroup(line, own, party_id, control, account_id, foreign)
        return groups[place]

    for share in request.items:
        item = items[share.item_id]
        if share.amount <= 0:
            raise refused("bad_amount", _("Amounts are above zero."), line, item_id=item.pk)
        if item.account.control not in CONTROLS:
            raise refused("control_account", _("Only receivables and payables are settled."), line, item_id=item.pk)
        foreign = item.currency if item.currency != line.currency else ""
        into = group(item.party_id, item.account.control, item.account_id, foreign)
        into.documents.append((item, share.amount))
        sign = 1 if item.side == Side.DEBIT else -1
        into.cash += sign * (line_money(request, share, item, line, books, rates) if foreign else share.amount)
        into.paid += sign * share.amount
    for share_ in request.parties:
        if share_.control not in CONTROLS:
            raise refused("control_account", _("Only receivables and payables are settled."), line)
        group(share_.party_id, share_.control, books.account(share_.control)).cash += share_.amount
    yield from groups.values()


def _write_off(plan: MatchPlan, difference: Decimal, books: Books) -> Decimal:
    """Give up the difference: less than the documents ask for, or more. What it adds to the total."""
    if not difference:
        return ZERO
    limit = plan.bank.write_off_limit
    if abs(difference) > limit:
        raise refused(
            "write_off_too_large",
            _("The difference of %(difference)s is above the account's limit for write-offs, %(limit)s.")
            % {"difference": f"{abs(difference):f}", "limit": f"{limit:f}"},
            plan.line,
            difference=str(difference),
            limit=str(limit),
        )
    short = next((group for group in plan.groups if not group.foreign and group.cash * difference < 0), None)
    if short is not None:
        if abs(difference) >= abs(short.cash):
            raise refused("write_off_too_large", _("All of a document cannot be written off here."), plan.line)
        short.cash += difference
        short.written_off = abs(difference)
    else:
        plan.posts.append(PostShare(books.account(AccountRole.ROUNDING), difference, _("Difference written off")))
    return difference


def _check_transfers(request: MatchRequest, line: LockedLine, banks: Mapping[int, BankAccount]) -> None:
    for share in request.transfers:
        other = banks.get(share.bank_account_id)
        if other is None or other.pk == line.bank_account_id:
            raise NotFound(_("There is no such bank account."), bank_account_id=share.bank_account_id)
        if other.currency_id != line.currency:
            raise refused(
                "currency_differs",
                _("The document is in %(own)s, the bank line in %(currency)s.")
                % {"own": other.currency_id, "currency": line.currency},
                line,
            )


def check_entries(plans: Sequence[MatchPlan], company_id: int) -> None:
    """That entries named are there and have that much left on the bank's account; the database holds it too."""
    wanted = {(plan.bank.pk, share.entry_id) for plan in plans for share in plan.request.entries}
    if not wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.id, l.entry_id, sum(l.amount) - coalesce((SELECT sum(m.amount) FROM accounting_bankmatch m"
            "  WHERE m.entry_id = l.entry_id AND m.bank_account_id = b.id), 0)"
            " FROM accounting_journalline l JOIN accounting_bankaccount b ON b.account_id = l.account_id"
            "  AND b.currency_id = l.currency WHERE l.entry_id = ANY(%s) AND l.company_id = %s GROUP BY 1, 2",
            [sorted({entry for _bank, entry in wanted}), company_id],
        )
        left = {(bank, entry): amount for bank, entry, amount in cursor.fetchall()}
    for plan in plans:
        for share in plan.request.entries:
            open_amount = left.get((plan.bank.pk, share.entry_id), ZERO)
            if share.amount * open_amount <= 0 or abs(share.amount) > abs(open_amount):
                raise refused(
                    "entry_not_open",
                    _("JE-%(id)s has %(open)s left on this bank account.")
                    % {"id": share.entry_id, "open": f"{open_amount:f}"},
                    plan.line,
                    entry_id=share.entry_id,
                )
            left[plan.bank.pk, share.entry_id] = open_amount - share.amount


def posted_amounts(posts: Sequence[PostShare], request: MatchRequest) -> Iterator[Decimal]:
    """The shares of a line beside payments."""
    yield from (post.amount for post in posts)
    yield from (entry.amount for entry in request.entries)
    yield from (transfer.amount for transfer in request.transfers)
