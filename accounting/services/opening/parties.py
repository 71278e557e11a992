"""Files of customers and of suppliers: who they are, how they are paid, where they live."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounting.models import Address, Company, Currency, Party
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.tabular import Column, Outcome, Plan, Row
from backoffice.core.tabular.work import Twins, Work, outcome_of

PLACE = {"street": "line1", "postcode": "postcode", "city": "city", "country": "country"}  # by column, of the address
_REST = (
    Column("currency", gettext_lazy("Currency"), max_length=10, help=gettext_lazy("Empty: the company's.")),
    Column("tax_number", gettext_lazy("Tax number"), max_length=40, example="LT100000001"),
    Column(
        "payment_terms_days",
        gettext_lazy("Days to pay"),
        "integer",
        minimum=Decimal(0),
        maximum=Decimal(730),
        example="30",
    ),
    Column("language", gettext_lazy("Language"), "choice", choices=tuple(code for code, _name in settings.LANGUAGES)),
)
_ADDRESS = (
    Column("street", gettext_lazy("Street"), max_length=200, example="Harbour Street 12"),
    Column("postcode", gettext_lazy("Postcode"), max_length=24, example="91001"),
    Column("city", gettext_lazy("City"), max_length=120, example="Klaipėda"),
    Column("country", gettext_lazy("Country"), max_length=2, example="LT", help=gettext_lazy("Two letters.")),
)


def _who(code: str, name: str) -> tuple[Column, ...]:
    return (
        Column("code", gettext_lazy("Code"), required=True, max_length=60, example=code),
        Column("name", gettext_lazy("Name"), max_length=200, example=name),
        *_REST,
    )


CUSTOMERS = (
    *_who("C-1001", "Northern Cafés Ltd"),
    Column(
        "credit_limit", gettext_lazy("Credit limit"), "decimal", minimum=Decimal(0), maximum=Decimal(10) ** 15,
        example="5000", help=gettext_lazy("Empty: no limit."),
    ),
    *_ADDRESS,
)  # fmt: skip
SUPPLIERS = (*_who("S-2001", "Amber Mill Ltd"), *_ADDRESS)
FIELDS = ("name", "tax_number", "payment_terms_days", "language", "credit_limit")


class PartyChecker:
    """What the file would make and change; an empty cell leaves what is there. role: customer or supplier. Statements: 3."""

    def __init__(self, company_id: int, role: str) -> None:
        self.role = role
        self.base = Company.objects.values_list("base_currency_id", flat=True).get(pk=company_id)
        self.currencies = set(Currency.objects.values_list("pk", flat=True))
        parties = Party.objects.filter(company_id=company_id).select_related("address")
        self.there = {party.code.upper(): party for party in parties}
        self.twins = Twins()

    def look(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self.twins.look(_key(row), row.number)

    def check(self, rows: Sequence[Row]) -> list[Plan]:
        return [work.plan for work in self.work(rows)]

    def work(self, rows: Sequence[Row]) -> list[Work]:
        return [self._one(row) for row in rows]

    def _one(self, row: Row) -> Work:
        party: Party | None = self.there.get(_key(row))
        work, values = Work(row, party), row.values
        self.twins.check(work, "code", _key(row))
        currency = (values.get("currency") or "").upper()
        if currency and currency not in self.currencies:
            work.wrong("currency", _("There is no currency %(code)s.") % {"code": currency[:10]}, "unknown_currency")
        if values.get("country") and not (values["country"].isalpha() and len(values["country"]) == 2):
            work.wrong("country", _("Two letters, such as LT."), "invalid")
        if party is None:
            if not values.get("name"):
                work.wrong("name", _("Fill this in."), "required")
            return work
        if currency and currency != party.currency_id:
            said = _("%(code)s keeps its account in %(currency)s.") % {
                "code": party.code,
                "currency": party.currency_id,
            }
            work.wrong("currency", said, "fixed")
        if not getattr(party, f"is_{self.role}"):
            work.changed(f"is_{self.role}", False, True)
        for name in FIELDS:
            if values.get(name) not in (None, getattr(party, name)):
                work.changed(name, getattr(party, name), values[name])
        for name, field in PLACE.items():
            old, new = getattr(party.address, field, ""), _cased(name, values.get(name))
            if new not in (None, old):
                work.changed(name, old, new)
        return work


def _key(row: Row) -> str:
    return (row.values.get("code") or "").upper()


def _cased(name: str, value: str | None) -> str | None:
    return value.upper() if value and name == "country" else value


def import_parties(rows: Sequence[Row], company_id: int, actor: Actor, role: str) -> list[Outcome]:
    """Make and change parties; a changed address is a new one, for documents keep theirs. Statements: at most 7."""
    checker = PartyChecker(company_id, role)
    checker.look(rows)
    works = checker.work(rows)
    todo = [work for work in works if work.state in ("new", "changed")]
    addresses = {id(work): _address(work, company_id) for work in todo}
    Address.objects.bulk_create([address for address in addresses.values() if address is not None])
    parties = [_party(work, addresses[id(work)], company_id, checker.base, role) for work in todo]
    Party.objects.bulk_create([party for party in parties if party.pk is None])
    Party.objects.bulk_update([party for party in parties if party.pk], [*FIELDS, f"is_{role}", "address"])
    reason = _("Import")
    audit.record(
        [
            change
            for work, party in zip(todo, parties, strict=True)
            for change in (
                [audit.Change("accounting.party", party.pk, "created", new=party.code, reason=reason, company_id=company_id)]
                if work.old is None
                else [
                    audit.Change("accounting.party", party.pk, "changed", name, old, new, reason, company_id)
                    for name, old, new in work.changes
                ]
            )
        ],
        actor=actor,
    )  # fmt: skip
    return [outcome_of(work) for work in works]


def _address(work: Work, company_id: int) -> Address | None:
    """A new address where one is given, or one of its parts changes."""
    values = work.row.values
    given = {field: _cased(name, values.get(name)) for name, field in PLACE.items() if values.get(name)}
    old = work.old.address if work.old is not None else None
    if not given or (old is not None and all(getattr(old, field) == value for field, value in given.items())):
        return None
    kept = {field: getattr(old, field) for field in PLACE.values()} if old is not None else {}
    return Address(company_id=company_id, organisation=values.get("name") or "", **(kept | given))


def _party(work: Work, address: Address | None, company_id: int, base: str, role: str) -> Party:
    values = work.row.values
    party: Party = work.old or Party(
        company_id=company_id, code=values["code"], currency_id=(values.get("currency") or base).upper()
    )
    for name in FIELDS:
        if values.get(name) is not None:
            setattr(party, name, values[name])
    setattr(party, f"is_{role}", True)
    if address is not None:
        party.address = address
    return party


def parties_to_export(company_id: int, role: str) -> Iterator[Sequence[Any]]:
    """Statements: 1."""
    columns = CUSTOMERS if role == "customer" else SUPPLIERS
    rows = Party.objects.filter(company_id=company_id, is_channel=False, **{f"is_{role}": True}).select_related(
        "address"
    )
    for party in rows.order_by("code").iterator():
        cells = {
            "code": party.code, "name": party.name, "currency": party.currency_id, "tax_number": party.tax_number,
            "payment_terms_days": party.payment_terms_days, "language": party.language,
            "credit_limit": "" if party.credit_limit is None else f"{party.credit_limit.normalize():f}",
            **{name: getattr(party.address, field, "") for name, field in PLACE.items()},
        }  # fmt: skip
        yield [cells[column.name] for column in columns]
