"""What a company brings with it on its first day: whom it deals with, its balances, what is owed. As files."""

from django.utils.translation import gettext_lazy as _

from accounting.services.opening.balances import BALANCES, BalanceChecker, import_balances
from accounting.services.opening.items import BILLS, INVOICES, ItemChecker, import_items
from accounting.services.opening.parties import CUSTOMERS, SUPPLIERS, PartyChecker, import_parties, parties_to_export
from accounting.services.rates import companies
from backoffice.core.registry import TableImport

SCOPE = "opening:write"
WHOLE = 20_000  # rows of one batch: a trial balance is posted whole

IMPORTS = (
    TableImport(
        "accounting.import_customers", _("Customers"), "accounting.add_party", CUSTOMERS,
        lambda company: PartyChecker(company, "customer"),
        lambda rows, company, actor: import_parties(rows, company, actor, "customer"),
        companies, lambda company: parties_to_export(company, "customer"), 2_000, SCOPE,
        _("Business customers with an account of their own. Buyers of a shop come with their orders."), 70,
    ),
    TableImport(
        "accounting.import_suppliers", _("Suppliers"), "accounting.add_party", SUPPLIERS,
        lambda company: PartyChecker(company, "supplier"),
        lambda rows, company, actor: import_parties(rows, company, actor, "supplier"),
        companies, lambda company: parties_to_export(company, "supplier"), 2_000, SCOPE,
        _("Whom goods and services are bought from."), 71,
    ),
    TableImport(
        "accounting.import_balances", _("Opening balances"), "accounting.add_journalentry", BALANCES, BalanceChecker,
        import_balances, companies, None, WHOLE, SCOPE,
        _(
            "The trial balance of the day before the first. What customers owe, what suppliers are owed and stock come from"
            " their own files; here their totals are only kept to be compared."
        ), 72,
    ),
    TableImport(
        "accounting.import_open_invoices", _("Open invoices"), "accounting.add_journalentry", INVOICES,
        lambda company: ItemChecker(company, "customer"),
        lambda rows, company, actor: import_items(rows, company, actor, "customer"),
        companies, None, 2_000, SCOPE, _("What customers still owe, document by document."), 73,
    ),
    TableImport(
        "accounting.import_open_bills", _("Open bills"), "accounting.add_journalentry", BILLS,
        lambda company: ItemChecker(company, "supplier"),
        lambda rows, company, actor: import_items(rows, company, actor, "supplier"),
        companies, None, 2_000, SCOPE, _("What suppliers are still owed, document by document."), 74,
    ),
)  # fmt: skip
