"""Revenue billed ahead: kept as a liability, earned in equal parts at the end of each month."""

import calendar
import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.dimensions import read_key
from accounting.errors import DeferralRefused, NotFound
from accounting.models import (
    AccountRole,
    Company,
    DeferralStatus,
    InvoiceKind,
    InvoiceLine,
    RevenueDeferral,
    RevenueDeferralPart,
    Subledger,
)
from accounting.selectors import books_of
from accounting.services.entries import Entry, Line
from accounting.services.journals.approving import noon_of
from accounting.services.posting import post_entries
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.money import ZERO, round_money, split_by_weight

OBJECT = "accounting.revenuedeferral"
LIMIT = 1_000


@transaction.atomic
def defer_revenue(
    invoice_line_id: int, *, company_id: int, start: datetime.date, months: int, actor: Actor
) -> RevenueDeferral:
    """Take a billed line's net out of revenue and earn it over months; parts add up to it to the cent.

    Raises NotFound, DeferralRefused (not_an_invoice, nothing, bad_period, deferred_before), AccountRoleMissing; nothing
    is written then. Statements: about 14.
    """
    company = Company.objects.select_related("base_currency").get(pk=company_id)
    line = (
        InvoiceLine.objects.select_related("invoice__open_item", "dimension_set")
        .filter(pk=invoice_line_id, invoice__company_id=company_id)
        .first()
    )
    if line is None:
        raise NotFound(_("There is no such line of an invoice."), invoice_line_id=invoice_line_id)
    if line.invoice.kind != InvoiceKind.INVOICE:
        raise DeferralRefused(_("Only lines of invoices are deferred."), code="not_an_invoice")
    if not 1 <= months <= 120 or not datetime.date(1900, 1, 1) <= start <= datetime.date(2180, 1, 1):
        raise DeferralRefused(_("It is earned over 1 to 120 months."), code="bad_period", field="months")
    if RevenueDeferral.objects.filter(invoice_line=line).exists():
        raise DeferralRefused(_("The line is deferred already."), code="deferred_before")
    item, exponent = line.invoice.open_item, company.base_currency.exponent
    amount = round_money(line.net * item.base_amount / item.amount, exponent) if item.amount else ZERO
    if amount <= 0:
        raise DeferralRefused(_("The line has no revenue to defer."), code="nothing")
    deferred = books_of(company_id).account(AccountRole.DEFERRED_REVENUE)
    dimensions = read_key(line.dimension_set.key) if line.dimension_set else ()
    base = company.base_currency_id
    entry = Entry(
        date=None,
        effective_at=line.invoice.effective_at,
        subledger=Subledger.GENERAL,
        source_type="accounting.invoice",
        source_id=line.invoice_id,
        source_key=f"defer:{line.pk}",
        lines=[
            Line(line.account_id, amount, base, dimensions=dimensions),
            Line(deferred, -amount, base, dimensions=dimensions),
        ],
        memo=_("Revenue of later months"),
    )
    (posted,) = post_entries([entry], company_id=company_id, actor=actor)
    made = RevenueDeferral.objects.create(
        company=company, invoice_line=line, account_id=line.account_id, dimension_set=line.dimension_set, amount=amount,
        start_date=start, months=months, entry_id=posted.entry_id, made_label=actor.label,
    )  # fmt: skip
    parts = split_by_weight(amount, [ZERO + 1] * months, exponent)
    RevenueDeferralPart.objects.bulk_create(
        RevenueDeferralPart(deferral=made, date=_month_end(start, place), amount=part)
        for place, part in enumerate(parts)
        if part
    )
    _record(made, "created", actor, f"{amount.normalize():f} / {months}")
    return made


def earn_due_revenue(*, company_id: int, now: datetime.datetime, actor: Actor) -> int:
    """Post the parts whose day has come; how many. Two at once do no harm. Statements: about 8 for a batch."""
    company = Company.objects.get(pk=company_id)
    today = now.astimezone(ZoneInfo(company.time_zone)).date()
    return _earn(company, today, actor)


@transaction.atomic
def _earn(company: Company, today: datetime.date, actor: Actor) -> int:
    locked = RevenueDeferralPart.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    due = list(
        locked.filter(
            deferral__company=company, deferral__status=DeferralStatus.ACTIVE, entry__isnull=True, date__lte=today
        )
        .select_related("deferral__dimension_set")
        .order_by("pk")[:LIMIT]
    )
    return _post(due, company, actor)


def _post(parts: list[RevenueDeferralPart], company: Company, actor: Actor, at: datetime.datetime | None = None) -> int:
    if not parts:
        return 0
    deferred, base = books_of(company.pk).account(AccountRole.DEFERRED_REVENUE), company.base_currency_id
    entries = []
    for part in parts:
        found = part.deferral
        dimensions = read_key(found.dimension_set.key) if found.dimension_set else ()
        entries.append(
            Entry(
                date=None,
                effective_at=at or noon_of(part.date, company),
                subledger=Subledger.GENERAL,
                source_type=OBJECT,
                source_id=found.pk,
                source_key=f"earn:{part.pk}",
                lines=[
                    Line(deferred, part.amount, base, dimensions=dimensions),
                    Line(found.account_id, -part.amount, base, dimensions=dimensions),
                ],
                memo=_("Revenue earned"),
            )
        )
    posted = post_entries(entries, company_id=company.pk, actor=actor)
    for part, done in zip(parts, posted, strict=True):
        part.entry_id = done.entry_id
    RevenueDeferralPart.objects.bulk_update(parts, ["entry"])
    open_ids = set(
        RevenueDeferralPart.objects.filter(
            deferral__in={part.deferral_id for part in parts}, entry__isnull=True
        ).values_list("deferral_id", flat=True)
    )
    done_ids = {part.deferral_id for part in parts} - open_ids
    RevenueDeferral.objects.filter(pk__in=done_ids, status=DeferralStatus.ACTIVE).update(status=DeferralStatus.DONE)
    return len(parts)


@transaction.atomic
def end_deferral(
    deferral_id: int, *, company_id: int, at: datetime.datetime, actor: Actor, reason: str
) -> RevenueDeferral:
    """Earn all that is left at once (the contract ended). Raises NotFound, DeferralRefused (no_reason, not_active)."""
    if not reason.strip():
        raise DeferralRefused(_("Say why: the reason is kept with the change."), code="no_reason", field="reason")
    found = (
        RevenueDeferral.objects.select_for_update(no_key=True, of=("self",))
        .filter(pk=deferral_id, company_id=company_id)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such deferral."), deferral_id=deferral_id)
    if found.status != DeferralStatus.ACTIVE:
        raise DeferralRefused(_("Nothing of it is left."), code="not_active")
    left = list(
        found.parts.select_for_update(of=("self",), no_key=True)
        .filter(entry__isnull=True)
        .select_related("deferral__dimension_set")
        .order_by("pk")
    )
    _post(left, Company.objects.get(pk=company_id), actor, at)
    found.refresh_from_db()
    _record(found, "ended", actor, "", reason)
    return found


def _month_end(start: datetime.date, place: int) -> datetime.date:
    year, month = divmod(start.year * 12 + start.month - 1 + place, 12)
    return datetime.date(year, month + 1, calendar.monthrange(year, month + 1)[1])


def _record(found: RevenueDeferral, action: str, actor: Actor, new: str = "", reason: str = "") -> None:
    change = audit.Change(OBJECT, found.pk, action, "", "", new, reason[:300], found.company_id)
    audit.record([change], actor=actor)
