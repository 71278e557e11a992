"""SWIFT MT940 and MT942: the tags' grammar is the library mt-940's; messages, lines and refusals are ours."""

import datetime
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import mt940
from django.utils.translation import gettext as _

from accounting.banking.errors import BankFileRefused, refuse
from accounting.banking.statement import Balance, Statement, StatementLine
from accounting.banking.values import check_size, decode, squeeze

WINDOWS, DOS = ("cp1252", "latin-1"), ("cp852",)
OPTIONS = mt940.Options.all()
KNOWN = {tag for tag in mt940.models.Transactions.default_tags() if isinstance(tag, int)}
_TAG = re.compile(r"^:\n?((\d\d|NS)[A-Z]?):", re.MULTILINE)
logging.getLogger("mt940.tags").setLevel(logging.CRITICAL)  # refusals say it, and no statement belongs in a log


@dataclass(frozen=True, slots=True)
class _Tag:
    name: str
    text: str
    line: int


def read_mt940(content: bytes) -> list[Statement]:
    """Raises BankFileRefused."""
    text = _decoded(content).replace("\r\n", "\n").replace("\r", "\n")
    messages = list(_messages(list(_tags(text))))
    if not messages:
        raise refuse("unknown_format", _("The file holds no tag of an MT940 message, such as :20:."))
    return [_statement(tags) for tags in messages]


def _decoded(content: bytes) -> str:
    """UTF-8, else what makes more letters of it: Windows' Western code page, or DOS' Central European one."""
    check_size(content)
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        western, eastern = decode(content, WINDOWS), decode(content, DOS)
        return eastern if _strange(eastern) < _strange(western) else western
    return decode(content)


def _strange(text: str) -> int:
    return sum(ord(letter) > 127 and not letter.isalpha() for letter in text)


def _tags(text: str) -> Iterator[_Tag]:
    starts = [found for found in _TAG.finditer(text) if found[2] == "NS" or int(found[2]) in KNOWN]
    ends = [found.start() for found in starts[1:]] + [len(text)]
    line, counted = 1, 0
    for found, end in zip(starts, ends, strict=True):
        line, counted = line + text.count("\n", counted, found.start()), found.start()
        yield _Tag(found[1], text[found.start() : end], line)


def _messages(tags: list[_Tag]) -> Iterator[list[_Tag]]:
    """Each :20: begins a message; fragments before the first are one too."""
    message: list[_Tag] = []
    for tag in tags:
        if tag.name == "20" and message:
            yield message
            message = []
        message.append(tag)
    if message:
        yield message


def _statement(tags: list[_Tag]) -> Statement:
    read = mt940.models.Transactions(options=OPTIONS)
    lines: list[int] = []
    for tag in tags:
        _read_tag(read, tag)
        if tag.name == "61":
            lines.append(tag.line)
            if len(read.transactions) != len(lines):  # the library took two broken lines for one
                raise _unreadable(tag)
    data = read.data
    opening = _balance(data, "opening")
    closing = _balance(data, "closing")
    currency = (opening or closing).currency if opening or closing else read.currency or ""  # type: ignore[union-attr]
    return Statement(
        format="mt942" if any(tag.name in ("34F", "90D", "90C") for tag in tags) and not closing else "mt940",
        account=squeeze(data.get("account_identification")),
        currency=currency,
        lines=tuple(_line(row.data, line, currency) for row, line in zip(read.transactions, lines, strict=True)),
        opening=opening,
        closing=closing,
        reference=squeeze(data.get("transaction_reference")),
        sequence="/".join(filter(None, (data.get("statement_number"), data.get("sequence_number")))),
        has_balances=True,
        line=tags[0].line,
        balances=tuple(_every_balance(data)),
    )


def _read_tag(read: Any, tag: _Tag) -> None:
    try:
        read.parse(tag.text)
        last = read.transactions[-1].data if tag.name == "61" and read.transactions else {"id": ""}
        if last.get("id") is None and str(last.get("customer_reference") or "")[:1] in tuple(".0123456789"):
            raise RuntimeError("an amount that is broken off is no amount")  # the grammar lets the type be missing
    except RuntimeError:  # the library's "does not match the grammar"
        raise _unreadable(tag) from None
    except InvalidOperation:
        raise refuse("bad_amount", _("the amount cannot be read."), line=tag.line, field=f":{tag.name}:") from None
    except ValueError:
        raise refuse(
            "bad_date", _("there is no such day in the calendar."), line=tag.line, field=f":{tag.name}:"
        ) from None


def _unreadable(tag: _Tag) -> BankFileRefused:
    text = tag.text.strip().splitlines()[0][:60]
    return refuse("bad_tag", _("“%(text)s” cannot be read.") % {"text": text}, line=tag.line, field=f":{tag.name}:")


def _balance(data: dict[str, Any], which: str) -> Balance | None:
    found = data.get(f"final_{which}_balance") or data.get(f"intermediate_{which}_balance")
    found = found or data.get(f"{which}_balance")
    return _as_balance(found) if found else None


def _as_balance(found: Any) -> Balance:
    return Balance(found.amount.amount, found.amount.currency, _day(found.date))


def _every_balance(data: dict[str, Any]) -> Iterator[tuple[str, Balance]]:
    for key, value in data.items():
        if key.endswith("_balance"):
            yield key, _as_balance(value)


def _day(date: Any) -> datetime.date:
    return datetime.date(date.year, date.month, date.day)


def _line(data: dict[str, Any], line: int, currency: str) -> StatementLine:
    value_date = _day(data["date"])
    amount = data["amount"].amount
    assert isinstance(amount, Decimal)
    structured = data.get("purpose") is not None or data.get("applicant_name") is not None
    text = data.get("purpose") if structured else data.get("transaction_details")
    reference = squeeze(data.get("customer_reference"))
    return StatementLine(
        line=line,
        date=_day(data["entry_date"]) if data.get("entry_date") else value_date,
        amount=amount,
        currency=currency,
        value_date=value_date,
        name=squeeze(data.get("applicant_name")),
        account=squeeze(data.get("applicant_iban") or data.get("gvc_applicant_iban")),
        text=squeeze(text or data.get("extra_details") or data.get("posting_text")),
        end_to_end=squeeze(data.get("end_to_end_reference")),
        reference="" if reference == "NONREF" else reference,
        bank_reference=squeeze(data.get("bank_reference")),
        kind=squeeze(data.get("id")),
        is_reversal=str(data.get("status", "")).upper().startswith("R"),
    )
