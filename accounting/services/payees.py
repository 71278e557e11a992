"""Where suppliers are paid to: entered with a reason, never edited, and not by who then pays them."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.utils.translation import gettext as _
from stdnum import bic as bics
from stdnum import iban as ibans
from stdnum.exceptions import InvalidChecksum, ValidationError

from accounting.errors import NotFound
from accounting.models import AccountRole, Party, PartyBankAccount, Payment, PaymentDirection
from accounting.selectors.config import Books, books_of, exchange_rates
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.approving import ApprovalRefused, approval_terms, check_approvers
from backoffice.core.db import database_now
from backoffice.core.errors import InvalidInput
from backoffice.core.models import AuditEvent
from backoffice.core.show import show_time

OBJECT = "accounting.partybankaccount"
SUPPLIER_PAYMENT = "supplier_payment"
NEW_SUPPLIER = "new_supplier"
HOLD = datetime.timedelta(hours=24)  # for somebody to notice: a letter with "our new bank" is the commonest fraud


@dataclass(frozen=True, slots=True)
class PayeeAccount:
    """iban, or the number of an account without one."""

    holder: str
    iban: str = ""
    number: str = ""
    bic: str = ""
    bank_name: str = ""


@transaction.atomic
def enter_party_account(
    given: PayeeAccount, *, party_id: int, company_id: int, actor: Actor, reason: str
) -> PartyBankAccount:
    """The account that this supplier is paid to from now on; the former ones stay as they were.

    Who enters it does not pay the supplier where four eyes are on (hold_payees). The party is held meanwhile, so that
    a payment sees the account either before or after.

    Raises NotFound, InvalidInput with every mistake by its field; nothing is written then. Statements: 4.
    """
    checked = _checked(given, reason)
    party = (
        Party.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=party_id, company_id=company_id, is_supplier=True)
        .first()
    )
    if party is None:
        raise NotFound(_("There is no such supplier."), party_id=party_id)
    before = PartyBankAccount.objects.filter(party=party).order_by("-pk").first()
    row = PartyBankAccount(
        company_id=company_id, party=party, holder=checked.holder, iban=checked.iban, number=checked.number,
        bic=checked.bic, bank_name=checked.bank_name, reason=reason.strip(), actor_id=actor.user_id,
        actor_label=actor.label,
    )  # fmt: skip
    if before is not None and _facts(before) == _facts(row):
        raise _wrong([("iban" if row.iban else "number", _("This account is entered already."), "entered_before")])
    row.save()
    row.refresh_from_db(fields=["recorded_at"])
    old = before.masked if before else ""
    change = audit.Change(OBJECT, row.pk, "entered", "account", old, row.masked, row.reason, company_id)
    audit.record([change], actor=actor)
    return row


def hold_payees(
    amounts: Mapping[tuple[int, str], Decimal],
    *,
    company_id: int,
    date: datetime.date,
    actor: Actor,
    source_key: str = "",
) -> None:
    """Keep these suppliers' bank accounts as they are until the payment is committed, and refuse who changed them.

    What went to the same suppliers and bank accounts today, and on the day it is dated, counts with it: a payment in
    parts is one payment. Nobody pays to an account that took another's place less than a day ago. amounts: what goes to
    (party id, currency). source_key: of this payment, where it may be recorded already.
    Raises ApprovalRefused (own_document, over_limit, account_changed), ExchangeRateMissing. Statements: 7; at most 9 more.
    """
    parties = {party_id for party_id, _currency in amounts}
    if not parties:
        return
    _hold(parties | {row.party_id for row in _same_accounts(parties)})
    newest = {row.party_id: row for row in _same_accounts(parties)}
    books = books_of(company_id)
    base = books.base_currency
    rates = exchange_rates(company_id, {(currency, date) for _party, currency in amounts if currency != base})
    totals = _paid_already(parties | set(newest), books, date, source_key)
    for (party_id, currency), amount in amounts.items():
        totals[party_id] += amount * rates.get((currency, date), Decimal(1))
    by_account: defaultdict[tuple[str, str] | int, Decimal] = defaultdict(Decimal)
    for party_id, total in totals.items():
        by_account[_payee(party_id, newest)] += total
    documents = [
        (newest[party_id].actor_id if party_id in newest else None, by_account[_payee(party_id, newest)])
        for party_id in sorted(parties)
    ]
    check_approvers(SUPPLIER_PAYMENT, documents, actor=actor, company_id=company_id)
    _check_makers({party_id: by_account[_payee(party_id, newest)] for party_id in sorted(parties)}, actor, company_id)
    _check_age(
        [newest[pk] for pk in sorted(parties) if pk in newest], {pk: by_account[_payee(pk, newest)] for pk in parties}
    )


def _check_makers(amounts: Mapping[int, Decimal], actor: Actor, company_id: int) -> None:
    """Who entered a supplier does not pay them, where that pair is on. Raises ApprovalRefused. Statements: 1; 5 with it."""
    if approval_terms(NEW_SUPPLIER, company_id=company_id).free_up_to is None:
        return
    made = AuditEvent.objects.filter(object_type="accounting.party", action="created", object_id__in=list(amounts))
    makers = dict(made.values_list("object_id", "actor_id"))
    documents = [(makers.get(party_id), amount) for party_id, amount in amounts.items()]
    check_approvers(NEW_SUPPLIER, documents, actor=actor, company_id=company_id)


def _check_age(accounts: Sequence[PartyBankAccount], amounts: Mapping[int, Decimal]) -> None:
    """Raises ApprovalRefused for the first account that is too new for what goes to it. Statements: at most 4."""
    young = [row for row in accounts if row.recorded_at > database_now() - HOLD]
    if not young:
        return
    before = PartyBankAccount.objects.filter(party__in=[row.party_id for row in young]).values("party")
    changed = set(before.alias(rows=Count("pk")).filter(rows__gt=1).values_list("party", flat=True))
    terms = approval_terms(SUPPLIER_PAYMENT, company_id=young[0].company_id)
    for row in young:
        if row.party_id in changed and terms.needs_approval(amounts[row.party_id]):
            until = row.recorded_at + HOLD
            raise ApprovalRefused(
                "account_changed",
                _(
                    "The bank account of %(supplier)s was changed on %(at)s by %(who)s: pay them after %(until)s. Until then"
                    " ask them on a number that you knew before whether the account %(account)s is theirs."
                )
                % {
                    "supplier": row.party, "at": show_time(row.recorded_at), "who": row.actor_label,
                    "until": show_time(until), "account": row.masked,
                },
                action=SUPPLIER_PAYMENT, amount=str(amounts[row.party_id]), until=until.isoformat(),
            )  # fmt: skip


def _hold(party_ids: Collection[int]) -> None:
    list(
        Party.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=party_ids)
        .order_by("pk")
        .values_list("pk")
    )


def _same_accounts(party_ids: Collection[int]) -> list[PartyBankAccount]:
    """The accounts that these suppliers are paid to, and those of others that are the very same. Statements: 1."""
    held = PartyBankAccount.objects.with_holds().filter(holds=True)
    own = held.filter(party__in=party_ids)
    same = held.filter(
        Exists(own.filter(company=OuterRef("company"), iban=OuterRef("iban"), number=OuterRef("number")))
    )
    return list(same.order_by("party"))


def _payee(party_id: int, newest: Mapping[int, PartyBankAccount]) -> tuple[str, str] | int:
    """Where the money goes: the account, or the supplier of whom none is known."""
    row = newest.get(party_id)
    return (row.iban, row.number) if row else party_id


def _paid_already(
    party_ids: Collection[int], books: Books, date: datetime.date, but_key: str
) -> defaultdict[int, Decimal]:
    """What went to suppliers today, whatever day it was dated, and what is dated that day. Statements: 2."""
    today = datetime.datetime.combine(books.local_date(database_now()), datetime.time(), books.zone)
    paid = Payment.objects.filter(
        Q(date=date) | Q(recorded_at__gte=today), company_id=books.company_id, direction=PaymentDirection.OUT,
        party__in=party_ids, entry__subledger=AccountRole.PAYABLE,
    ).exclude(source_key=but_key)  # fmt: skip
    return defaultdict(Decimal, paid.values_list("party").annotate(Sum("open_item__base_amount")))


def _facts(row: PartyBankAccount) -> tuple[str, ...]:
    return row.holder, row.iban, row.number, row.bic, row.bank_name


def _checked(given: PayeeAccount, reason: str) -> PayeeAccount:
    errors = []
    iban, number = ibans.compact(given.iban).upper(), given.number.strip()
    bic = bics.compact(given.bic).upper()
    if not given.holder.strip():
        errors.append(("holder", _("Say whose account it is."), "required"))
    if not iban and not number:
        errors.append(("iban", _("Give the IBAN, or the number of an account without one."), "required"))
    if iban and number:
        errors.append(("number", _("Give either the IBAN or a number, not both."), "invalid"))
    if iban and (said := _iban_mistake(iban)):
        errors.append(("iban", said, "invalid"))
    if bic and not bics.is_valid(bic):
        errors.append(("bic", _("This is no BIC: it has 8 or 11 letters and digits."), "invalid"))
    if not reason.strip():
        errors.append(("reason", _("Say how you know that the account is theirs: the reason is kept."), "required"))
    if errors:
        raise _wrong(errors)
    return PayeeAccount(given.holder.strip(), iban, number, bic, given.bank_name.strip())


def _iban_mistake(iban: str) -> str:
    try:
        ibans.validate(iban)
    except InvalidChecksum:
        return _("The IBAN's check digits do not agree: compare it with the supplier's paper.")
    except ValidationError:
        return _("This is no IBAN: its country, length or form is wrong.")
    return ""


def _wrong(errors: list[tuple[str, str, str]]) -> InvalidInput:
    return InvalidInput(
        _("Some fields are wrong; nothing was saved."),
        errors=[{"field": field, "message": message, "code": code} for field, message, code in errors],
    )
