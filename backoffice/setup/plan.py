"""What a company starts with, as the wizard and the command hand it over."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """password: as the hasher writes it, never as typed. role: a StaffRole."""

    username: str
    role: str
    password: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class FirstWarehouse:
    """bins: a pattern such as A-{01..10}-{1..4}; empty: none yet."""

    code: str
    name: str
    bins: str = ""
    country: str = ""
    line1: str = ""
    city: str = ""
    postcode: str = ""


@dataclass(frozen=True, slots=True)
class FirstChannel:
    """tax_code: of the template's; empty: no tax in source."""

    name: str
    kind: str = "manual"
    currency: str = ""
    prices_include_tax: bool = False
    tax_code: str = ""


@dataclass(frozen=True, slots=True)
class SetupPlan:
    """people: the first is an owner who may sign in at once. logo: PNG or JPEG, empty: none."""

    name: str
    country: str
    base_currency: str
    time_zone: str
    language: str
    chart: str
    people: Sequence[Person]
    code: str = ""
    legal_name: str = ""
    tax_number: str = ""
    registration_number: str = ""
    address: str = ""
    email: str = ""
    tax_template: str = ""
    warehouse: FirstWarehouse | None = None
    channel: FirstChannel | None = None
    logo: bytes = b""


@dataclass(frozen=True, slots=True)
class Made:
    """What was made, counted; owner_id: the first person's."""

    company_id: int
    owner_id: int
    accounts: int
    tax_codes: int
    tax_rules: int
    bins: int
    people: int
    channel_id: int | None
    warehouse_id: int | None
