"""Whether what a company brought with it agrees: the trial balance with the documents and goods behind it."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, Sum

from accounting.models import Account, AccountMapping, AccountRole, JournalLine
from backoffice.core.money import ZERO

BALANCES = "accounting.opening"
BROUGHT = ("accounting.opening_item", "inventory.opening")


@dataclass(frozen=True, slots=True)
class OpeningTotal:
    """Of a control account: what the trial balance says, and what its documents or goods came to. Debit positive."""

    account_id: int
    code: str
    name: str
    control: str
    said: Decimal
    brought: Decimal

    @property
    def difference(self) -> Decimal:
        return self.brought - self.said


@dataclass(frozen=True, slots=True)
class OpeningAgreement:
    """rest: what is left on opening balances; 0 when all has come and agrees."""

    totals: tuple[OpeningTotal, ...]
    rest: Decimal
    rest_account: str
    has_balances: bool

    @property
    def agrees(self) -> bool:
        return not self.rest and not any(total.difference for total in self.totals)


def opening_agreement(company_id: int) -> OpeningAgreement:
    """Statements: 4."""
    lines = JournalLine.objects.filter(company_id=company_id)
    mapping = AccountMapping.objects.filter(company_id=company_id, role=AccountRole.OPENING_EQUITY).select_related("account").first()  # fmt: skip
    said = dict(
        lines.filter(entry__source_type=BALANCES)
        .exclude(memo="")
        .values_list("memo")
        .annotate(total=Sum("base_amount"))
    )
    brought = Sum(
        "journalline__base_amount",
        filter=Q(journalline__entry__source_type__in=BROUGHT, journalline__company_id=company_id),
    )
    accounts = Account.objects.filter(company_id=company_id, is_postable=True).exclude(control="").order_by("code")
    totals = tuple(
        OpeningTotal(account.pk, account.code, account.name, account.control, said.get(account.code, ZERO), account.brought or ZERO)
        for account in accounts.annotate(brought=brought)
    )  # fmt: skip
    if mapping is None:
        return OpeningAgreement(totals, ZERO, "", bool(said))
    rest = lines.filter(account_id=mapping.account_id).aggregate(total=Sum("base_amount"))["total"]
    return OpeningAgreement(
        tuple(row for row in totals if row.said or row.brought), rest or ZERO, mapping.account.code, bool(said)
    )
