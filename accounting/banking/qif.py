"""QIF, Quicken's interchange format: bank, cash and card registers. It knows no currency and no balance."""

from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from accounting.banking.errors import refuse
from accounting.banking.statement import Statement, StatementLine
from accounting.banking.values import decode, read_amount, read_date, squeeze

REGISTERS = {"bank", "cash", "ccard", "oth a", "oth l"}
FORMATS = ("%m/%d/%Y", "%m/%d/%y", "%m/%d'%y", "%m/%d'%Y", "%Y-%m-%d", "%d.%m.%Y")


@dataclass(slots=True)
class _Register:
    account: str
    line: int
    kind: str
    rows: list[StatementLine] = field(default_factory=list)


def read_qif(content: bytes, *, currency: str = "") -> list[Statement]:
    """One statement per account named. Raises BankFileRefused."""
    text = decode(content, ("utf-8-sig", "cp1252"))
    registers: dict[str, _Register] = {}
    account, current, in_account = "", None, False
    record: dict[str, tuple[str, int]] = {}
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line:
            continue
        if line.startswith("!"):
            kind = line[1:].partition(":")[2].strip().lower()
            in_account = line.lower().startswith("!account")
            current = None
            if kind in REGISTERS:
                current = registers.setdefault(account, _Register(account, number, kind))
            elif kind == "invst":
                raise refuse(
                    "investment_statement",
                    _("this is the statement of an investment account, which holds securities."),
                    line=number,
                    field="!Type",
                )
        elif line == "^":
            if in_account:
                account = record.get("N", ("", 0))[0]
            elif current is not None and record:
                current.rows.append(_line(record, number, currency))
            record = {}
        else:
            record.setdefault(line[0], (line[1:].strip(), number))
    if current is not None and record:
        raise refuse("not_well_formed", _("the last entry is not ended with ^."), line=number)
    if not registers:
        raise refuse("no_statement", _("The file holds no statement of a bank account or card."))
    return [
        Statement(format="qif", account=one.account, currency=currency, lines=tuple(one.rows), line=one.line)
        for one in registers.values()
    ]


def _line(record: dict[str, tuple[str, int]], end: int, currency: str) -> StatementLine:
    def value(code: str) -> str:
        return squeeze(record.get(code, ("", 0))[0])

    for code, name in (("D", _("date")), ("T", _("amount"))):
        if not value(code) and not (code == "T" and value("U")):
            raise refuse("missing_field", _("the entry has no %(field)s.") % {"field": name}, line=end, field=code)
    amount, at = record.get("T") or record["U"]
    day, day_at = record["D"]
    return StatementLine(
        line=day_at,
        date=read_date(day.replace(" ", ""), line=day_at, field="D", formats=FORMATS),
        amount=_amount(amount, at),
        currency=currency,
        name=value("P"),
        text=value("M"),
        reference=value("N"),
        kind=value("L"),
    )


def _amount(text: str, line: int) -> Decimal:
    decimal = "," if text.rfind(",") > text.rfind(".") and len(text) - text.rfind(",") <= 3 else "."
    return read_amount(text, line=line, field="T", decimal=decimal)
