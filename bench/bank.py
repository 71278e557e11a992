"""A bank statement of many lines taken in and matched: invoices by their numbers, fees by a rule, the rest left open."""

import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounting.models import AccountRole, BankAccount, BankLine, BankRule, OpenItem
from accounting.selectors import account_ids
from accounting.services import InvoiceLineRequest, InvoiceRequest, create_company, ensure_party, issue_invoices
from accounting.services.banking import import_statements, match_certain
from bench import house as our
from bench.statements import counted

IBAN = "DE89370400440532013000"
PARTIES = 500
STEP = 1_000
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def measure(progress: Any, *, lines: int) -> dict[str, Any]:
    """s: to read, take in and match the file; of ten lines eight name an invoice, one is a fee, one fits nothing."""
    company = create_company(code="bench", name="Bench", base_currency="EUR", country="DE", actor=our.ACTOR)
    roles = account_ids(company.pk)
    bank = BankAccount.objects.create(
        company=company, name="Main", number=IBAN, currency_id="EUR", account_id=roles[AccountRole.BANK]
    )
    BankRule.objects.create(
        company=company, name="Fees", automatic=True, text_contains="fee", action="account",
        account_id=roles[AccountRole.BANK_CHARGES],
    )  # fmt: skip
    invoices = _invoices(company.pk, lines * 8 // 10, progress)
    content = _statement(lines, invoices)
    our.analyse()
    bar = progress.add_task("taking in and matching", total=2)
    with counted() as count:
        started = time.perf_counter()
        import_statements(content, company_id=company.pk, actor=our.ACTOR)
        taken = time.perf_counter()
        progress.advance(bar)
        with transaction.atomic():
            matched = match_certain(bank.pk, company_id=company.pk, actor=our.ACTOR)
        done = time.perf_counter()
        progress.advance(bar)
    return {
        "lines": lines,
        "s": round(done - started, 2),
        "s_import": round(taken - started, 2),
        "s_match": round(done - taken, 2),
        "lines_per_s": round(lines / (done - started)),
        "matched": matched,
        "open": BankLine.objects.filter(matched=0).count(),
        "statements": count.statements,
        "file_kb": len(content) // 1024,
    }


def _invoices(company_id: int, count: int, progress: Any) -> list[tuple[str, Decimal]]:
    """Numbers and amounts of so many open invoices of many customers."""
    parties = [
        ensure_party(company_id=company_id, code=f"C{n}", name=f"Customer {n}", currency="EUR", is_customer=True).pk
        for n in range(min(PARTIES, count))
    ]
    bar = progress.add_task("issuing invoices", total=count)
    for start in range(0, count, STEP):
        requests = [_invoice(parties[n % len(parties)], n) for n in range(start, min(start + STEP, count))]
        issue_invoices(requests, company_id=company_id, actor=our.ACTOR)
        progress.advance(bar, len(requests))
    rows = OpenItem.objects.filter(company_id=company_id).order_by("pk")
    return list(rows.values_list("invoice__number", "amount"))


def _invoice(party_id: int, number: int) -> InvoiceRequest:
    net = Decimal(1_000 + number * 7 % 90_000) / 100
    line = InvoiceLineRequest(
        kind="goods", description="Goods", quantity=Decimal(1), unit_price=net, net=net, tax=Decimal(0),
        account_role=AccountRole.REVENUE,
    )  # fmt: skip
    return InvoiceRequest(
        kind="invoice", party_id=party_id, currency="EUR", effective_at=START, lines=[line],
        source_type="bench.invoice", source_id=number, source_key=f"bench:{number}",
    )  # fmt: skip


def _statement(lines: int, invoices: list[tuple[str, Decimal]]) -> bytes:
    """A camt.053 of one month."""
    waiting = iter(invoices)
    entries, total = [], Decimal(0)
    for number in range(lines):
        name, text, amount = "Somebody", f"Order {number} of last week", Decimal(number % 977 + 1) / 100
        if number % 10 == 8:
            name, text, amount = "", "Account fee", Decimal("-0.35")
        elif number % 10 != 9 and (found := next(waiting, None)) is not None:
            name, text, amount = f"Customer {number % PARTIES}", f"Invoice {found[0]} thank you", found[1]
        total += amount
        entries.append(_entry(number, date(2026, 3, 2) + timedelta(days=number * 28 // lines), amount, name, text))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">'
        "<BkToCstmrStmt><Stmt><Id>BENCH</Id>"
        f"<Acct><Id><IBAN>{IBAN}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
        f"{_balance('OPBD', Decimal(0), '2026-02-28')}{_balance('CLBD', total, '2026-03-31')}{''.join(entries)}"
        "</Stmt></BkToCstmrStmt></Document>\n"
    ).encode()


def _balance(code: str, amount: Decimal, day: str) -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
        f"<Dt><Dt>{day}</Dt></Dt></Bal>\n"
    )


def _entry(number: int, day: date, amount: Decimal, name: str, text: str) -> str:
    side, end = ("CRDT", "Dbtr") if amount > 0 else ("DBIT", "Cdtr")
    return (
        f'<Ntry><Amt Ccy="EUR">{abs(amount)}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        f"<BookgDt><Dt>{day}</Dt></BookgDt><AcctSvcrRef>B{number:08d}</AcctSvcrRef><NtryDtls><TxDtls><RltdPties>"
        f"<{end}><Pty><Nm>{name}</Nm></Pty></{end}></RltdPties><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls>"
        "</NtryDtls></Ntry>\n"
    )
