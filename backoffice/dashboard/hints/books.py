"""Receivable and payable, the bank, taxes, the ledger and its reports."""

from typing import Any

from django.utils.translation import gettext_lazy as _

HINTS: dict[str, Any] = {
    "accounting.invoice": _("Issued invoices and credit notes. Never changed: credit one to put it right."),
    "accounting.payment": _("Money received and paid out. What each one pays is said under Match payments."),
    "matching_desk": _(
        "Parties with money that is not used yet. Choose one and match its payments and credits with its invoices."
    ),
    "accounting.writeoff": _(
        "Open amounts that were given up, with the reason. Write off what nobody will pay under Match payments."
    ),
    "receivables_by_age": _("What customers owe, by how long it is overdue. Open a party to see its postings."),
    "party_statement": _(
        "One party's account over a span of days: opening, what was billed and paid, closing. Choose the "
        "party and the days."
    ),
    "statement_letters": _(
        "Mails customers or suppliers their statement of account, to one or to all of a period. Look at the "
        "letter first."
    ),
    "accounting.storedvalue": _(
        "Money taken before goods: gift cards, store credit and deposits. Open one to see what was used."
    ),
    "accounting.revenuedeferral": _("Revenue billed ahead. It becomes revenue in equal parts, month by month."),
    "accounting.party": _(
        "Customers, suppliers and channel accounts of the books. Open one for its terms and what is open."
    ),
    "accounting.openitem": _("Every document that is not settled, or was. Match what pays it under Match payments."),
    "accounting.dunningrun": _(
        "Who is to be reminded on a day. Look through it and approve it; then the letters leave."
    ),
    "accounting.dunningletter": _(
        "Reminders to customers, with their level and amount. One that was not issued says why."
    ),
    "accounting.dunningstop": _("Customers or items that are not reminded, and why. End a stop to remind again."),
    "accounting.dunningplan": _(
        "How customers are reminded: the levels, days and fees. The default plan is for those without one of their own."
    ),
    "accounting.partymail": _("Mails of dunning letters and statements, and what became of each."),
    "accounting.bill": _(
        "Suppliers' bills and credit notes. Enter one from the paper, match it with what came in, and have it approved."
    ),
    "accounting.billexception": _("Why bills were not approved by themselves. Open a row to settle it on its bill."),
    "payables": _("Bills to be paid by a day. Tick what to pay and pay it in one run."),
    "payables_by_age": _("What you owe suppliers, by how long it is overdue. Pay under To be paid."),
    "admin:inventory_grni_ageing": _(
        "Goods that arrived without a bill. Match their bills under Bills, or write off here what never will be billed."
    ),
    "inventory.grniwriteoff": _("Old rests of goods received that nobody will bill any more, and who gave them up."),
    "inventory.billtolerance": _(
        "How far a bill may be above order and receipt without asking. Without any row nothing is tolerated."
    ),
    "inventory.grniitem": _(
        "What makes up the account of goods received, not invoiced: receipts against bills. See Received, "
        "not invoiced for what is old."
    ),
    "admin:accounting_bank_desks": _(
        "Lines of the bank that are not matched yet. Match each with what it pays, then reconcile the statement."
    ),
    "accounting.bankaccount": _("Your accounts at banks and payment services, each kept on one account of the chart."),
    "accounting.bankstatement": _("Statements as they were taken in. Match their lines at the Bank desk."),
    "accounting.bankrule": _("What becomes of lines like these, such as fees. The first rule that fits counts."),
    "accounting.bankcsvprofile": _(
        "How a bank's CSV files are laid out. Make one for each bank that has no standard format."
    ),
    "accounting.bankline": _("Every booking of the bank and how much of it is matched. Match them at the Bank desk."),
    "accounting.bankreconciliation": _(
        "Closing balances agreed with the books. Nothing may be posted up to such a day any more."
    ),
    "accounting.taxreturn": _("Returns for some months. Check the figures and file it; they then stay as they were."),
    "tax_report": _("What was taxed with each code in a span of days. Compare it with the tax return."),
    "accounting.taxcode": _(
        "Kinds of tax treatment: standard, reduced, zero, exempt. Tax rules say where each one holds."
    ),
    "admin:accounting_taxrule_try": _("Try which tax a sale would bear and which rule says so. Nothing is written."),
    "accounting.taxrule": _(
        "Which tax code holds for sales to a place, of a class, to a customer. Try them under Tax rules."
    ),
    "accounting.partybankaccount": _(
        "Where each supplier is paid to. A change is a new entry with its reason; who makes it does not pay them."
    ),
    "accounting.taxexemption": _("Customers' certificates that they owe no tax, where and from when to when."),
    "accounting.journalentry": _(
        "Every posting of the books, each balanced. Corrected by a mirror entry, never edited."
    ),
    "accounting.journalline": _("Both sides of every posting, line by line. A line leads to its entry."),
    "accounting.manualjournal": _(
        "Debits and credits that somebody types. Write one and post it; a posted one is reversed, never edited."
    ),
    "accounting.recurringjournal": _(
        "Journals that repeat every so many months. Who approves one approves all that it makes."
    ),
    "journal_files": _("Postings from a file. Check it first and see what it would do, then post it."),
    "accounting.account": _("The accounts of the general ledger. Open one to see what was posted on it."),
    "accounting.period": _("Which days are open for posting. Close a month when it is done."),
    "accounting.yearclose": _(
        "Closed years: income and expense went to retained earnings. A year can be reopened and closed anew."
    ),
    "accounting.numberseries": _("Legal numbers without gaps, such as those of invoices."),
    "accounting.exchangerate": _(
        "What one unit of a currency is worth from a day on. Type rates here, or bring a file under Imports."
    ),
    "accounting.currencyrevaluation": _(
        "What foreign balances were worth at the end of a day, posted then and taken back the day after."
    ),
    "accounting.currency": _("Currencies with their decimals, and commodities of imported ledgers."),
    "accounting.accountmapping": _(
        "Which account plays which role for a company, such as receivables or revenue. Postings choose their "
        "accounts by it."
    ),
    "accounting.personaldata": _(
        "What identifies people, kept apart so that it can be erased. Use Privacy requests to find or erase a buyer."
    ),
    "accounting.address": _(
        "Postal addresses as they were given. None is ever changed, for documents were printed from it: who moves gets"
        " another one, to be chosen where the old one stood."
    ),
    "profit_and_loss": _("Income less expense over a span of days. Open an account to see its postings."),
    "balance_sheet": _("What the company owns and owes at the end of a day. Both sides agree."),
    "cash_flow": _("Where money came from and where it went over a span of days."),
    "margin_report": _("What sales leave after the cost of the goods, in a span of days."),
    "trial_balance": _("The balance of every account. Debits and credits agree; open an account to see its postings."),
    "general_ledger": _("Every posting on one account, with the balance after each. Choose the account and the days."),
    "valuation_report": _("What stock is worth at an instant, by SKU or warehouse, and whether the books agree."),
    "sales_report": _("What was invoiced month by month, as a table and a chart. The exact figures come as CSV."),
}
