"""How the CSV files of banks and payment services are laid out. A company adds its own (BankCsvProfile)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

ISO = ("%Y-%m-%d",)
AMERICAN = ("%m/%d/%Y", "%m/%d/%y")
EUROPEAN = ("%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%d-%m-%Y")
COLUMNS = (
    "date", "value_date", "amount", "debit", "credit", "type", "name", "text", "account", "currency", "balance",
    "bank_reference", "reference", "end_to_end", "counterparty_account", "kind",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CsvProfile:
    """columns: headers by what they hold (COLUMNS); several headers of one are joined. A file without a header line
    has numbers, from 0, for headers.

    amount, or debit and credit apart; type with debit_words says the sign where amounts have none. spent: what is
    positive went out. only: rows are taken whose column holds one of the texts; skip: rows are left out that hold it.
    """

    code: str
    name: str
    columns: Mapping[str, tuple[str, ...]]
    delimiter: str = ","
    decimal: str = "."
    dates: tuple[str, ...] = ISO
    encodings: tuple[str, ...] = ("utf-8-sig", "cp1252")
    currency: str = ""
    debit_words: tuple[str, ...] = ()
    spent: bool = False
    headerless: bool = False
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    skip: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def headers(self) -> set[str]:
        return {header for headers in self.columns.values() for header in headers}


def _profile(code: str, name: str, /, *, columns: dict[str, str], **rest: object) -> CsvProfile:
    split = {role: tuple(headers.split(" + ")) for role, headers in columns.items()}
    return CsvProfile(code, name, split, **rest)  # type: ignore[arg-type]


PROFILES: tuple[CsvProfile, ...] = (
    _profile(
        "outbank", "Outbank",
        columns={
            "date": "Date", "value_date": "Value Date", "amount": "Amount", "currency": "Currency", "name": "Name",
            "counterparty_account": "Number", "text": "Reason", "account": "Account", "kind": "Posting Key",
            "end_to_end": "SEPA Reference", "reference": "Client Reference",
        },
        delimiter=";", decimal=",", dates=AMERICAN,
    ),
    _profile(
        "gls", "GLS Bank, GAD banks",
        columns={
            "date": "Buchungstag", "value_date": "Wertstellung", "amount": "Betrag", "currency": "Währung",
            "name": "Auftraggeber/Empfänger", "kind": "Buchungstext", "account": "Kontonummer",
            "text": " + ".join(f"VWZ{number}" for number in range(1, 15)), "balance": "Kontostand",
        },
        delimiter=";", decimal=",", dates=EUROPEAN,
    ),
    _profile(
        "ing-es", "ING España",
        columns={
            "date": "date", "amount": "amount", "name": "desc", "text": "desc + notes", "kind": "class",
            "balance": "balance",
        },
        dates=EUROPEAN, currency="EUR", encodings=("utf-8-sig", "latin-1"), skip={"date": ("total",)},
    ),
    _profile(
        "schwab", "Charles Schwab checking",
        columns={
            "date": "Date", "debit": "Withdrawal", "credit": "Deposit", "name": "Description", "text": "Description",
            "reference": "CheckNumber", "kind": "Type", "balance": "RunningBalance",
        },
        dates=AMERICAN, currency="USD", skip={"Status": ("Pending",)},
    ),
    _profile(
        "capital-one", "Capital One",
        columns={
            "date": "Posted Date", "value_date": "Transaction Date", "debit": "Debit", "credit": "Credit",
            "name": "Description", "kind": "Category", "account": "Card No.",
        },
        dates=ISO, currency="USD",
    ),
    _profile(
        "stripe", "Stripe payments",
        columns={
            "date": "created", "amount": "amount", "currency": "currency", "name": "customer_description",
            "text": "description", "bank_reference": "id", "reference": "invoice_id",
        },
        dates=("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"), skip={"status": ("Failed", "Pending", "Blocked")},
    ),
    _profile(
        "mint", "Mint",
        columns={
            "date": "Date", "amount": "Amount", "type": "Transaction Type", "name": "Description",
            "text": "Original Description", "account": "Account Name", "kind": "Category",
        },
        dates=AMERICAN, currency="USD", debit_words=("debit",),
    ),
    _profile(
        "mint-headerless", "Mint, without its header line",
        columns={"date": "0", "name": "1", "text": "2", "amount": "3", "type": "4", "kind": "5", "account": "6"},
        dates=AMERICAN, currency="USD", debit_words=("debit",), headerless=True,
    ),
    _profile(
        "pc-mastercard", "PC Mastercard",
        columns={"date": "Date", "amount": "Amount", "name": "Merchant Name", "account": "Card Used For Transaction"},
        dates=AMERICAN, currency="CAD", spent=True,
    ),
    _profile(
        "amazon-orders", "Amazon order history",
        columns={
            "date": "date", "amount": "total", "text": "items", "bank_reference": "order id", "kind": "payments",
        },
        dates=ISO, currency="USD", spent=True, skip={"date": ("pending",), "total": ("",)},
    ),
    _profile(
        "credit-union", "Credit union register",
        columns={"date": "Date", "amount": "Amount", "name": "Description", "reference": "Check Number",
                 "kind": "Category", "text": "Comments"},
        dates=AMERICAN, currency="USD",
    ),
    _profile(
        "general", "General: Row, Num, Date, Reference, Description, Amount, Account",
        columns={"date": "Date", "amount": "Amount", "name": "Description", "account": "Account",
                 "bank_reference": "Row", "reference": "Num", "text": "Notes", "kind": "Category"},
        dates=(*ISO, *AMERICAN), currency="USD",
    ),
)  # fmt: skip
BY_CODE = {profile.code: profile for profile in PROFILES}
