"""What the money book can refuse."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError
from django.utils.translation import gettext as _

from backoffice.core.errors import DomainError


class SourceKeyReused(DomainError):
    """A source key was posted before, with other content."""

    code = "source_key_reused"


class PeriodClosed(DomainError):
    """The day asked for lies in a closed period."""

    code = "period_closed"


class ExchangeRateMissing(DomainError):
    """No rate of the currency is known on the day."""

    code = "exchange_rate_missing"


class TaxRateMissing(DomainError):
    """The tax code has no rate on the day."""

    code = "tax_rate_missing"


class AccountRoleMissing(DomainError):
    """The company has no account for a role."""

    code = "account_role_missing"


class NotFound(DomainError):
    """A row named by id does not exist in this company."""

    code = "not_found"
    status = 404


class EntryNotReversible(DomainError):
    """The entry belongs to a document, or was reversed before."""

    code = "entry_not_reversible"


class NegativeTotal(DomainError):
    """An invoice or credit note would total less than zero."""

    code = "negative_total"


class ItemsDoNotMatch(DomainError):
    """A debit and a credit item of one account, party and currency are needed."""

    code = "items_do_not_match"


class ItemOverused(DomainError):
    """More is applied than is open."""

    code = "item_overused"


class UnknownCode(DomainError):
    """No gift card or store credit of this company has the code."""

    code = "unknown_code"


class StoredValueShort(DomainError):
    """More is asked of a gift card, store credit or deposit than is left on it."""

    code = "stored_value_short"


class StoredValueExpired(DomainError):
    """Its last day is over."""

    code = "stored_value_expired"


class StoredValueLive(DomainError):
    """It may still be spent, or nothing is left that could expire."""

    code = "stored_value_live"


class CurrencyDiffers(DomainError):
    """A stored value is spent in its own currency only."""

    code = "currency_differs"


class PaymentNotReversible(DomainError):
    """A payment is still applied, or was reversed before."""

    code = "payment_not_reversible"


class BillRefused(DomainError):
    """A supplier's bill cannot be entered, matched, posted, paid or reversed as asked. code says why; context: row, field."""

    code = "bill_refused"

    def __init__(self, detail: str, *, code: str, **context: Any) -> None:
        super().__init__(detail, **context)
        self.code = code


class BillChanged(DomainError):
    """Somebody else has changed the bill since it was read."""

    code = "bill_changed"
    status = 412


class TooLongForPdf(DomainError):
    """A report has more rows than are typeset."""

    code = "too_long_for_pdf"


class Refused(DomainError):
    """A refusal whose code says why, and whose context names the field, and the row where there are lines."""

    def __init__(self, detail: str, *, code: str, **context: Any) -> None:
        super().__init__(detail, **context)
        self.code = code


class JournalRefused(Refused):
    """A journal by hand, or its repetition, cannot be written, posted or reversed as asked."""


class AttachmentRefused(Refused):
    """A file cannot be kept with a document, or taken off it."""


class BankRefused(Refused):
    """A bank statement, a match or a reconciliation cannot be done as asked."""


class SettlementRefused(Refused):
    """Items of an account cannot be settled, written off or refunded as asked."""


class DunningRefused(Refused):
    """A reminder cannot be proposed, stopped or issued as asked."""


class LetterRefused(Refused):
    """A letter of the books cannot be made or mailed as asked."""


class ReconciledBalance(DomainError):
    """A posting would change what the books said of a bank account on a day that is reconciled."""

    code = "reconciled_balance"


@contextmanager
def reconciled_days() -> Iterator[None]:
    """Says in words what the database refuses: a posting into the reconciled days of a bank account."""
    try:
        yield
    except IntegrityError as error:
        found = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
        if found != "bankreconciliation_holds":
            raise
        raise ReconciledBalance(
            _(
                "This would change the books of a bank account on a day whose balance is reconciled. Post it on a later"
                " day, or reopen the reconciliation first."
            )
        ) from error


class BookRefused(Refused):
    """A sub-ledger cannot be closed or opened as asked."""


class YearIsClosed(DomainError):
    """The day lies in a year that was closed; the year has to be reopened first."""

    code = "year_closed"


class YearRefused(Refused):
    """A year cannot be closed or reopened as asked."""


class TaxRuleMissing(DomainError):
    """No tax rule answers for a sale."""

    code = "tax_rule_missing"


class TaxRefused(Refused):
    """A tax rule, template or return cannot be made or filed as asked."""


class RevaluationRefused(Refused):
    """Foreign balances cannot be revalued as asked."""


class DeferralRefused(Refused):
    """Revenue cannot be deferred, or its deferral ended, as asked."""


class DiscountRefused(Refused):
    """An early-payment discount cannot be taken."""


class SeriesRefused(Refused):
    """A series of legal numbers cannot begin as asked."""
