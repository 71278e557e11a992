from accounting.api.approving import ApprovalLimitViewSet
from accounting.api.bank_lines import BankLineViewSet
from accounting.api.banking import (
    BankAccountViewSet,
    BankCsvProfileViewSet,
    BankReconciliationViewSet,
    BankRuleViewSet,
    BankStatementViewSet,
)
from accounting.api.dimensions import DimensionViewSet
from accounting.api.dunning import (
    DunningLetterViewSet,
    DunningRunViewSet,
    DunningStopViewSet,
)
from accounting.api.exemptions import TaxExemptionViewSet
from accounting.api.journal_files import JournalFileViewSet
from accounting.api.manual_journals import ManualJournalViewSet
from accounting.api.party_mails import PartyMailViewSet
from accounting.api.payees import PartyBankAccountViewSet
from accounting.api.periods import PeriodViewSet, YearCloseViewSet
from accounting.api.recurring_journals import RecurringJournalViewSet
from accounting.api.revaluing import CurrencyRevaluationViewSet, RevenueDeferralViewSet
from accounting.api.series import NumberSeriesViewSet
from accounting.api.settlements import OpenItemViewSet, SettlementViewSet
from accounting.api.statements import StatementViewSet
from accounting.api.stored_value import StoredValueViewSet
from accounting.api.taxes import TaxReturnViewSet, TaxRuleViewSet
from accounting.api.views import InvoiceViewSet, JournalEntryViewSet
from accounting.api.write_offs import WriteOffViewSet

ROUTES = (
    ("approval-limits", ApprovalLimitViewSet, "approvallimit"),
    ("bank-accounts", BankAccountViewSet, "bankaccount"),
    ("bank-csv-profiles", BankCsvProfileViewSet, "bankcsvprofile"),
    ("bank-lines", BankLineViewSet, "bankline"),
    ("bank-reconciliations", BankReconciliationViewSet, "bankreconciliation"),
    ("bank-rules", BankRuleViewSet, "bankrule"),
    ("bank-statements", BankStatementViewSet, "bankstatement"),
    ("dimensions", DimensionViewSet, "dimension"),
    ("invoices", InvoiceViewSet, "invoice"),
    ("journal-files", JournalFileViewSet, "journalfile"),
    ("journal-entries", JournalEntryViewSet, "journalentry"),
    ("dunning-runs", DunningRunViewSet, "dunningrun"),
    ("dunning-letters", DunningLetterViewSet, "dunningletter"),
    ("dunning-stops", DunningStopViewSet, "dunningstop"),
    ("party-bank-accounts", PartyBankAccountViewSet, "partybankaccount"),
    ("party-mails", PartyMailViewSet, "partymail"),
    ("open-items", OpenItemViewSet, "openitem"),
    ("settlements", SettlementViewSet, "settlement"),
    ("write-offs", WriteOffViewSet, "writeoff"),
    ("periods", PeriodViewSet, "period"),
    ("year-closes", YearCloseViewSet, "yearclose"),
    ("statements", StatementViewSet, "statement"),
    ("manual-journals", ManualJournalViewSet, "manualjournal"),
    ("recurring-journals", RecurringJournalViewSet, "recurringjournal"),
    ("number-series", NumberSeriesViewSet, "numberseries"),
    ("tax-exemptions", TaxExemptionViewSet, "taxexemption"),
    ("tax-returns", TaxReturnViewSet, "taxreturn"),
    ("tax-rules", TaxRuleViewSet, "taxrule"),
    ("currency-revaluations", CurrencyRevaluationViewSet, "currencyrevaluation"),
    ("revenue-deferrals", RevenueDeferralViewSet, "revenuedeferral"),
    ("stored-values", StoredValueViewSet, "storedvalue"),
)
