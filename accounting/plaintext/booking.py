"""Booking: lots found, missing amounts filled in, each transaction balanced, assertions held.

Weights, tolerances and reductions as https://beancount.github.io/docs describes them: what was bought at a cost balances
at it, what has a price at the price; a residual of half the last digit is accepted and kept.
"""

import datetime
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from accounting.plaintext.journal import Amount, Cost, Journal, Posting, Transaction, refuse

ZERO = Decimal(0)
HALF = Decimal("0.5")


@dataclass(slots=True)
class _Lot:
    units: Decimal
    cost: Decimal
    commodity: str
    date: datetime.date
    label: str


@dataclass(slots=True)
class Books:
    """Running balances by account and commodity, and the lots held."""

    balances: dict[str, dict[str, Decimal]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(Decimal)))
    lots: dict[tuple[str, str], list[_Lot]] = field(default_factory=lambda: defaultdict(list))

    def of(self, account: str, commodity: str) -> Decimal:
        """The balance of an account with its sub-accounts."""
        return sum(
            (
                amounts.get(commodity, ZERO)
                for name, amounts in self.balances.items()
                if name == account or name.startswith(f"{account}:")
            ),
            ZERO,
        )


def book(journal: Journal) -> Books:
    """Book every transaction in date order; amounts, weights and residuals are filled in.

    Raises JournalFileRefused: unknown_account, account_closed, wrong_commodity, no_lot, unbalanced, two_missing,
    balance_fails.
    """
    books = Books()
    _check_accounts(journal)
    events: list[tuple[datetime.date, int, int, object]] = [
        (balance.date, 0, balance.line, balance) for balance in journal.balances
    ]
    events += [(pad.date, 1, pad.line, pad) for pad in journal.pads]
    events += [(one.date, 2, one.line, one) for one in journal.transactions]
    pads: dict[str, object] = {}
    in_file_order = journal.format == "ledger"
    for _date, kind, _line, event in sorted(events, key=lambda row: row[2] if in_file_order else row[:3]):  # type: ignore[arg-type,return-value]
        if kind == 2:
            book_transaction(event, journal, books)  # type: ignore[arg-type]
        elif kind == 1:
            pads[event.account] = event  # type: ignore[attr-defined]
        else:
            _assert(event, journal, books, pads)
    journal.transactions.sort(key=lambda one: (one.date, one.line))
    return books


def _check_accounts(journal: Journal) -> None:
    if not journal.strict or journal.auto_accounts:
        return
    opened: dict[str, datetime.date] = {}
    closed: dict[str, datetime.date] = {}
    allowed: dict[str, tuple[str, ...]] = {}
    for opening in journal.openings:
        if opening.closes:
            closed[opening.account] = opening.date
        else:
            opened[opening.account] = opening.date
            allowed[opening.account] = opening.commodities
    for one in journal.transactions:
        for posting in one.postings:
            name = posting.account
            if name not in opened or opened[name] > one.date:
                raise refuse(
                    "unknown_account", _("the account %(account)s is not open.") % {"account": name}, posting.line,
                    account=name,
                )  # fmt: skip
            if name in closed and one.date > closed[name]:
                raise refuse(
                    "account_closed", _("the account %(account)s is closed.") % {"account": name}, posting.line,
                    account=name,
                )  # fmt: skip
            commodity = posting.amount.commodity if posting.amount and not posting.commodity_missing else ""
            if commodity and allowed[name] and commodity not in allowed[name]:
                raise refuse(
                    "wrong_commodity",
                    _("the account %(account)s takes %(allowed)s, not %(commodity)s.")
                    % {"account": name, "allowed": ", ".join(allowed[name]), "commodity": commodity},
                    posting.line,
                )


def book_transaction(one: Transaction, journal: Journal, books: Books) -> None:
    real = [posting for posting in one.postings if posting.virtual != "()"]
    if any(posting.commodity_missing for posting in real):
        _name_commodities(one, real)
    booked: list[Posting] = []
    for posting in one.postings:
        _assigned(posting, books, booked)
        booked += _with_lots(posting, one, books)
    one.postings = booked
    for group in ("", "[]"):
        _balance_out(one, [posting for posting in one.postings if posting.virtual == group], journal)
    for posting in one.postings:
        if posting.amount is not None:
            books.balances[posting.account][posting.amount.commodity] += posting.amount.number


def _assigned(posting: Posting, books: Books, before: list[Posting]) -> None:
    """Ledger's "= AMOUNT" behind a posting: what the account has then, checked, or made so where no amount is given."""
    if posting.assertion is None:
        return
    commodity = posting.assertion.commodity
    held = books.balances[posting.account][commodity] if posting.account in books.balances else ZERO
    held += sum(
        (
            other.amount.number
            for other in before
            if other.amount is not None and (other.account, other.amount.commodity) == (posting.account, commodity)
        ),
        ZERO,
    )
    if posting.amount is None:
        posting.amount = Amount(posting.assertion.number - held, commodity)
        return
    found = held + (posting.amount.number if posting.amount.commodity == commodity else ZERO)
    if found != posting.assertion.number:
        raise refuse(
            "balance_fails",
            _("%(account)s should have %(wanted)s %(commodity)s, but has %(found)s.")
            % {
                "account": posting.account, "wanted": f"{posting.assertion.number:f}", "commodity": commodity,
                "found": f"{found:f}",
            },
            posting.line,
            account=posting.account,
        )  # fmt: skip


def _name_commodities(one: Transaction, postings: list[Posting]) -> None:
    named = {posting.amount.commodity for posting in postings if posting.amount and not posting.commodity_missing}
    if len(named) != 1:
        raise refuse("bad_amount", _("the amount says no commodity."), one.line)
    [commodity] = named
    for posting in postings:
        if posting.commodity_missing and posting.amount is not None:
            posting.amount, posting.commodity_missing = Amount(posting.amount.number, commodity), False


def _with_lots(posting: Posting, one: Transaction, books: Books) -> list[Posting]:
    """The posting, with its weight; one that reduces lots becomes one for each lot that it takes from."""
    if posting.amount is None:
        return [posting]
    if posting.cost is None:
        posting.weight = _priced(posting)
        return [posting]
    held = books.lots[posting.account, posting.amount.commodity]
    reduces = any(lot.units and (lot.units > 0) != (posting.amount.number > 0) for lot in held)
    if not reduces:
        return [_new_lot(posting, one, held)]
    left, taken = posting.amount.number, []
    for lot in _matching(posting.cost, held):
        part = max(-lot.units, left) if left < 0 else min(-lot.units, left)
        if not part:
            continue
        lot.units += part
        left -= part
        taken.append(_part_of(posting, part, lot))
        if not left:
            break
    if left:
        raise refuse(
            "no_lot",
            _("%(units)s %(commodity)s more are taken from %(account)s than its lots hold.")
            % {"units": abs(left), "commodity": posting.amount.commodity, "account": posting.account},
            posting.line,
        )
    return taken


def _matching(cost: Cost, held: list[_Lot]) -> list[_Lot]:
    return [
        lot
        for lot in held
        if lot.units
        and (cost.number is None or (lot.cost, lot.commodity) == (cost.number, cost.commodity))
        and (cost.date is None or lot.date == cost.date)
        and (not cost.label or lot.label == cost.label)
    ]


def _new_lot(posting: Posting, one: Transaction, held: list[_Lot]) -> Posting:
    assert posting.amount is not None and posting.cost is not None
    cost, units = posting.cost, posting.amount.number
    if cost.number is None:
        raise refuse("no_lot", _("no lot is held that the cost could be of."), posting.line)
    unit_cost = cost.number / abs(units) if cost.is_total and units else cost.number
    held.append(_Lot(units, unit_cost, cost.commodity, cost.date or one.date, cost.label))
    total = cost.number * (1 if units >= 0 else -1) if cost.is_total else units * cost.number
    posting.weight = Amount(total, cost.commodity)
    return posting


def _part_of(posting: Posting, units: Decimal, lot: _Lot) -> Posting:
    assert posting.amount is not None
    return Posting(
        posting.account,
        posting.line,
        Amount(units, posting.amount.commodity),
        Cost(lot.cost, lot.commodity, date=lot.date, label=lot.label),
        posting.price,
        posting.price_is_total,
        virtual=posting.virtual,
        note=posting.note,
        weight=Amount(units * lot.cost, lot.commodity),
    )


def _priced(posting: Posting) -> Amount:
    assert posting.amount is not None
    if posting.price is None:
        return posting.amount
    sign = 1 if posting.amount.number >= 0 else -1
    total = sign * posting.price.number if posting.price_is_total else posting.amount.number * posting.price.number
    return Amount(total, posting.price.commodity)


def _balance_out(one: Transaction, postings: list[Posting], journal: Journal) -> None:
    """Fill in the one missing amount, or see that nothing is missing."""
    missing = [posting for posting in postings if posting.amount is None]
    if len(missing) > 1:
        raise refuse("two_missing", _("only one amount of a transaction may be left out."), missing[1].line)
    residual: dict[str, Decimal] = defaultdict(Decimal)
    for posting in postings:
        if posting.weight is not None:
            residual[posting.weight.commodity] += posting.weight.number
    left = {commodity: number for commodity, number in residual.items() if number}
    if missing:
        _fill_in(one, missing[0], left)
        return
    tolerances = _tolerances(postings, journal)
    wrong = {commodity: number for commodity, number in left.items() if abs(number) > tolerances.get(commodity, ZERO)}
    if wrong and not _implied_price(postings, wrong, journal):
        said = ", ".join(f"{number:f} {commodity}" for commodity, number in sorted(wrong.items()))
        raise refuse(
            "unbalanced", _("the transaction does not balance: %(left)s is left.") % {"left": said}, one.line, left=said
        )
    for commodity, number in left.items():
        if commodity not in wrong:
            one.residual[commodity] = one.residual.get(commodity, ZERO) + number


def _fill_in(one: Transaction, posting: Posting, left: dict[str, Decimal]) -> None:
    if not left:
        one.postings.remove(posting)
        return
    at = one.postings.index(posting)
    filled = [
        Posting(
            posting.account, posting.line, Amount(-number, commodity), virtual=posting.virtual, note=posting.note,
            weight=Amount(-number, commodity),
        )
        for commodity, number in left.items()
    ]  # fmt: skip
    one.postings[at : at + 1] = filled


def _tolerances(postings: list[Posting], journal: Journal) -> dict[str, Decimal]:
    """Half of the last digit that amounts of a commodity are written with; ledger: of its display precision."""
    found: dict[str, Decimal] = {}
    for posting in postings:
        if posting.amount is None:
            continue
        places = -int(posting.amount.number.as_tuple().exponent)
        if journal.format == "ledger":
            for amount in (posting.amount, posting.weight):
                if amount is not None:
                    places = journal.precisions.get(amount.commodity, 0)
                    found[amount.commodity] = HALF.scaleb(-places)
        elif places > 0:
            commodity = posting.amount.commodity
            found[commodity] = max(found.get(commodity, ZERO), HALF.scaleb(-places))
    return found


def _implied_price(postings: list[Posting], wrong: dict[str, Decimal], journal: Journal) -> bool:
    """Ledger's: two commodities and no price say each other's price."""
    if journal.format != "ledger" or len(wrong) != 2:
        return False
    (one, left), (other, right) = wrong.items()
    if (left > 0) == (right > 0) or any(posting.price or posting.cost for posting in postings):
        return False
    first = next(posting.amount.commodity for posting in postings if posting.amount)
    priced, by = (one, other) if first == one else (other, one)
    rate = abs(wrong[by] / wrong[priced])
    for posting in postings:
        if posting.amount is not None and posting.amount.commodity == priced:
            posting.price = Amount(rate, by)
            posting.weight = Amount(posting.amount.number * rate, by)
    return True


def _assert(balance: object, journal: Journal, books: Books, pads: dict[str, object]) -> None:
    wanted: Amount = balance.amount  # type: ignore[attr-defined]
    account, line = balance.account, balance.line  # type: ignore[attr-defined]
    found = books.of(account, wanted.commodity)
    pad = pads.pop(account, None)
    if pad is not None and found != wanted.number:
        _padded(pad, Amount(wanted.number - found, wanted.commodity), journal, books)
        return
    places = -int(wanted.number.as_tuple().exponent)
    allowed = balance.tolerance  # type: ignore[attr-defined]
    tolerance = allowed if allowed is not None else (Decimal(1).scaleb(-places) if places > 0 else ZERO)
    if abs(found - wanted.number) > tolerance:
        raise refuse(
            "balance_fails",
            _("%(account)s should have %(wanted)s %(commodity)s, but has %(found)s.")
            % {
                "account": account,
                "wanted": f"{wanted.number:f}",
                "commodity": wanted.commodity,
                "found": f"{found:f}",
            },
            line,
            account=account,
        )


def _padded(pad: object, amount: Amount, journal: Journal, books: Books) -> None:
    one = Transaction(pad.date, pad.line, "", _("Padding"))  # type: ignore[attr-defined]
    one.postings = [
        Posting(pad.account, pad.line, amount),  # type: ignore[attr-defined]
        Posting(pad.source, pad.line, -amount),  # type: ignore[attr-defined]
    ]
    journal.transactions.append(one)
    book_transaction(one, journal, books)
