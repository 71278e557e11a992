"""Which chapter of the manual (docs/manual) tells more of a page: that of its kind, unless it is named here."""

from backoffice.dashboard.hints import books, orders, stock, system, warehouse

_KINDS = (
    (orders.HINTS, "order-desk"),
    (warehouse.HINTS, "picking-packing-shipping"),
    (stock.HINTS, "catalogue-and-stock"),
    (books.HINTS, "customers-and-money"),
    (system.HINTS, "running-it"),
)
_NAMED = {
    "README": ("admin:index", "search", "core.stafftask", "core.bulkjob"),
    "rules-and-reports": ("orders.automationrule", "core.scheduledreport", "scheduled_jobs"),
    "returns": ("orders.returnorder", "orders.returnreason", "orders.returnpolicy", "orders.gradewritedown"),
    "channels": (
        "orders.channel", "sync", "integrations.connection", "integrations.syncrun", "integrations.listing",
        "integrations.quarantinedrow", "integrations.codemapping", "integrations.trackingpush",
    ),
    "receiving": (
        "warehouse.receipt", "warehouse.receiptproblem", "warehouse.floortask", "warehouse.putawayrule",
        "warehouse.overdelivery", "inventory.inspection", "inventory.inspectionrule", "inventory.advancenotice",
    ),
    "counting": ("warehouse.stocktake", "warehouse.countplan", "warehouse.countrequest"),
    "catalogue-and-stock": (
        "admin:inventory_map", "inventory.location", "inventory.zone", "inventory.pickface", "inventory.bintype",
        "inventory.storageclass", "inventory.warehouse",
    ),
    "till": ("till:choose", "warehouse.pickup", "warehouse.tillreceipt", "warehouse.tillshift", "warehouse.till"),
    "purchasing": (
        "inventory.proposal", "admin:inventory_purchasing_desk", "inventory.purchaseorder", "inventory.supplierreturn",
        "admin:inventory_supplier_report", "inventory.suppliersku", "inventory.supplierterms", "inventory.reorderrule",
        "inventory.planningsettings", "inventory.inboundrule", "inventory.landedcost", "accounting.bill",
        "accounting.billexception", "payables", "payables_by_age", "admin:inventory_grni_ageing", "inventory.grniitem",
        "inventory.grniwriteoff", "inventory.billtolerance", "accounting.partybankaccount",
    ),
    "bank": (
        "admin:accounting_bank_desks", "accounting.bankaccount", "accounting.bankstatement", "accounting.bankrule",
        "accounting.bankcsvprofile", "accounting.bankline", "accounting.bankreconciliation",
    ),
    "period-end": (
        "accounting.taxreturn", "tax_report", "accounting.journalentry", "accounting.journalline",
        "accounting.manualjournal", "accounting.recurringjournal", "journal_files", "accounting.period",
        "accounting.yearclose", "accounting.numberseries", "accounting.exchangerate", "accounting.currencyrevaluation",
        "profit_and_loss", "balance_sheet", "cash_flow", "margin_report", "trial_balance", "general_ledger",
        "valuation_report", "sales_report", "inventory.revaluation", "accounting.revenuedeferral",
    ),
    "first-day": (
        "opening_data", "core.importfile", "accounting.company", "core.user", "auth.group", "four_eyes",
        "core.approvallimit", "core.approvalthreshold", "sign_in_rules", "accounting.account", "accounting.taxcode",
        "accounting.taxrule", "admin:accounting_taxrule_try", "accounting.accountmapping", "accounting.currency",
    ),
}  # fmt: skip

CHAPTERS: dict[str, str] = {key: chapter for hints, chapter in _KINDS for key in hints} | {
    key: chapter for chapter, keys in _NAMED.items() for key in keys
}
