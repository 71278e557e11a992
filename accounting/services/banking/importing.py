"""Taking bank statements in: each booking once, whatever file brings it and in whatever order."""

import datetime
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.banking import Statement, StatementLine, read_statements
from accounting.banking.checking import check_statement
from accounting.banking.errors import refuse
from accounting.errors import NotFound
from accounting.models import BankAccount, BankCsvProfile, BankLine, BankStatement
from accounting.models.banking import plain_number
from accounting.selectors.banking import csv_profile, reconciled_to
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows


@dataclass(frozen=True, slots=True)
class TakenIn:
    """state: imported, or already (the same statement was taken in before, in whatever format)."""

    statement_id: int
    bank_account_id: int
    new_lines: int
    known_lines: int
    state: str


def import_statements(
    content: bytes,
    *,
    company_id: int,
    actor: Actor,
    bank_account_id: int | None = None,
    file_name: str = "",
    profile_id: int | None = None,
) -> list[TakenIn]:
    """Every statement of a file; lines that are there already are left out, so overlaps and repeats change nothing.

    bank_account_id: the account that it must be of; otherwise statements find theirs by number.

    Raises BankFileRefused (also unknown_account, wrong_account, contradicts_reconciled) and NotFound; nothing is
    written then. Statements: 9 for one, whatever its lines; 5 for each more.
    """
    accounts = list(
        BankAccount.objects.filter(company_id=company_id, is_active=True).select_related("csv_profile").order_by("pk")
    )
    chosen = next((account for account in accounts if account.pk == bank_account_id), None)
    if bank_account_id is not None and chosen is None:
        raise NotFound(_("There is no such bank account."), bank_account_id=bank_account_id)
    statements = _read(content, company_id, chosen, profile_id)
    pairs = [(statement, _account_of(statement, statements, accounts, chosen)) for statement in statements]
    for statement, account in pairs:
        check_statement(statement)
        if statement.currency != account.currency_id:
            raise refuse(
                "wrong_currency",
                _("the statement is in %(own)s, the bank account “%(account)s” in %(currency)s.")
                % {"own": statement.currency, "account": account.name, "currency": account.currency_id},
                line=statement.line,
                field="currency",
            )
    with transaction.atomic(savepoint=False):
        return [_take_in(statement, account, file_name, actor) for statement, account in pairs]


def _read(content: bytes, company_id: int, chosen: BankAccount | None, profile_id: int | None) -> list[Statement]:
    own = {profile.pk: csv_profile(profile) for profile in BankCsvProfile.objects.filter(company_id=company_id)}
    if profile_id is not None and profile_id not in own:
        raise NotFound(_("There is no such CSV profile."), profile_id=profile_id)
    # The account's own profile is tried first; a file of another format than CSV needs none.
    default = chosen.csv_profile_id if chosen else None
    first = [own[default]] if default else []
    return read_statements(
        content,
        profile=own[profile_id] if profile_id is not None else None,
        own=[*first, *own.values()],
        currency=chosen.currency_id if chosen else "",
    )


def _account_of(
    statement: Statement, all_read: Sequence[Statement], accounts: Sequence[BankAccount], chosen: BankAccount | None
) -> BankAccount:
    number = plain_number(statement.account)
    found = [account for account in accounts if _same_account(number, account)] if number else []
    if chosen is not None:
        named_freely = statement.format in ("csv", "qif") and not _like_iban(number) and len(all_read) == 1
        if chosen in found or named_freely or not number:
            return chosen
        raise refuse(
            "wrong_account",
            _("the statement is of account %(own)s, not of “%(account)s” (%(number)s).")
            % {"own": statement.account, "account": chosen.name, "number": chosen.number},
            line=statement.line,
            field="account",
        )
    if len(found) != 1:
        raise refuse(
            "unknown_account",
            _("no bank account has the number %(number)s; enter it, or choose the account.")
            % {"number": statement.account or "–"},
            line=statement.line,
            field="account",
        )
    return found[0]


def _like_iban(number: str) -> bool:
    return 15 <= len(number) <= 34 and number[:2].isalpha() and number[2:4].isdecimal()


def _same_account(number: str, account: BankAccount) -> bool:
    """Whether it is this account, though banks write a national number for an IBAN, or the currency behind it."""
    known, bare = account.number_key, number.removesuffix(account.currency_id)
    return any(
        one == known or (min(len(one), len(known)) >= 8 and (known.endswith(one) or one.endswith(known)))
        for one in (number, bare)
    )


_LINE_COLUMNS = {
    "company_id": "bigint", "bank_account_id": "bigint", "statement_id": "bigint", "position": "integer",
    "date": "date", "value_date": "date", "currency": "text", "amount": "numeric", "name": "text",
    "counterparty": "text", "text": "text", "reference": "text", "bank_reference": "text", "kind": "text",
    "is_reversal": "boolean", "parts": "jsonb", "identity": "text",
}  # fmt: skip


def _take_in(statement: Statement, account: BankAccount, file_name: str, actor: Actor) -> TakenIn:
    # One statement of an account at a time: two files that overlap must see each other's lines.
    BankAccount.objects.select_for_update(of=("self",), no_key=True).get(pk=account.pk)
    digest = _digest(statement)
    before = list(BankStatement.objects.filter(bank_account=account))
    for other in before:
        if other.digest == digest:
            return TakenIn(other.pk, account.pk, 0, other.new_lines + other.known_lines, "already")
    keys = _identities(statement, account, before)
    known = set(BankLine.objects.filter(bank_account=account, identity__in=keys).values_list("identity", flat=True))
    fresh = [
        (place, key, line)
        for place, (key, line) in enumerate(zip(keys, statement.booked, strict=True), start=1)
        if key not in known
    ]
    _check_reconciled(fresh, account)
    row = BankStatement.objects.create(
        company_id=account.company_id,
        bank_account=account,
        format=statement.format,
        reference=statement.reference[:60],
        sequence=statement.sequence[:30],
        file_name=file_name[-120:],
        digest=digest,
        first_date=min((line.date for line in statement.booked if line.date), default=statement.from_date),
        last_date=max((line.date for line in statement.booked if line.date), default=statement.to_date),
        opening_date=statement.opening.date if statement.opening else None,
        opening=statement.opening.amount if statement.opening else None,
        closing_date=statement.closing.date if statement.closing else None,
        closing=statement.closing.amount if statement.closing else None,
        new_lines=len(fresh),
        known_lines=len(known),
        actor_id=actor.user_id,
        actor_label=actor.label,
    )
    insert_rows("accounting_bankline", _LINE_COLUMNS, [_row(line, place, key, row) for place, key, line in fresh])
    said = f"{len(fresh)} / {len(known)}"
    audit.record(
        [audit.Change("accounting.bankaccount", account.pk, "statement", "", "", said, file_name, account.company_id)],
        actor=actor,
    )
    return TakenIn(row.pk, account.pk, len(fresh), len(known), "imported")


def _check_reconciled(fresh: Sequence[tuple[int, str, StatementLine]], account: BankAccount) -> None:
    day = reconciled_to(account.pk)
    for _place, _key, line in fresh:
        if day is not None and line.date is not None and line.date <= day:
            raise refuse(
                "contradicts_reconciled",
                _("a booking of %(date)s is new, but the account is reconciled up to %(day)s.")
                % {"date": line.date, "day": day},
                line=line.line,
                field="date",
            )


def _row(line: StatementLine, place: int, key: str, statement: BankStatement) -> tuple[Any, ...]:
    parts = [
        {"amount": f"{part.amount:f}", "name": part.name, "account": part.account, "text": _text(part)}
        for part in line.parts
    ]
    return (
        statement.company_id, statement.bank_account_id, statement.pk, place, line.date, line.value_date,
        line.currency, line.amount, line.name[:140], line.account.replace(" ", "")[:60], line.text[:500],
        " ".join(filter(None, (line.reference, line.end_to_end)))[:140], line.bank_reference[:80], line.kind[:60],
        line.is_reversal, json.dumps(parts[:2000]), key,
    )  # fmt: skip


def _text(part: Any) -> str:
    return " ".join(filter(None, (part.text, part.reference, part.end_to_end)))[:300]


def _digest(statement: Statement) -> str:
    """The same for the same statement in another format: balances, days and amounts where it has balances."""
    if statement.opening and statement.closing:
        rows = sorted((line.date, line.amount) for line in statement.booked)
        content: Any = (statement.opening.amount.normalize(), statement.closing.amount.normalize(),
                        statement.closing.date, [(day, amount.normalize()) for day, amount in rows])  # fmt: skip
    else:
        content = (statement.closing, [_content(line) for line in statement.booked])
    return blake2b(repr(content).encode(), digest_size=16).hexdigest()


def _content(line: StatementLine) -> tuple[Any, ...]:
    """What tells a booking apart: the bank's own id, or everything that it says."""
    amount: Decimal = line.amount.normalize()
    if line.bank_reference:
        return (line.date, amount, line.bank_reference)
    return (line.date, amount, line.name, line.account, line.text, line.end_to_end, line.reference)


def _identities(statement: Statement, account: BankAccount, before: Sequence[BankStatement]) -> list[str]:
    """Of each booking; what looks the same in one file, or in two that follow each other, is numbered."""
    counts: Counter[str] = Counter()
    apart = [other.pk for other in before if _follow_each_other(statement, other)]
    plain = [blake2b(repr(_content(line)).encode(), digest_size=16).hexdigest() for line in statement.booked]
    if apart:
        taken = BankLine.objects.filter(bank_account=account, statement_id__in=apart, date__in=_days(statement))
        counts.update(identity.partition("#")[0] for identity in taken.values_list("identity", flat=True))
    keys = []
    for key in plain:
        counts[key] += 1
        keys.append(f"{key}#{counts[key]}" if counts[key] > 1 else key)
    return keys


def _days(statement: Statement) -> set[datetime.date]:
    return {line.date for line in statement.booked if line.date}


def _follow_each_other(statement: Statement, other: BankStatement) -> bool:
    """Whether one begins where the other ended: then they hold no booking in common, however alike two look."""
    opening, closing = statement.opening, statement.closing
    if opening is None or closing is None or other.opening is None or other.closing_date is None:
        return False
    if (other.opening, other.closing) == (opening.amount, closing.amount):
        return False
    after = opening.amount == other.closing and other.closing_date <= closing.date
    return after or (closing.amount == other.opening and closing.date <= other.closing_date)
