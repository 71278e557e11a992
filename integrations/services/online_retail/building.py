"""From sorted rows to what the storeys below take. Pure."""

from collections.abc import Callable
from decimal import Decimal

from accounting.models import AccountRole, Side, Subledger
from accounting.selectors import Books
from accounting.services.entries import Entry, Line
from accounting.services.open_items import Item
from backoffice.core.money import round_money
from integrations.importing.online_retail import CURRENCY, Document, Row, Sorted
from integrations.importing.online_retail_codes import COUNTRIES, Meaning
from integrations.services.online_retail.records import SOURCE
from integrations.services.online_retail.setup import Place
from orders.inputs import AddressInput, ChargeInput, ContactInput, CreditInput, CreditLineInput, LineInput, OrderInput

SkuIds = Callable[[str], int]  # by the code in the file


def order_input(document: Sorted, sku_id_of: SkuIds) -> OrderInput:
    """A sale as the channel sent it; lines keep the code as the file writes it."""
    source = document.document
    country = COUNTRIES.get(source.country, "")
    return OrderInput(
        external_id=source.number,
        external_number=source.number,
        placed_at=source.at,
        currency=CURRENCY,
        lines=[
            LineInput(
                channel_sku=row.code,
                quantity=Decimal(row.quantity),
                unit_price=row.price,
                sku_id=sku_id_of(row.code),
                description=row.description,
            )
            for row in document.goods
        ],
        charges=[_charge(row, meaning) for row, meaning in document.charges],
        contact=_contact(source.customer, country),
        shipping_address=AddressInput(country=country) if country else AddressInput(region=source.country),
    )


def _contact(customer: str, country: str) -> ContactInput | None:
    """The file's customers have numbers only; a blank one is a guest."""
    return ContactInput(external_id=customer, name=f"Customer {customer}", country=country) if customer else None


def _charge(row: Row, meaning: Meaning) -> ChargeInput:
    return ChargeInput(
        kind=meaning.charge_kind or "other",
        account_role=meaning.account_role,
        quantity=Decimal(row.quantity),
        unit_price=row.price,
        code=row.code,
        description=row.description,
    )


def credit_input(document: Sorted, sku_id_of: SkuIds) -> CreditInput:
    """A credit: goods come back to the shelf, what is no goods is only refunded."""
    source = document.document
    return CreditInput(
        external_id=source.number,
        issued_at=source.at,
        currency=CURRENCY,
        contact_external_id=source.customer or None,
        lines=[
            CreditLineInput(
                code=row.code,
                quantity=Decimal(-row.quantity),
                unit_price=row.price,
                account_role=AccountRole.RETURNS if meaning.kind == "sku" else meaning.account_role,
                sku_id=sku_id_of(row.code) if meaning.kind == "sku" else None,
                description=row.description,
                restock=meaning.kind == "sku",
            )
            for row, meaning in document.credits
        ],
    )


def posting_of(
    document: Document, row: Row, meaning: Meaning, source_key: str, place: Place, books: Books
) -> tuple[Entry, Item]:
    """A fee or the like against the channel's account, with the open item it leaves.

    A negative value is owed to the channel (credit), a positive one by it (debit); the account's side is
    rounded once, the rest goes to rounding.
    """
    total = round_money(row.value, 2)
    receivable = books.account(AccountRole.RECEIVABLE)
    lines = [
        Line(receivable, total, CURRENCY, party_id=place.party_id),
        Line(books.account(meaning.account_role), -row.value, CURRENCY, memo=row.description),
    ]
    if total != row.value:
        lines.append(Line(books.account(AccountRole.ROUNDING), row.value - total, CURRENCY))
    entry = Entry(
        date=None,
        effective_at=document.at,
        subledger=Subledger.RECEIVABLE,
        source_type=SOURCE,
        source_id=place.channel_id,
        source_key=source_key,
        lines=lines,
        memo=f"{document.number} {row.description or row.code}",
    )
    item = Item(
        kind="adjustment",
        party_id=place.party_id,
        account_id=receivable,
        side=Side.DEBIT if total >= 0 else Side.CREDIT,
        currency=CURRENCY,
        amount=abs(total),
        base_amount=abs(total),
    )
    return entry, item
