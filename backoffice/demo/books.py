"""What an accountant of the demo company has done: a bank statement, journals with approval, a filed tax return."""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

from accounting.models import Account, AccountRole, BankAccount, Payment
from accounting.selectors import account_ids
from accounting.services import (
    JournalInput,
    JournalLineInput,
    approve_journal,
    create_exemption,
    create_return,
    ensure_party,
    file_return,
    save_journal,
    submit_journal,
)
from accounting.services.banking import import_statements, match_certain
from backoffice.core.actor import Actor
from backoffice.core.models import ApprovalThreshold, User
from backoffice.demo.company import Demo

Row = tuple[datetime.date, Decimal, str, str]  # day, amount, who is at the other end, text


def keep_books(demo: Demo, *, today: datetime.datetime) -> None:
    """Last month's VAT return is filed, this quarter's OSS return a draft; a bank statement with lines to look at."""
    actor, day = Actor.job("demo"), today.date()
    _take_in_statement(demo, day, actor)
    _write_journals(demo, day)
    party = ensure_party(
        company_id=demo.company.pk, code="MUSEUM", name="Museum of the Sea", currency="EUR", is_customer=True
    )
    create_exemption(
        company_id=demo.company.pk, party_id=party.pk, number="LT-0042/1", country="LT", valid_from=day.replace(day=1),
        note="Public collections", actor=actor,
    )  # fmt: skip
    last = (day.replace(day=1) - datetime.timedelta(days=1)).replace(day=1)
    quarter = day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    given: dict[str, Any] = {"company_id": demo.company.pk, "template": "eu", "actor": actor}
    create_return(kind="oss", start=quarter, **given)
    filed = create_return(kind="vat", start=last, **given)
    file_return(filed.pk, company_id=demo.company.pk, actor=actor, reference="VMI-0001")


def _take_in_statement(demo: Demo, day: datetime.date, actor: Actor) -> None:
    """What the channels paid, as the bank has it; fees and a transfer that nobody has looked at yet."""
    account = Account.objects.get(pk=account_ids(demo.company.pk)[AccountRole.BANK])
    bank = BankAccount.objects.create(
        company=demo.company, name=demo.company.bank_name, number="LT121000011101001000", currency_id="EUR",
        account=account, write_off_limit=Decimal("0.05"),
    )  # fmt: skip
    paid = Payment.objects.filter(company=demo.company, account=account, direction="in").select_related("party")
    latest = reversed(paid.order_by("-date", "-pk")[:12])
    rows: list[Row] = [(one.date, one.amount, one.party.name or one.party.code, one.reference) for one in latest]
    rows += [
        (day - datetime.timedelta(days=2), Decimal("-12.50"), demo.company.bank_name, "Account fee"),
        (day - datetime.timedelta(days=1), Decimal("240.00"), "Villa Aurelia", "Advance for a tailor-made rug"),
    ]
    import_statements(_camt(rows, bank.number), company_id=demo.company.pk, actor=actor)
    match_certain(bank.pk, company_id=demo.company.pk, actor=actor)


def _camt(rows: Sequence[Row], iban: str) -> bytes:
    """A camt.053 file of these lines, from nothing."""
    total, last = sum((amount for _day, amount, _name, _text in rows), Decimal(0)), rows[-1][0]
    entries = "".join(
        f'<Ntry><Amt Ccy="EUR">{abs(amount):.2f}</Amt><CdtDbtInd>{"CRDT" if amount > 0 else "DBIT"}</CdtDbtInd>'
        f"<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>"
        f"<AcctSvcrRef>DEMO-{number}</AcctSvcrRef><NtryDtls><TxDtls><RltdPties>"
        f"<{end}><Pty><Nm>{escape(name)}</Nm></Pty></{end}></RltdPties>"
        f"<RmtInf><Ustrd>{escape(text)}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
        for number, (day, amount, name, text) in enumerate(rows, start=1)
        for end in ("Dbtr" if amount > 0 else "Cdtr",)
    )
    balances = "".join(
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount:.2f}</Amt>'
        f"<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
        for code, amount, day in (("OPBD", Decimal(0), rows[0][0] - datetime.timedelta(days=1)), ("CLBD", total, last))
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">'
        "<BkToCstmrStmt><GrpHdr><MsgId>DEMO</MsgId></GrpHdr><Stmt><Id>DEMO-1</Id><Acct><Id><IBAN>"
        f"{iban}</IBAN></Id><Ccy>EUR</Ccy></Acct>{balances}{entries}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def _write_journals(demo: Demo, day: datetime.date) -> None:
    """The accountant writes, the owner approves what is dear; one waits for that."""
    people = {user.username: Actor.of(user) for user in User.objects.filter(username__in=("accountant", "owner"))}
    ApprovalThreshold.objects.create(company_id=demo.company.pk, action="manual_journal", amount=Decimal(1000))
    rent, bank = (Account.objects.get(company=demo.company, code=code).pk for code in ("6520", "1020"))
    for back, amount, memo in ((20, "1450", "Rent of the shop in Kaunas"), (3, "2300", "New shelves: first payment")):
        lines = [JournalLineInput(rent, Decimal(amount)), JournalLineInput(bank, -Decimal(amount))]
        journal = save_journal(
            JournalInput(date=day - datetime.timedelta(days=back), lines=lines, memo=memo),
            company_id=demo.company.pk, actor=people["accountant"],
        )  # fmt: skip
        submit_journal(journal.pk, company_id=demo.company.pk, actor=people["accountant"])
        if back == 20:
            approve_journal(journal.pk, company_id=demo.company.pk, actor=people["owner"], reason="As every month")
