"""OFX and QFX, 1.x (SGML without end tags) and 2.x (XML): statements of bank accounts and cards.

https://www.financialdataexchange.org, OFX Banking Specification. Read by one tokenizer: elements without an end tag
hold a value, so both versions come out alike. No DTD, no entity but the five of XML, bounded depth.
"""

import datetime
import re
from dataclasses import dataclass, field
from decimal import Decimal
from html import unescape

from django.utils.translation import gettext as _

from accounting.banking.errors import BankFileRefused, refuse
from accounting.banking.statement import Balance, Statement, StatementLine
from accounting.banking.values import check_size, decode, read_amount, read_currency, read_date, squeeze

MAX_DEPTH = 30
_TOKEN = re.compile(r"<(/?)([A-Za-z0-9_.\-]+)\s*(/?)>([^<]*)")
_CHARSET = re.compile(rb"CHARSET:\s*([\w\-]+)")
_ENCODING = re.compile(rb"ENCODING:\s*([\w\-]+)")
_XML = re.compile(rb'<\?xml[^>]*encoding="([\w\-]+)"')
_DATE = re.compile(r"(\d{8})(\d{0,6}(\.\d+)?\s*(\[[^\]]*\])?)?")
_STATEMENTS = (("STMTRS", "BANKACCTFROM"), ("CCSTMTRS", "CCACCTFROM"))


@dataclass(slots=True)
class _Node:
    name: str
    line: int
    text: str = ""
    children: "list[_Node]" = field(default_factory=list)

    def first(self, *path: str) -> "_Node | None":
        found: _Node | None = self
        for name in path:
            found = next((child for child in found.children if child.name == name), None) if found else None
        return found

    def value(self, *path: str) -> str:
        found = self.first(*path)
        return found.text if found else ""

    def every(self, name: str) -> "list[_Node]":
        """Elements of the name at any depth, in order."""
        found = [self] if self.name == name else []
        for child in self.children:
            found += child.every(name)
        return found


def read_ofx(content: bytes) -> list[Statement]:
    """One statement per account. Raises BankFileRefused."""
    check_size(content)
    text = decode(content, _encodings(content))
    if "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper():
        raise refuse("dtd_refused", _("a document type (DTD) is not accepted: bank files have none."), line=1)
    root = _tree(text)
    found = [_statement(node, account) for name, account in _STATEMENTS for node in root.every(name)]
    if not found:
        raise _nothing(root)
    return found


def _encodings(content: bytes) -> tuple[str, ...]:
    head = content[:1000]
    declared = _XML.search(head) or _CHARSET.search(head)
    name = declared[1].decode().lower() if declared else ""
    by_encoding = _ENCODING.search(head)
    if by_encoding and by_encoding[1].upper() in (b"UTF-8", b"UNICODE"):
        name = "utf-8"
    known = {"1252": "cp1252", "8859-1": "latin-1", "none": "", "utf-8": "utf-8-sig", "": ""}
    named = known.get(name, name)
    try:
        "".encode(named or "ascii")
    except LookupError:
        raise refuse("bad_encoding", _("Nobody knows the encoding %(name)s.") % {"name": name}) from None
    if named == "utf-8-sig":
        return ("utf-8-sig",)
    return tuple(filter(None, ("utf-8-sig", named, "cp1252")))


def _tree(text: str) -> _Node:
    start = re.search(r"<OFX\s*>", text, re.IGNORECASE)
    if start is None:
        raise refuse("unknown_format", _("The file holds no <OFX> element."))
    root = _Node("", 1)
    open_nodes = [root]
    line, position = text.count("\n", 0, start.start()) + 1, start.start()
    for token in _TOKEN.finditer(text, start.start()):
        line += text.count("\n", position, token.start())
        position = token.start()
        name = token[2].upper()
        if token[1]:
            _close(open_nodes, name)
            continue
        value = squeeze(unescape(token[4]))
        # An element with a value, or one that is not ended before another begins at its level, holds no others.
        while len(open_nodes) > 1 and open_nodes[-1].text:
            open_nodes.pop()
        node = _Node(name, line, value)
        open_nodes[-1].children.append(node)
        if not token[3]:
            open_nodes.append(node)
        if len(open_nodes) > MAX_DEPTH:
            raise refuse(
                "too_deep", _("elements are nested deeper than %(limit)s levels.") % {"limit": MAX_DEPTH}, line=line
            )
    return root


def _close(open_nodes: list[_Node], name: str) -> None:
    """Close the element of the name, and with it what stands open inside; an end tag too many is passed over."""
    for depth in range(len(open_nodes) - 1, 0, -1):
        if open_nodes[depth].name == name:
            closed = open_nodes[depth]
            for inner in open_nodes[depth + 1 :]:
                _lift(closed, inner)
            del open_nodes[depth:]
            return


def _lift(outer: _Node, inner: _Node) -> None:
    """An empty element without end tag took what follows it for its content: give it back."""
    if inner in outer.children and inner.children:
        at = outer.children.index(inner)
        outer.children[at + 1 : at + 1] = inner.children
        inner.children = []


def _statement(node: _Node, account: str) -> Statement:
    currency = read_currency(node.value("CURDEF"), line=node.line, field="CURDEF")
    booked = [_line(row, currency) for listed in node.every("BANKTRANLIST") for row in listed.every("STMTTRN")]
    ledger = node.first("LEDGERBAL")
    closing = None
    if ledger is not None:
        closing = Balance(_amount(ledger, "BALAMT"), currency, _date(ledger, "DTASOF", "LEDGERBAL/DTASOF"))
    listed = node.first("BANKTRANLIST")
    return Statement(
        format="ofx",
        account=node.value(account, "ACCTID"),
        currency=currency,
        lines=tuple(booked),
        closing=closing,
        reference=node.value("TRNUID"),
        from_date=_date(listed, "DTSTART") if listed and listed.value("DTSTART") else None,
        to_date=_date(listed, "DTEND") if listed and listed.value("DTEND") else None,
        line=node.line,
    )


def _amount(node: _Node, name: str) -> Decimal:
    found = node.first(name)
    text = found.text if found else ""
    if not text:
        raise refuse("missing_field", _("%(field)s is empty.") % {"field": name}, line=(found or node).line, field=name)
    decimal = "," if "," in text and "." not in text else "."
    return read_amount(text, line=(found or node).line, field=name, decimal=decimal)


def _date(node: _Node, name: str, label: str = "") -> datetime.date:
    """The day of "20130525225731.123[-7:MST]", as the bank wrote it."""
    found = node.first(name)
    text = found.text if found else ""
    line = (found or node).line
    if not text:
        raise refuse("missing_field", _("%(field)s is empty.") % {"field": name}, line=line, field=label or name)
    shaped = _DATE.fullmatch(text.strip())
    return read_date(shaped[1] if shaped else text, line=line, field=label or name, formats=("%Y%m%d",))


def _line(node: _Node, currency: str) -> StatementLine:
    own = node.value("CURRENCY", "CURSYM")
    name = node.value("NAME") or node.value("PAYEE", "NAME")
    return StatementLine(
        line=node.line,
        date=_date(node, "DTPOSTED"),
        amount=_amount(node, "TRNAMT"),
        currency=read_currency(own, line=node.line, field="CURSYM") if own else currency,
        value_date=_date(node, "DTAVAIL") if node.value("DTAVAIL") else None,
        name=name,
        account=node.value("BANKACCTTO", "ACCTID") or node.value("CCACCTTO", "ACCTID"),
        text=node.value("MEMO"),
        reference=node.value("CHECKNUM") or node.value("REFNUM"),
        bank_reference=node.value("FITID"),
        kind=node.value("TRNTYPE"),
    )


def _nothing(root: _Node) -> BankFileRefused:
    """Why there is no statement: the bank's own error, securities, or just nothing."""
    for status in root.every("STATUS"):
        if status.value("SEVERITY") == "ERROR":
            return refuse(
                "bank_error",
                _("the bank answered with an error: %(code)s %(message)s")
                % {"code": status.value("CODE"), "message": status.value("MESSAGE")},
                line=status.line,
                field="STATUS",
            )
    if transfers := root.every("INTRARS"):
        return refuse(
            "no_statement",
            _("this is the bank's answer to a transfer, and no statement."),
            line=transfers[0].line,
            field="INTRARS",
        )
    securities = root.every("INVSTMTRS")
    if securities:
        return refuse(
            "investment_statement",
            _("this is the statement of an investment account, which holds securities."),
            line=securities[0].line,
            field="INVSTMTRS",
        )
    return refuse("no_statement", _("The file holds no statement of a bank account or card."))
