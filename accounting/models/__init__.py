from accounting.models.chart import (
    Account,
    AccountMapping,
    AccountRole,
    AccountType,
    Control,
)
from accounting.models.company import Company, CompanyVersion, Currency, ExchangeRate
from accounting.models.documents import (
    Invoice,
    InvoiceKind,
    InvoiceLine,
    InvoiceLineKind,
    NumberSeries,
    Payment,
    PaymentDirection,
)
from accounting.models.journal import (
    DimensionSet,
    DimensionValue,
    JournalEntry,
    JournalLine,
    Period,
    PeriodState,
    Subledger,
)
from accounting.models.open_items import ItemUse, OpenItem, Side
from accounting.models.parties import Address, Party, PersonalData
from accounting.models.stored_value import StoredValue, StoredValueKind, StoredValueUse, ValueUseKind
from accounting.models.tax import TaxCode, TaxRate

__all__ = [
    "Account",
    "AccountMapping",
    "AccountRole",
    "AccountType",
    "Address",
    "Company",
    "CompanyVersion",
    "Control",
    "Currency",
    "DimensionSet",
    "DimensionValue",
    "ExchangeRate",
    "Invoice",
    "InvoiceKind",
    "InvoiceLine",
    "InvoiceLineKind",
    "ItemUse",
    "JournalEntry",
    "JournalLine",
    "NumberSeries",
    "OpenItem",
    "Party",
    "Payment",
    "PaymentDirection",
    "Period",
    "PeriodState",
    "PersonalData",
    "Side",
    "StoredValue",
    "StoredValueKind",
    "StoredValueUse",
    "Subledger",
    "TaxCode",
    "TaxRate",
    "ValueUseKind",
]
