"""What the money book adds to the ground: proofs, pages of its documents, permissions of the staff's roles."""

from collections.abc import Mapping, Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounting.bank_checks import BANK_CHECKS
from accounting.bulk import BULK
from accounting.checks import CHECKS
from accounting.close_checks import CLOSE_CHECKS
from accounting.models import (
    Bill,
    CurrencyRevaluation,
    DunningLetterItem,
    DunningStop,
    Invoice,
    Payment,
    RecurringJournal,
    YearClose,
)
from accounting.services.bills.paying import BILL_PAYMENT
from accounting.services.opening import IMPORTS
from accounting.services.payees import NEW_SUPPLIER, SUPPLIER_PAYMENT
from accounting.services.rates import RATES
from accounting.services.settlements.refunding import CREDIT_PAYOUT
from backoffice.core.registry import ApprovalAction, HeldTable, Link, Panel, RolePermissions, SourceLink
from backoffice.core.staff import StaffRole
from backoffice.core.tabular import import_entries

LOOK_UP = (
    "accounting.view_company",
    "accounting.view_currency",
    "accounting.view_taxcode",
    "accounting.view_taxrate",
)
PEOPLE = tuple(
    f"accounting.{verb}_{noun}" for verb in ("view", "add", "change") for noun in ("party", "personaldata", "address")
)

ROLES = (
    RolePermissions(StaffRole.ACCOUNTANT, ("accounting.*",)),
    RolePermissions(
        StaffRole.ORDER_DESK,
        (
            *LOOK_UP,
            *PEOPLE,
            "accounting.view_invoice",
            "accounting.view_invoiceline",
            "accounting.view_openitem",
            "accounting.view_payment",
            "accounting.view_storedvalue",
        ),
    ),
    RolePermissions(
        StaffRole.BUYER,
        (
            *LOOK_UP,
            *PEOPLE,
            "accounting.view_exchangerate",
            *(f"accounting.{verb}_bill" for verb in ("view", "add", "change", "delete")),
            *(f"accounting.view_bill{noun}" for noun in ("line", "exception", "paper")),
        ),
    ),
    RolePermissions(StaffRole.WAREHOUSE_LEAD, ("accounting.view_company", "accounting.view_party")),
)


def _invoices(ids: Sequence[int]) -> Mapping[int, Link]:
    rows = Invoice.objects.filter(pk__in=ids).values_list("pk", "number")
    return {pk: Link(number, reverse("admin:accounting_invoice_change", args=[pk])) for pk, number in rows}


def _bills(ids: Sequence[int]) -> Mapping[int, Link]:
    rows = Bill.objects.filter(pk__in=ids).values_list("pk", "number")
    return {pk: Link(number, reverse("admin:accounting_bill_change", args=[pk])) for pk, number in rows}


def _entries(ids: Sequence[int]) -> Mapping[int, Link]:
    return {pk: Link(f"JE-{pk}", reverse("admin:accounting_journalentry_change", args=[pk])) for pk in ids}


def _payments(ids: Sequence[int]) -> Mapping[int, Link]:
    rows = Payment.objects.filter(pk__in=ids).values_list("pk", "amount", "currency")
    page = "admin:accounting_payment_change"
    return {pk: Link(f"{amount:.2f} {currency}", reverse(page, args=[pk])) for pk, amount, currency in rows}


def _stored_values(ids: Sequence[int]) -> Mapping[int, Link]:
    return {pk: Link(f"SV-{pk:06d}", reverse("admin:accounting_storedvalue_change", args=[pk])) for pk in ids}


def _manual_journals(ids: Sequence[int]) -> Mapping[int, Link]:
    page = "admin:accounting_manualjournal_change"
    return {pk: Link(f"MJ-{pk:06d}", reverse(page, args=[pk])) for pk in ids}


def _recurring_journals(ids: Sequence[int]) -> Mapping[int, Link]:
    page = "admin:accounting_recurringjournal_change"
    rows = RecurringJournal.objects.filter(pk__in=ids).values_list("pk", "name")
    return {pk: Link(name, reverse(page, args=[pk])) for pk, name in rows}


def _years(ids: Sequence[int]) -> Mapping[int, Link]:
    rows = YearClose.objects.filter(pk__in=ids).values_list("pk", "year")
    return {pk: Link(str(year), reverse("admin:accounting_yearclose_change", args=[pk])) for pk, year in rows}


def _revaluations(ids: Sequence[int]) -> Mapping[int, Link]:
    rows = CurrencyRevaluation.objects.filter(pk__in=ids).values_list("pk", "date")
    page = "admin:accounting_currencyrevaluation_change"
    return {pk: Link(str(day), reverse(page, args=[pk])) for pk, day in rows}


def _deferrals(ids: Sequence[int]) -> Mapping[int, Link]:
    page = "admin:accounting_revenuedeferral_change"
    return {pk: Link(f"DR-{pk:06d}", reverse(page, args=[pk])) for pk in ids}


def _write_offs(ids: Sequence[int]) -> Mapping[int, Link]:
    page = "admin:accounting_writeoff_change"
    return {pk: Link(f"WO-{pk:06d}", reverse(page, args=[pk])) for pk in ids}


def _dunning_letters(ids: Sequence[int]) -> Mapping[int, Link]:
    page = "admin:accounting_dunningletter_change"
    return {pk: Link(f"DL-{pk:06d}", reverse(page, args=[pk])) for pk in ids}


def _reminders(invoice_id: int) -> list[dict[str, object]]:
    """What an invoice was reminded of, and whether it is stopped."""
    found: list[dict[str, object]] = []
    items = DunningLetterItem.objects.filter(open_item__invoice__pk=invoice_id).select_related("letter__run")
    for item in items.order_by("-pk")[:20]:
        letter = item.letter
        found.append({"number": letter.number, "date": letter.run.date, "level": item.level, "status": letter.status,
                      "url": reverse("admin:accounting_dunningletter_change", args=[letter.pk])})  # fmt: skip
    for stop in DunningStop.objects.filter(open_item__invoice__pk=invoice_id, ended_at=None):
        found.append({"number": stop.reason, "date": stop.created_at.date(), "level": "", "status": stop.kind,
                      "url": reverse("admin:accounting_dunningstop_change", args=[stop.pk])})  # fmt: skip
    return found


PANELS = (
    Panel(
        "accounting.invoice", "reminders", _("Reminders"),
        (("number", _("Letter")), ("date", _("Date")), ("level", _("Level")), ("status", _("Status"))), _reminders,
    ),
)  # fmt: skip

LINKS = (
    SourceLink("accounting.bill", _bills),
    SourceLink("accounting.invoice", _invoices),
    SourceLink("accounting.journalentry", _entries),
    SourceLink("accounting.manualjournal", _manual_journals),
    SourceLink("accounting.payment", _payments),
    SourceLink("accounting.recurringjournal", _recurring_journals),
    SourceLink("accounting.currencyrevaluation", _revaluations),
    SourceLink("accounting.revenuedeferral", _deferrals),
    SourceLink("accounting.storedvalue", _stored_values),
    SourceLink("accounting.dunningletter", _dunning_letters),
    SourceLink("accounting.writeoff", _write_offs),
    SourceLink("accounting.yearclose", _years),
)

APPROVALS = (
    ApprovalAction("manual_journal", _("Manual journal"), from_start=True),
    ApprovalAction(
        SUPPLIER_PAYMENT, _("Payment to a supplier"), _("Who changed the supplier's bank account does not pay them."),
        from_start=True, jobs=True,
    ),
    ApprovalAction(NEW_SUPPLIER, _("Payment to a new supplier"), _("Who entered a supplier does not pay them."), jobs=True),
    ApprovalAction(BILL_PAYMENT, _("Payment of a bill"), _("Who entered a bill does not pay it."), jobs=True),
    ApprovalAction(
        CREDIT_PAYOUT, _("Payout of a customer's credit"), _("Who wrote a customer's credit does not pay it out."), jobs=True
    ),
    ApprovalAction("dunning", _("Dunning run")),
    ApprovalAction("item_write_off", _("Write-off of open items")),
)  # fmt: skip

OPENING = tuple(entry for noun in IMPORTS for entry in import_entries(noun))
ENTRIES = (
    HeldTable("accounting_partymail", only="status IN ('due', 'sending')"),
    *BULK,
    *PANELS,
    *CHECKS,
    *BANK_CHECKS,
    *CLOSE_CHECKS,
    *LINKS,
    *ROLES,
    *APPROVALS,
    *import_entries(RATES),
    *OPENING,
)
