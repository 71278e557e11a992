"""Bank files written for a test: camt.053, MT940, OFX and CSV of the same bookings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

IBAN = "DE89370400440532013000"


@dataclass(frozen=True, slots=True)
class Booked:
    amount: Decimal
    day: date
    name: str = ""
    text: str = ""
    bank_reference: str = ""
    end_to_end: str = ""
    account: str = ""
    parts: tuple[tuple[Decimal, str], ...] = ()


def booked(amount: str, day: str = "2026-03-05", text: str = "", **rest) -> Booked:
    return Booked(Decimal(amount), date.fromisoformat(day), text=text, **rest)


def camt053(
    lines: Sequence[Booked],
    *,
    opening: str = "1000.00",
    start: str = "2026-02-28",
    end: str = "2026-03-31",
    closing: str | None = None,
    iban: str = IBAN,
    currency: str = "EUR",
    reference: str = "STMT-1",
) -> bytes:
    last = closing if closing is not None else f"{Decimal(opening) + sum((one.amount for one in lines), Decimal(0)):f}"
    balances = _balance("OPBD", opening, start, currency) + _balance("CLBD", last, end, currency)
    entries = "".join(_entry(one, currency) for one in lines)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">
<BkToCstmrStmt><GrpHdr><MsgId>M</MsgId><CreDtTm>2026-04-01T06:00:00Z</CreDtTm></GrpHdr>
<Stmt><Id>{reference}</Id><Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>{currency}</Ccy></Acct>
{balances}{entries}</Stmt></BkToCstmrStmt></Document>
""".encode()


def _balance(code: str, amount: str, day: str, currency: str) -> str:
    side = "DBIT" if amount.startswith("-") else "CRDT"
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">{amount.lstrip("-")}</Amt>'
        f"<CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>\n"
    )


def _entry(one: Booked, currency: str) -> str:
    side = "CRDT" if one.amount >= 0 else "DBIT"
    end = "Dbtr" if one.amount >= 0 else "Cdtr"
    details = one.parts or ((abs(one.amount), one.text),)
    inside = "".join(
        f"<TxDtls><Refs><EndToEndId>{one.end_to_end or 'NOTPROVIDED'}</EndToEndId></Refs>"
        f'<Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>'
        f"<RltdPties><{end}><Pty><Nm>{one.name}</Nm></Pty></{end}>"
        f"<{end}Acct><Id><IBAN>{one.account}</IBAN></Id></{end}Acct></RltdPties>"
        f"<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls>"
        for amount, text in details
    )
    return (
        f'<Ntry><Amt Ccy="{currency}">{abs(one.amount)}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        f"<BookgDt><Dt>{one.day}</Dt></BookgDt><ValDt><Dt>{one.day}</Dt></ValDt>"
        f"<AcctSvcrRef>{one.bank_reference}</AcctSvcrRef><NtryDtls>{inside}</NtryDtls></Ntry>\n"
    )


def mt940(lines: Sequence[Booked], *, opening: str = "1000,00", account: str = "37040044/0532013000") -> bytes:
    closing = Decimal(opening.replace(",", ".")) + sum((one.amount for one in lines), Decimal(0))
    rows = "".join(
        f":61:{one.day:%y%m%d}{one.day:%m%d}{'C' if one.amount >= 0 else 'D'}{_comma(abs(one.amount))}NTRF"
        f"{one.end_to_end or 'NONREF'}//{one.bank_reference}\n:86:166?00GUTSCHRIFT?20SVWZ+{one.text}?32{one.name}\n"
        for one in lines
    )
    return (
        f":20:STARTUMS\n:25:{account}\n:28C:1/1\n:60F:C260228EUR{opening}\n{rows}:62F:C260331EUR{_comma(closing)}\n-\n"
    ).encode()


def _comma(amount: Decimal) -> str:
    return f"{amount:.2f}".replace(".", ",")
