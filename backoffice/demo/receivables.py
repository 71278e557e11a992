"""What customers of the demo company owe: reminders issued, proposed and stopped; payments that wait to be matched."""

import datetime
from decimal import Decimal

from accounting.models import AccountRole, Address, DunningPlan, Party, TaxCode
from accounting.services import (
    InvoiceLineRequest,
    InvoiceRequest,
    PaymentRequest,
    create_tax_code,
    dunning,
    ensure_party,
    issue_invoices,
    record_payments,
)
from backoffice.core.actor import Actor
from backoffice.demo.company import Demo

LEVELS = ((1, 7, "0", "0"), (2, 21, "5", "0"), (3, 35, "15", "8"))
ABROAD = (
    "Not taxable in Lithuania: Article 44 of Directive 2006/112/EC"  # what is lent to a business is taxed where it is
)
# code, name, language, tax code, address, (days ago, amount) of each invoice
CUSTOMERS = (
    (
        "HARBOUR", "Harbour Hotel", "en", "RC", ("Jūras iela 4", "LV-3401", "Liepāja", "LV", "LV40000000000"),
        ((34, "1180.00"), (26, "240.00")),
    ),
    ("BATUMI", "Batumi Gallery", "ka", "ABROAD", ("Gorgiladze St 8", "6010", "Batumi", "GE", ""), ((30, "460.00"),)),
    (
        "NEVSKY", "Nevsky Antiques", "ru", "RC", ("Pikk 21", "10133", "Tallinn", "EE", "EE100000000"),
        ((27, "320.50"), (12, "95.00")),
    ),
)  # fmt: skip


def owe_and_remind(demo: Demo, *, today: datetime.datetime) -> None:
    """Three customers, a run two weeks ago that was issued on paper, one of today that waits to be looked at."""
    company, actor = demo.company.pk, Actor.job("demo")
    plan = DunningPlan.objects.create(company=demo.company, code="standard", name="Standard", is_default=True)
    for number, days, fee, percent in LEVELS:
        plan.levels.create(number=number, days_overdue=days, fee=Decimal(fee), interest_percent=Decimal(percent))
    first = datetime.date(2009, 9, 1)
    create_tax_code(
        company_id=company,
        code="ABROAD",
        name="Services to businesses abroad",
        country="LT",
        rates=[(first, Decimal(0))],
    )
    TaxCode.objects.filter(company=company, code="ABROAD").update(exemption_reason=ABROAD)
    codes = dict(TaxCode.objects.filter(company=company).values_list("code", "pk"))
    parties, wanted = [], []
    for code, name, language, tax_code, place, owed in CUSTOMERS:
        party, address = _customer(demo, code, name, language, place)
        parties.append(party)
        wanted += [_invoice(party, address, codes[tax_code], back, amount, today) for back, amount in owed]
    issue_invoices(sorted(wanted, key=lambda one: one.effective_at), company_id=company, actor=actor)
    paid = (("500.00", parties[0], 4), ("95.00", parties[2], 3))
    record_payments(
        [
            PaymentRequest(
                party.pk, "in", Decimal(amount), "EUR", today - datetime.timedelta(days=back), f"demo:paid:{n}"
            )
            for n, (amount, party, back) in enumerate(paid)
        ],
        company_id=company,
        actor=actor,
    )
    run = dunning.propose_run(company_id=company, date=today.date() - datetime.timedelta(days=15), actor=actor)
    if run is not None:
        dunning.approve_run(run.pk, company_id=company, actor=actor)
        for letter in run.letters.values_list("pk", flat=True):
            dunning.issue_letter(letter, actor=actor, by_mail=False)
    dunning.stop_dunning(
        company_id=company, party_id=parties[1].pk, reason="Two frames came broken: we are looking into it",
        kind="dispute", actor=actor,
    )  # fmt: skip
    dunning.propose_run(company_id=company, date=today.date(), actor=actor)


def _customer(demo: Demo, code: str, name: str, language: str, place: tuple[str, ...]) -> tuple[Party, Address]:
    line1, postcode, city, country, tax_number = place
    party = ensure_party(
        company_id=demo.company.pk, code=code, name=name, currency="EUR", is_customer=True, payment_terms_days=0
    )
    address = Address.objects.create(
        company=demo.company, organisation=name, line1=line1, postcode=postcode, city=city, country=country
    )
    Party.objects.filter(pk=party.pk).update(language=language, tax_number=tax_number, address=address)
    return party, address


def _invoice(
    party: Party, address: Address, tax_code: int, days_ago: int, amount: str, today: datetime.datetime
) -> InvoiceRequest:
    value = Decimal(amount)
    line = InvoiceLineRequest(
        kind="goods", description="Loan of ship models for a show", quantity=Decimal(1), unit_price=value, net=value,
        tax=Decimal(0), tax_code_id=tax_code, account_role=AccountRole.OTHER_REVENUE,
    )  # fmt: skip
    return InvoiceRequest(
        kind="invoice", party_id=party.pk, address_id=address.pk, currency="EUR", effective_at=today - datetime.timedelta(days=days_ago),
        lines=[line], source_type="", source_id=None, source_key=f"demo:loan:{party.code}:{days_ago}",
    )  # fmt: skip
