"""A journal by hand as a draft, and its trail."""

import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.errors import JournalRefused, NotFound, PeriodClosed
from accounting.models import Account, Company, Currency, ManualJournal, ManualJournalLine, ManualJournalStatus, Party
from accounting.selectors.config import exchange_rate
from accounting.services.dimensions import ensure_sets
from accounting.services.journals.inputs import JournalInput, check_head, check_lines
from accounting.services.periods import prepare
from accounting.states import MANUAL_JOURNAL
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.money import ZERO, round_money
from backoffice.core.states import check_transition

OBJECT = "accounting.manualjournal"


@transaction.atomic(savepoint=False)
def save_journal(
    given: JournalInput, *, company_id: int, actor: Actor, journal_id: int | None = None, version: int | None = None
) -> ManualJournal:
    """Write a draft, or change one: its lines are replaced.

    version: what the caller has read; another one is refused.
    Raises JournalRefused, nothing written: unknown_currency, bad_rate, bad_dates, no_lines, unbalanced, not_a_draft,
    changed_meanwhile; of a line (context row, field): unknown_account, not_postable, control_account,
    account_currency, unknown_party, bad_amount, bad_dimension. Also ExchangeRateMissing, PeriodClosed. Statements: about 12.
    """
    company = Company.objects.get(pk=company_id)
    currency = Currency.objects.filter(pk=given.currency or company.base_currency_id).first()
    check_head(given, currency)
    assert currency is not None
    accounts = Account.objects.filter(company_id=company_id).in_bulk(
        {x.account_id for x in given.lines if x.account_id}
    )
    parties = Party.objects.filter(company_id=company_id).in_bulk({x.party_id for x in given.lines if x.party_id})
    check_lines(given, currency, accounts, parties)
    check_day(company_id, given.date, late=given.late)
    rate = rate_of(given, company)
    journal = _draft(journal_id, company_id, actor, version)
    made = journal.pk is None
    journal.date, journal.memo, journal.currency = given.date, given.memo.strip()[:200], currency.code
    journal.exchange_rate = given.exchange_rate if currency.code != company.base_currency_id else None
    journal.reverse_on, journal.late = given.reverse_on, given.late
    debits = sum((line.amount for line in given.lines if line.amount > 0), ZERO)
    journal.value = round_money(debits * rate, company.base_currency.exponent)
    journal.version += not made
    journal.save()
    if not made:
        journal.lines.all().delete()
    sets = ensure_sets((line.dimensions for line in given.lines), company_id=company_id)
    ManualJournalLine.objects.bulk_create(
        ManualJournalLine(
            journal=journal,
            position=position,
            account_id=line.account_id,
            party_id=line.party_id,
            description=line.description.strip()[:200],
            amount=line.amount,
            dimension_set_id=sets[line.dimensions] if line.dimensions else None,
        )
        for position, line in enumerate(given.lines, start=1)
    )
    record(journal, "created" if made else "changed", actor, new=f"{journal.value.normalize():f}")
    return journal


def check_day(company_id: int, day: datetime.date, *, late: bool) -> None:
    """Raises PeriodClosed unless the day is open, or its facts may come late. Statements: 1 to 4."""
    if not datetime.date(1900, 1, 1) <= day <= datetime.date(2199, 12, 31):
        raise JournalRefused(_("%(date)s is no day of these books.") % {"date": day}, code="bad_dates", field="date")
    (found,) = prepare(company_id=company_id, keys=[None], days=[day], instants=[None])
    if found.posting_date != day and not late:
        raise PeriodClosed(
            _("%(date)s is not open for posting; the first open day is %(first)s.")
            % {"date": day, "first": found.posting_date},
            date=str(day),
            first_open=str(found.posting_date),
            field="date",
        )


def rate_of(given: JournalInput | ManualJournal, company: Company) -> Decimal:
    """What one unit of the journal's currency is worth. Raises ExchangeRateMissing. Statements: 0 or 1."""
    currency = given.currency or company.base_currency_id
    if currency == company.base_currency_id:
        return Decimal(1)
    return given.exchange_rate or exchange_rate(company.pk, currency, given.date)


def _draft(journal_id: int | None, company_id: int, actor: Actor, version: int | None) -> ManualJournal:
    if journal_id is None:
        return ManualJournal(company_id=company_id, created_by_id=actor.user_id, created_label=actor.label)
    journal = lock_journal(journal_id, company_id=company_id)
    if journal.status != ManualJournalStatus.DRAFT:
        raise JournalRefused(
            _("%(number)s is no draft any more: send it back first.") % {"number": journal.number}, code="not_a_draft"
        )
    if version is not None and version != journal.version:
        raise JournalRefused(
            _("Somebody else has changed %(number)s; look at it again.") % {"number": journal.number},
            code="changed_meanwhile",
            version=journal.version,
        )
    return journal


def lock_journal(journal_id: int, *, company_id: int) -> ManualJournal:
    """The journal, locked. Raises NotFound. Statements: 1."""
    locked = ManualJournal.objects.select_for_update(of=("self",), no_key=True)
    found = locked.filter(company_id=company_id, pk=journal_id).first()
    if found is None:
        raise NotFound(_("There is no such manual journal."), journal_id=journal_id)
    return found


def set_status(
    journal: ManualJournal, status: str, *, actor: Actor, reason: str = "", fields: tuple[str, ...] = ()
) -> None:
    """Move a locked journal on. Raises IllegalTransition. Statements: 2."""
    check_transition(MANUAL_JOURNAL, "manual journal", journal.status, status)
    old, journal.status = journal.status, status
    journal.version += 1
    journal.save(update_fields=["status", "version", *fields])
    record(journal, "status", actor, field="status", old=old, new=status, reason=reason)


def record(
    journal: ManualJournal,
    action: str,
    actor: Actor,
    *,
    field: str = "",
    old: str = "",
    new: str = "",
    reason: str = "",
) -> None:
    change = audit.Change(OBJECT, journal.pk, action, field, str(old), str(new), reason[:300], journal.company_id)
    audit.record([change], actor=actor)
