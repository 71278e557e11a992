"""Builders for the money book."""

import datetime
from decimal import Decimal

from accounting.models import AccountRole, Company, Party
from accounting.selectors import account_ids
from accounting.services import (
    Entry,
    InvoiceLineRequest,
    InvoiceRequest,
    Line,
    create_company,
    ensure_party,
)
from backoffice.core.actor import Actor

ACTOR = Actor.job("test")
NOON = datetime.datetime(2026, 3, 10, 12, tzinfo=datetime.UTC)


def make_company(code: str = "acme", *, base_currency: str = "GBP", **values: str) -> Company:
    given = {"name": "Acme", "country": "GB", "time_zone": "Europe/London", "chart": "ifrs"} | values
    return create_company(code=code, base_currency=base_currency, actor=ACTOR, **given)


def make_party(company: Company, code: str = "C1", *, currency: str = "", terms: int = 0) -> Party:
    return ensure_party(
        company_id=company.pk,
        code=code,
        name=f"Customer {code}",
        currency=currency or company.base_currency_id,
        is_customer=True,
        payment_terms_days=terms,
    )


def make_entry(
    company: Company,
    amount: str = "100",
    *,
    key: str = "manual:1",
    at: datetime.datetime = NOON,
    date: datetime.date | None = None,
    debit: str = AccountRole.BANK,
    credit: str = AccountRole.OPENING_EQUITY,
    subledger: str = "general",
) -> Entry:
    """A two-line entry in the base currency between the accounts of two roles."""
    roles = account_ids(company.pk)
    value = Decimal(amount)
    return Entry(
        date=date,
        effective_at=at,
        subledger=subledger,
        source_type="",
        source_id=None,
        source_key=key,
        lines=[
            Line(roles[debit], value, company.base_currency_id),
            Line(roles[credit], -value, company.base_currency_id),
        ],
    )


def make_invoice_line(net: str = "100", tax: str = "0", **values: object) -> InvoiceLineRequest:
    given = {
        "kind": "goods",
        "description": "A thing",
        "quantity": Decimal(1),
        "unit_price": Decimal(net),
        "net": Decimal(net),
        "tax": Decimal(tax),
        "account_role": AccountRole.REVENUE,
    }
    return InvoiceLineRequest(**(given | values))


def make_invoice(party: Party, *lines: InvoiceLineRequest, key: str = "invoice:1", **values: object) -> InvoiceRequest:
    given = {
        "kind": "invoice",
        "party_id": party.pk,
        "currency": party.currency_id,
        "effective_at": NOON,
        "lines": lines or (make_invoice_line(),),
        "source_type": "orders.shipment",
        "source_id": 1,
        "source_key": key,
    }
    return InvoiceRequest(**(given | values))
