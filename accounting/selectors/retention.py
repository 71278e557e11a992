"""Which addresses invoices still need by law, and which they do not any more."""

import datetime
from collections.abc import Collection
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounting.models import Address, Company, Invoice, Party
from accounting.retention import kept_from, law_of, years_kept
from backoffice.core.db import database_now


@dataclass(frozen=True, slots=True)
class Retention:
    """Of one company. own: it was set, and is not the country's. since: invoices from this day on are kept whole."""

    company: Company
    years: int
    own: bool
    since: datetime.date

    @property
    def law(self) -> str:
        """What asks for the years; "" where they are the company's own, or no act is known here."""
        return "" if self.own else law_of(self.company.country)

    @property
    def due(self) -> int:
        """Addresses that the next run blanks. Statements: 1."""
        return expired_addresses(self).count()


def retention_of(company: Company) -> Retention:
    """By the company's calendar. Statements: 1."""
    today = database_now().astimezone(ZoneInfo(company.time_zone)).date()
    years = years_kept(company.country, company.invoice_years)
    return Retention(company, years, company.invoice_years is not None, kept_from(today, years))


def expired_addresses(retention: Retention) -> QuerySet[Address]:
    """Addresses of invoices of which none is kept by law any more or still open; a party's present address stays."""
    invoices = Invoice.objects.filter(address=OuterRef("pk"))
    return Address.objects.filter(
        Exists(invoices), ~Exists(invoices.filter(_needed(retention))), ~Exists(Party.objects.filter(address=OuterRef("pk"))),
        company=retention.company, erased_at__isnull=True,
    )  # fmt: skip


def held_addresses(address_ids: Collection[int], company: Company) -> set[int]:
    """Those of them that invoices still need: nobody's wish to be forgotten reaches them. Statements: 2."""
    needed = Invoice.objects.filter(_needed(retention_of(company)), address__in=address_ids)
    return {id for id in needed.values_list("address_id", flat=True) if id is not None}


def _needed(retention: Retention) -> Q:
    """An invoice within its time, one that is not settled, and one that a credit note within its time corrects."""
    return (
        Q(date__gte=retention.since)
        | Q(open_item__used__lt=F("open_item__amount"))
        | Q(Exists(Invoice.objects.filter(corrects=OuterRef("pk"), date__gte=retention.since)))
    )
