"""The reference samples of bank files, and what other parsers read from them, brought into our shapes."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from accounting.banking import Statement, read_statements
from accounting.banking.csv_profiles import BY_CODE
from accounting.banking.mt940 import squeeze

LIST = Path(__file__).parent.parent / "data" / "bank_samples.tsv"
FORMATS = {"xml", "sta", "txt", "ofx", "qfx", "qif", "csv"}


@dataclass(frozen=True, slots=True)
class Sample:
    """outcome: equal (against names the expected parse), adds_up or refused (against names the code)."""

    path: str
    outcome: str
    against: str
    accounts: str
    lines: str
    total: str
    closing: str
    note: str


def samples() -> list[Sample]:
    rows = LIST.read_text().splitlines()
    return [Sample(*row.split("\t")) for row in rows[1:] if row]


def sample_files(folder: Path) -> set[str]:
    """Every bank file of the folder, relative to it."""
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.suffix[1:] in FORMATS and not path.name.startswith("LICENSE")
    }


def parsed(path: Path, note: str = "") -> list[Statement]:
    """note "only=a|b": rows of a CSV that hold one of the texts, as its expected parse was made with."""
    content = path.read_bytes()
    profile = None
    if note.startswith("only="):
        profile = replace(BY_CODE["amazon-orders"], only={"payments": tuple(note[5:].split("|"))})
    statements = read_statements(content, profile=profile)
    if note == "all rows but the last":
        *rest, last = statements
        statements = [*rest, replace(last, lines=last.lines[:-1])]
    return statements


# camt: genkgo/camt's objects as JSON


def camt_expected(path: Path) -> list[dict[str, Any]]:
    """One dict per record of the message, of what both parsers know."""
    message = json.loads(path.read_text())
    entries = message.get("getEntries") or []
    records = [entry["getRecord"] for entry in entries] or message["getRecords"]
    return [
        {
            "account": record["getAccount"]["getIdentification"],
            "reference": record["getId"],
            "balances": [
                (row["getType"], _money(row["getAmount"]), _day(row["getDate"]))
                for row in record.get("getBalances") or []
            ],
            "entries": [_camt_entry(entry) for entry in entries],
        }
        for record in records[:1]
    ]


def camt_parsed(statement: Statement) -> dict[str, Any]:
    return {
        "account": statement.account,
        "reference": statement.reference,
        "balances": [(kind, (row.amount, row.currency), row.date) for kind, row in statement.balances],
        "entries": [
            {
                "amount": (line.amount, line.currency),
                "date": line.date,
                "value_date": line.value_date,
                "bank_reference": line.bank_reference,
                "reversal": line.is_reversal,
                "booked": line.booked,
            }
            for line in statement.lines
        ],
    }


def _camt_entry(entry: dict[str, Any]) -> dict[str, Any]:
    booked, valued = _day(entry["getBookingDate"]), _day(entry["getValueDate"])
    return {
        "amount": _money(entry["getAmount"]),
        "date": booked or valued,
        "value_date": valued,
        "bank_reference": entry["getAccountServicerReference"] or entry["getReference"] or "",
        "reversal": entry["getReversalIndicator"],
        "booked": entry["getStatus"] in ("BOOK", None),
    }


def camt_details(path: Path) -> list[dict[str, Any]]:
    """The payments inside the first entry."""
    entries = json.loads(path.read_text()).get("getEntries") or []
    details = entries[0].get("getTransactionDetails") if entries else None
    if details and details[0] == "__RECURSIVITY__":
        details[0] = entries[0]["getTransactionDetail"]
    return [
        {
            "end_to_end": (detail.get("getReference") or {}).get("getEndToEndId") or "",
            "parties": {party["getRelatedPartyType"]["getName"] for party in detail.get("getRelatedParties") or []},
            "text": [
                squeeze(block["getMessage"])
                for block in (detail.get("getRemittanceInformation") or {}).get("getUnstructuredBlocks") or []
                if isinstance(block, dict)
            ],
        }
        for detail in details or []
    ]


def _money(value: dict[str, Any]) -> tuple[Decimal, str]:
    currency = value["getCurrency"]["getCode"]
    return Decimal(value["getAmount"]) / (1 if currency == "JPY" else 100), currency


def _day(value: dict[str, Any] | None) -> date | None:
    return date.fromisoformat(value["0"][:10]) if value else None


# MT940: dumps of the library's objects, read as text with the tags taken off


def mt940_expected(path: Path) -> dict[str, Any]:
    text = re.sub(r"!!python/[^\s]+", "", path.read_text())
    text = re.sub(r"^(\s*)(transactions: \*\w+|re: .*)$", "", text, flags=re.MULTILINE)
    text = re.sub(r"^tags:.*?(?=^transactions:)", "", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"^&\w+\s*$", "", text, flags=re.MULTILINE)
    found = yaml.safe_load(text) or {}
    return {
        "data": {key: _plain(value) for key, value in (found.get("data") or {}).items()},
        "lines": [
            {key: _plain(value) for key, value in row["data"].items()} for row in found.get("transactions") or []
        ],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list) and len(value) == 1:
        return _plain(value[0])
    if isinstance(value, bytes):
        return date(value[0] * 256 + value[1], value[2], value[3])
    return value


def mt940_differences(statements: list[Statement], expected: dict[str, Any]) -> Iterator[str]:
    """What our parse says otherwise. The dump merges a file's messages: of each field the last one counts."""
    lines = [line for statement in statements for line in statement.lines]
    if len(lines) != len(expected["lines"]):
        yield f"{len(lines)} lines, not {len(expected['lines'])}"
        return
    for number, (line, row) in enumerate(zip(lines, expected["lines"], strict=True), start=1):
        structured = row.get("purpose") or row.get("applicant_name")
        said = {
            "amount": (line.amount, Decimal(row["amount"]["amount"])),
            "currency": (line.currency, row["amount"]["currency"]),
            "value date": (line.value_date, row["date"]),
            "date": (line.date, row.get("entry_date") or row["date"]),
            "kind": (line.kind, row["id"]),
            "reference": (line.reference, (row.get("customer_reference") or "").replace("NONREF", "")),
            "bank reference": (line.bank_reference, row.get("bank_reference")),
            "text": (line.text, row.get("purpose") if structured else row.get("transaction_details")),
            "name": (line.name, row.get("applicant_name")),
            "account": (line.account, row.get("applicant_iban")),
            "end to end": (line.end_to_end, row.get("end_to_end_reference")),
        }
        for field, (ours, theirs) in said.items():
            if theirs not in (None, "") and ours != (squeeze(theirs) if isinstance(theirs, str) else theirs):
                yield f"line {number}, {field}: {ours!r}, not {theirs!r}"
    balances = {kind: row for statement in statements for kind, row in statement.balances}
    for kind, row in expected["data"].items():
        if kind.endswith("_balance"):
            ours = balances[kind]
            theirs = (Decimal(row["amount"]["amount"]), row["amount"]["currency"], row["date"])
            if (ours.amount, ours.currency, ours.date) != theirs:
                yield f"{kind}: {ours}, not {theirs}"
    account = expected["data"].get("account_identification")
    if account and squeeze(account) not in [statement.account for statement in statements]:
        yield f"account {account!r} is missing"


# CSV: what the files were converted to


def same_bookings(ours: list[Statement], theirs: list[Statement]) -> bool:
    """Account by account the same days and amounts, in whatever order the accounts stand."""

    def content(statements: list[Statement]) -> list[list[tuple[Any, ...]]]:
        return sorted(sorted((line.date, line.amount) for line in one.lines) for one in statements)

    merged = [replace(ours[0], lines=tuple(line for one in ours for line in one.lines))]
    return content(ours) == content(theirs) or content(merged) == content(theirs)
