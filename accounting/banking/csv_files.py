"""CSV statements, read by the profile that fits or was chosen."""

import csv
import datetime
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from accounting.banking.csv_profiles import PROFILES, CsvProfile
from accounting.banking.errors import BankFileRefused, refuse
from accounting.banking.statement import Balance, Statement, StatementLine
from accounting.banking.values import decode, read_amount, read_currency, read_date, squeeze

MAX_PREAMBLE = 20
MAX_ROWS = 500_000


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    cells: dict[str, str]

    def get(self, profile: CsvProfile, role: str) -> str:
        headers = profile.columns.get(role, ())
        return squeeze(" ".join(self.cells.get(header, "") for header in headers))


def read_csv(content: bytes, *, profile: CsvProfile | None = None, own: Sequence[CsvProfile] = ()) -> list[Statement]:
    """One statement per account of the file. Raises BankFileRefused.

    profile: the one to read it by; otherwise the first that fits, of one's own profiles and then of the known ones.
    """
    if profile is not None:
        rows = _rows(decode(content, profile.encodings), profile)
        if rows is None:
            raise _misfit(content, profile)
        return _statements(rows, profile)
    for candidate in (*own, *PROFILES):
        try:
            rows = _rows(decode(content, candidate.encodings), candidate)
        except BankFileRefused as refusal:
            if refusal.code in ("empty_file", "too_large"):
                raise
            continue
        if rows is not None:
            return _statements(rows, candidate)
    raise _misfit(content, None)


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n")), delimiter=delimiter)
    while True:
        before = reader.line_num
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise refuse(
                "not_well_formed", _("the row cannot be read (%(why)s).") % {"why": error}, line=reader.line_num
            ) from None
        if any(cell.strip() for cell in record):
            yield before + 1, record


def _rows(text: str, profile: CsvProfile) -> list[_Row] | None:
    """The rows below the profile's header line; None where there is none."""
    records = _records(text, profile.delimiter)
    if profile.headerless:
        return _headerless(records, profile)
    for count, (_line, record) in enumerate(records):
        header = [cell.strip() for cell in record]
        if profile.headers <= set(header):
            return list(_below(records, header))
        if count >= MAX_PREAMBLE:
            return None
    return None


def _headerless(records: Iterator[tuple[int, list[str]]], profile: CsvProfile) -> list[_Row] | None:
    rows = [_Row(line, {str(at): cell for at, cell in enumerate(record)}) for line, record in records]
    if not rows or any(int(number) >= len(rows[0].cells) for number in profile.headers):
        return None
    first = rows[0]
    try:
        read_date(first.get(profile, "date"), line=first.line, field="date", formats=profile.dates)
    except BankFileRefused:
        return None
    return rows


def _below(records: Iterator[tuple[int, list[str]]], header: list[str]) -> Iterator[_Row]:
    for count, (line, record) in enumerate(records):
        if count >= MAX_ROWS:
            raise refuse("too_large", _("there are more than %(limit)s rows.") % {"limit": MAX_ROWS}, line=line)
        if [cell.strip() for cell in record] == header:
            continue  # the header once more, as where files were put together
        yield _Row(line, dict(zip(header, record, strict=False)))


def _misfit(content: bytes, profile: CsvProfile | None) -> BankFileRefused:
    first = decode(content, ("utf-8-sig", "cp1252", "latin-1")).strip().splitlines()[0][:120]
    if profile is not None:
        missing = sorted(profile.headers)
        return refuse(
            "wrong_profile",
            _("the columns of the profile “%(profile)s” are not there: %(columns)s.")
            % {"profile": profile.name, "columns": ", ".join(missing)},
            line=1,
        )
    return refuse(
        "unknown_csv",
        _("no profile knows these columns: %(columns)s. Make a CSV profile for this bank.") % {"columns": first},
        line=1,
    )


def _statements(rows: Sequence[_Row], profile: CsvProfile) -> list[Statement]:
    accounts: dict[str, list[tuple[_Row, StatementLine]]] = {}
    for row in rows:
        if _left_out(row, profile):
            continue
        accounts.setdefault(row.get(profile, "account"), []).append((row, _line(row, profile)))
    if not accounts:
        raise refuse("no_lines", _("The file holds no row of a booking."))
    return [_statement(account, booked, profile) for account, booked in accounts.items()]


def _left_out(row: _Row, profile: CsvProfile) -> bool:
    def cell(header: str) -> str:
        return squeeze(row.cells.get(header, ""))

    if any(cell(header) in texts for header, texts in profile.skip.items()):
        return True
    return any(not any(text in cell(header) for text in texts) for header, texts in profile.only.items())


def _line(row: _Row, profile: CsvProfile) -> StatementLine:
    def day(role: str) -> datetime.date:
        return read_date(row.get(profile, role), line=row.line, field=_label(profile, role), formats=profile.dates)

    currency = row.get(profile, "currency") or profile.currency
    return StatementLine(
        line=row.line,
        date=day("date"),
        amount=_amount(row, profile),
        currency=read_currency(currency, line=row.line, field=_label(profile, "currency")) if currency else "",
        value_date=day("value_date") if row.get(profile, "value_date") else None,
        name=row.get(profile, "name"),
        account=row.get(profile, "counterparty_account"),
        text=row.get(profile, "text"),
        end_to_end=row.get(profile, "end_to_end"),
        reference=row.get(profile, "reference"),
        bank_reference=row.get(profile, "bank_reference"),
        kind=row.get(profile, "kind"),
    )


def _label(profile: CsvProfile, role: str) -> str:
    return " + ".join(profile.columns.get(role, (role,)))


def _amount(row: _Row, profile: CsvProfile) -> Decimal:
    def read(role: str) -> Decimal:
        return read_amount(row.get(profile, role), line=row.line, field=_label(profile, role), decimal=profile.decimal)

    if "amount" in profile.columns:
        amount = read("amount")
        if profile.debit_words:
            word = row.get(profile, "type").lower()
            amount = -abs(amount) if word in profile.debit_words else abs(amount)
        return -amount if profile.spent else amount
    given = [role for role in ("debit", "credit") if row.get(profile, role)]
    if len(given) != 1:
        raise refuse(
            "bad_amount",
            _("one of %(debit)s and %(credit)s has an amount, and not the other.")
            % {"debit": _label(profile, "debit"), "credit": _label(profile, "credit")},
            line=row.line,
            field=_label(profile, "debit"),
        )
    return read("credit") if given == ["credit"] else -abs(read("debit"))


def _statement(account: str, booked: Sequence[tuple[_Row, StatementLine]], profile: CsvProfile) -> Statement:
    lines = [line for _row, line in booked]
    days = [line.date for line in lines if line.date]
    opening, closing, backwards = _balances(booked, profile)
    if backwards:
        lines.reverse()
    currencies = {line.currency for line in lines}
    return Statement(
        format="csv",
        account=account,
        currency=currencies.pop() if len(currencies) == 1 else "",
        lines=tuple(lines),
        opening=opening,
        closing=closing,
        reference=profile.code,
        from_date=min(days),
        to_date=max(days),
        line=lines[0].line,
    )


def _balances(
    booked: Sequence[tuple[_Row, StatementLine]], profile: CsvProfile
) -> tuple[Balance | None, Balance | None, bool]:
    """What the balances beside the rows say, if they follow each other in one direction only; and whether backwards."""
    days = [line.date for _row, line in booked if line.date]
    backwards = days[0] > days[-1]
    if "balance" not in profile.columns or not all(row.get(profile, "balance") for row, _line in booked):
        return None, None, backwards
    marks = [
        (
            read_amount(
                row.get(profile, "balance"), line=row.line, field=_label(profile, "balance"), decimal=profile.decimal
            ),
            line,
        )
        for row, line in booked
    ]
    forward = all(a[0] + b[1].amount == b[0] for a, b in zip(marks, marks[1:], strict=False))
    backward = all(b[0] + a[1].amount == a[0] for a, b in zip(marks, marks[1:], strict=False))
    if forward == backward and (not forward or days[0] == days[-1] and len(marks) > 1):
        return None, None, backwards
    if forward and backward:
        forward = days[0] <= days[-1]
    first, last = (marks[0], marks[-1]) if forward else (marks[-1], marks[0])
    starts, ends = min(days), max(days)
    opening = Balance(first[0] - first[1].amount, first[1].currency, starts)
    return opening, Balance(last[0], last[1].currency, ends), not forward
