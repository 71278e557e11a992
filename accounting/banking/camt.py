"""ISO 20022 camt.053 (statement), camt.052 (report of the day) and camt.054 (advice), of every version.

https://www.iso20022.org, Bank-to-Customer Cash Management. CdtDbtInd says what an entry does to the account, of a
reversal too.
"""

import datetime
import re
from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext as _

from accounting.banking.errors import refuse
from accounting.banking.statement import Balance, Part, Statement, StatementLine
from accounting.banking.values import read_amount, read_currency, read_date, squeeze
from accounting.banking.xml import Node, read_xml

_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.05([234])\.001\.(\d\d)")
_RECORDS = {"2": ("BkToCstmrAcctRpt", "Rpt"), "3": ("BkToCstmrStmt", "Stmt"), "4": ("BkToCstmrDbtCdtNtfctn", "Ntfctn")}
KINDS = {
    "OPBD": "opening", "PRCD": "opening", "CLBD": "closing", "OPAV": "opening_available", "CLAV": "closing_available",
    "FWAV": "forward_available", "INFO": "information", "ITAV": "interim_available", "ITBD": "interim",
    "XPCD": "expected_credit",
}  # fmt: skip


def read_camt(content: bytes) -> list[Statement]:
    """Raises BankFileRefused."""
    root = read_xml(content)
    found = _NAMESPACE.fullmatch(root.namespace)
    if root.name != "Document" or found is None:
        raise refuse(
            "unknown_format",
            _("this XML is no camt.052, camt.053 or camt.054 (%(what)s).") % {"what": root.namespace or root.name},
            line=root.line,
            field=root.name,
        )
    message, record = _RECORDS[found[1]]
    body = next((child for child in root.children if child.name in (message, f"{message}V{found[2]}")), None)
    records = body.all(record) if body else []
    if not records:
        raise refuse(
            "no_statement",
            _("the message holds no %(record)s.") % {"record": f"{message}/{record}"},
            line=(body or root).line,
            field=record,
        )
    return [_statement(node, f"camt.05{found[1]}") for node in records]


def _statement(node: Node, form: str) -> Statement:
    balances = tuple(_balances(node))
    lines = tuple(_entry(entry) for entry in node.all("Ntry"))
    named = dict(reversed([(code, balance) for code, balance in balances]))  # the first of a kind counts
    opening, closing = named.get("OPBD") or named.get("PRCD"), named.get("CLBD")
    currency = node.value("Acct/Ccy") or (opening or closing or next(iter(lines), None) or _NoCurrency).currency
    return Statement(
        format=form,
        account=_account(node.first("Acct")),
        currency=read_currency(currency, line=node.line, field="Acct/Ccy") if currency else "",
        lines=lines,
        opening=opening,
        closing=closing,
        reference=node.value("Id"),
        sequence=node.value("ElctrncSeqNb") or node.value("LglSeqNb"),
        from_date=_day(node, "FrToDt/FrDtTm"),
        to_date=_day(node, "FrToDt/ToDtTm"),
        has_balances=form == "camt.053",
        line=node.line,
        balances=tuple((KINDS.get(code, code), balance) for code, balance in balances),
    )


class _NoCurrency:
    currency = ""


def _balances(node: Node) -> Iterator[tuple[str, Balance]]:
    for balance in node.all("Bal"):
        code = balance.value("Tp/CdOrPrtry/Cd") or balance.value("Tp/CdOrPrtry/Prtry") or balance.value("Tp/Cd")
        amount, currency = _amount(balance)
        day = _day(balance, "Dt/Dt|DtTm")
        if day is None:
            raise refuse("missing_field", _("the balance has no date."), line=balance.line, field="Bal/Dt")
        yield code, Balance(amount, currency, day)


def _amount(node: Node, *, sign: bool = True) -> tuple[Decimal, str]:
    """The signed amount and the currency of what has Amt and CdtDbtInd."""
    amount = node.first("Amt")
    if amount is None:
        raise refuse("missing_field", _("there is no amount."), line=node.line, field=f"{node.name}/Amt")
    value = read_amount(amount.text, line=amount.line, field="Amt")
    currency = read_currency(amount.attributes.get("Ccy", ""), line=amount.line, field="Amt/@Ccy")
    if not sign:
        return value, currency
    side = node.value("CdtDbtInd")
    if side not in ("CRDT", "DBIT"):
        raise refuse(
            "missing_field", _("CdtDbtInd is CRDT or DBIT, not “%(side)s”.") % {"side": side}, line=node.line,
            field="CdtDbtInd",
        )  # fmt: skip
    return (value if side == "CRDT" else -value), currency


def _day(node: Node, path: str) -> datetime.date | None:
    found = node.first(path)
    if found is None or not found.text.strip():
        return None
    return read_date(found.text.strip()[:10], line=found.line, field=path)


def _account(node: Node | None) -> str:
    if node is None:
        return ""
    return next(filter(None, map(node.value, ("Id/IBAN", "Id/Othr/Id", "Id/PrtryAcct/Id", "Id/BBAN", "Id/UPIC"))), "")


def _entry(node: Node) -> StatementLine:
    amount, currency = _amount(node)
    details = [detail for group in node.all("NtryDtls") for detail in group.all("TxDtls")]
    booked = _day(node, "BookgDt/Dt|DtTm")
    value_date = _day(node, "ValDt/Dt|DtTm")
    status = node.value("Sts/Cd") or node.value("Sts")
    parts = tuple(_part(detail, amount, currency) for detail in details)
    one = parts[0] if len(parts) == 1 else None
    return StatementLine(
        line=node.line,
        date=booked or value_date,
        amount=amount,
        currency=currency,
        value_date=value_date,
        name=one.name if one else "",
        account=one.account if one else "",
        text=(one.text if one else "") or squeeze(node.value("AddtlNtryInf")),
        end_to_end=one.end_to_end if one else "",
        reference=one.reference if one else "",
        bank_reference=node.value("AcctSvcrRef") or node.value("NtryRef"),
        kind=_kind(node) or (_kind(details[0]) if details else ""),
        is_reversal=node.value("RvslInd") in ("true", "1"),
        booked=status in ("", "BOOK"),
        parts=parts if len(parts) > 1 else (),
    )


def _kind(node: Node) -> str:
    """ "PMNT.RCDT.ESCT", or what the bank calls it itself."""
    domain = node.first("BkTxCd/Domn")
    if domain is None:
        return node.value("BkTxCd/Prtry/Cd")
    codes = (domain.value("Cd"), domain.value("Fmly/Cd"), domain.value("Fmly/SubFmlyCd"))
    return ".".join(code for code in codes if code)


def _part(node: Node, entry_amount: Decimal, entry_currency: str) -> Part:
    amount, currency = entry_amount, entry_currency
    source = node if node.first("Amt") else node.first("AmtDtls/TxAmt")
    if source is not None and source.first("Amt") is not None:
        size, currency = _amount(source, sign=False)
        side = node.value("CdtDbtInd")
        negative = side == "DBIT" if side in ("CRDT", "DBIT") else entry_amount < 0
        amount = -size if negative else size
    # Who stands at the other end: the debtor of what came in, the creditor of what went out.
    ends = ("Dbtr", "Cdtr") if amount >= 0 else ("Cdtr", "Dbtr")
    parties = node.first("RltdPties") or Node("", "", node.line, {})
    party = next((end for end in (f"Ultmt{ends[0]}", ends[0]) if _name(parties.first(end))), "")
    unstructured = [text.text for remittance in node.all("RmtInf") for text in remittance.all("Ustrd")]
    return Part(
        amount=amount,
        currency=currency,
        name=squeeze(_name(parties.first(party)) if party else ""),
        account=_account(parties.first(f"{ends[0]}Acct")),
        end_to_end=squeeze(node.value("Refs/EndToEndId").replace("NOTPROVIDED", "")),
        reference=squeeze(node.value("RmtInf/Strd/CdtrRefInf/Ref") or node.value("RmtInf/Strd/CdtrRefInf/CdtrRef")),
        text=squeeze(" ".join(unstructured) or node.value("AddtlTxInf")),
    )


def _name(node: Node | None) -> str:
    return (node.value("Nm") or node.value("Pty/Nm")) if node else ""
