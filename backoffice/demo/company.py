"""The demo company: people, warehouses, channels, goods and opening stock."""

import random
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile

from accounting.models import Company, Party, TaxCode
from accounting.services import create_company, create_tax_code, create_tax_rule, ensure_party, lay_tax_template
from accounting.services.payees import PayeeAccount, enter_party_account
from backoffice.core.access_limits import set_limits
from backoffice.core.actor import Actor
from backoffice.core.approval_limits import switch_on_from_start
from backoffice.core.models import ChecklistDismissal, User
from backoffice.core.staff import StaffRole
from backoffice.demo import DEMO_PASSWORD, DEMO_PIN, DEMO_USER, SAMPLE_CHANNEL
from backoffice.demo.catalogue import DemoSku, demo_skus
from inventory.models import BinType, Location, LocationKind, Warehouse, Zone, ZoneUse
from inventory.services import (
    BinPlan,
    OpeningLine,
    SkuInput,
    create_warehouse,
    ensure_skus,
    make_bins,
    post_opening_stock,
)
from orders.models import Channel
from orders.services import create_channel
from warehouse.models import Till
from warehouse.services import create_till, scan

LOGO = Path(__file__).with_name("logo.png")  # drawn for the demo
ZONE = ZoneInfo("Europe/Vilnius")
VAT_RATE = Decimal("0.21")
PEOPLE = {
    DEMO_USER: ("Ona", "Petraitė", StaffRole.OWNER),
    "desk": ("Marius", "Kazlauskas", StaffRole.ORDER_DESK),
    "buyer": ("Rūta", "Jankauskienė", StaffRole.BUYER),
    "lead": ("Tomas", "Balčiūnas", StaffRole.WAREHOUSE_LEAD),
    "kaunas": ("Jonas", "Stankus", StaffRole.WAREHOUSE_LEAD),  # works with the warehouse in Kaunas alone
    "picker": ("Ieva", "Urbonaitė", StaffRole.PICKER),
    "accountant": ("Giedrė", "Paulauskienė", StaffRole.ACCOUNTANT),
    "cashier": ("Greta", "Žukauskaitė", StaffRole.CASHIER),
    "auditor": ("Paulius", "Navickas", StaffRole.AUDITOR),
}
CHANNELS = [
    # code, name, kind, prices include tax, priority
    ("shop", "Larch & Loom shop", "storefront", True, 50),
    ("market", "Nordic Market", "fake", True, 100),
    ("wholesale", "Wholesale", "manual", False, 80),
]
SUPPLIER_IBANS = {  # the examples of the register of IBANs
    "S-CLAY": "LT121000011101001000", "S-OAK": "EE382200221020145685", "S-WOOL": "LV80BANK0000435195001",
}  # fmt: skip
SUPPLIERS = [("S-CLAY", "Klaipėda Clay Works"), ("S-OAK", "Oak & Ash Workshop"), ("S-WOOL", "Baltic Wool Mill")]


@dataclass(frozen=True, slots=True)
class Demo:
    """What the history needs of the company."""

    company: Company
    skus: dict[str, tuple[int, DemoSku]]
    warehouses: list[Warehouse]
    bins: dict[int, list[Location]]
    channels: dict[str, Channel]
    suppliers: list[Party]
    vat: TaxCode


def make_people() -> None:
    """A user for each role, all with the demo's password; the owner first."""
    hasher = User()
    hasher.set_password(DEMO_PASSWORD)  # hashed once: argon2 is slow on purpose
    for username, (first, last, role) in PEOPLE.items():
        user, made = User.objects.get_or_create(
            username=username,
            defaults={
                "first_name": first,
                "last_name": last,
                "email": f"{username}@example.com",
                "is_staff": True,
                "password": hasher.password,
            },
        )
        if made:
            user.groups.add(Group.objects.get(name=role))
    # It begins with goods alone: there is no trial balance to bring.
    ChecklistDismissal.objects.get_or_create(user=User.objects.get(username=DEMO_USER), item="balances")


def make_company(actor: Actor) -> tuple[Company, TaxCode]:
    company = create_company(
        code="larch",
        name="Larch & Loom",
        legal_name="UAB Larch & Loom",
        base_currency="EUR",
        country="LT",
        time_zone=str(ZONE),
        chart="ifrs",
        tax_number="LT100000000000",
        address="Uosto g. 12, Klaipėda",
        actor=actor,
    )
    company.registration_number, company.email, company.phone = "300000000", "hello@larch.example", "+370 46 000 000"
    company.website, company.bank_name = "https://larch.example", "Marių bankas"
    company.bank_account, company.bank_code = "LT12 1000 0111 0100 1000", "MARULT22"
    company.logo = SimpleUploadedFile("logo.png", LOGO.read_bytes())
    company.save()
    vat = create_tax_code(
        company_id=company.pk,
        code="LT21",
        name="VAT 21 %",
        country="LT",
        rates=[(date(2009, 9, 1), VAT_RATE)],
    )
    vat.treatment = "standard"
    vat.save(update_fields=["treatment"])
    first = date(2009, 9, 1)
    create_tax_rule(company_id=company.pk, tax_code=vat, country="LT", valid_from=first, actor=actor)
    lay_tax_template(company_id=company.pk, template="eu", actor=actor)
    return company, vat


def hold_apart(company: Company, actor: Actor) -> None:
    """Suppliers' bank accounts, entered by the accountant, who therefore does not pay them; and the four pairs on."""
    accountant = Actor.of(User.objects.get(username="accountant"))
    for code, iban in SUPPLIER_IBANS.items():
        party = Party.objects.get(company=company, code=code)
        account = PayeeAccount(party.name, iban)
        reason = "As on their letterhead; called back."
        enter_party_account(account, party_id=party.pk, company_id=company.pk, actor=accountant, reason=reason)
    switch_on_from_start(company_id=company.pk, actor=actor)


def make_places(company: Company, actor: Actor) -> list[Warehouse]:
    made: list[Warehouse] = []
    for code, name, aisles in (("KLP", "Klaipėda", "ABCD"), ("KUN", "Kaunas", "AB")):
        warehouse = create_warehouse(
            company_id=company.pk, code=code, name=name, priority=10 * (len(made) + 1), actor=actor
        )
        lay_out(warehouse, aisles, actor)
        made.append(warehouse)
    local = User.objects.filter(username="kaunas").first()
    if local is not None:
        set_limits(local, "warehouse", [made[-1].pk], actor=actor)
    return made


def lay_out(warehouse: Warehouse, aisles: str, actor: Actor) -> None:
    """Shelves to pick from, and a rack of pallets as reserve."""
    given = {"company_id": warehouse.company_id}
    shelf, _new = BinType.objects.get_or_create(
        code="SHELF", **given, defaults={"name": "Shelf", "max_weight_g": 400_000, "max_volume_l": 1_500}
    )
    pallet, _new = BinType.objects.get_or_create(
        code="PALLET", **given, defaults={"name": "Pallet place", "max_pallets": 1, "max_weight_g": 900_000}
    )
    for number, (code, name, use, kind, pattern) in enumerate(
        (
            ("PICK", "Shelves", ZoneUse.PICK, shelf, f"{{aisle={','.join(aisles)}}}-{{rack=01..10}}-{{level=1..3}}"),
            ("RES", "Pallets", ZoneUse.RESERVE, pallet, "R-{01..06}-{A..C}-{1..2}"),
        )
    ):
        zone = Zone.objects.create(warehouse=warehouse, code=code, name=name, use=use, position=number, **given)
        make_bins(BinPlan(pattern, zone.pk, kind.pk), warehouse=warehouse, actor=actor)


def make_handhelds(company: Company, warehouses: list[Warehouse], actor: Actor) -> None:
    """One for each warehouse, to be enrolled with a new code, and PINs for those who work with them."""
    for number, warehouse in enumerate(warehouses, 1):
        scan.create_device(company_id=company.pk, warehouse_id=warehouse.pk, name=f"Scanner {number}", actor=actor)
    for user in User.objects.filter(username__in=(DEMO_USER, "lead", "picker")).order_by("pk"):
        scan.set_pin(user.pk, DEMO_PIN, actor=actor)


def make_channels(company: Company, vat: TaxCode, actor: Actor) -> dict[str, Channel]:
    made = {}
    for code, name, kind, inclusive, priority in CHANNELS:
        made[code] = create_channel(
            company_id=company.pk,
            code=code,
            name=name,
            kind=kind,
            currency="EUR",
            tax_code_id=vat.pk,
            prices_include_tax=inclusive,
            tax_by_rules=code != SAMPLE_CHANNEL,  # the sample marketplace charges its own taxes
            priority=priority,
            actor=actor,
        )
    return made


def make_till(company: Company, vat: TaxCode, shop: Warehouse, actor: Actor) -> Till:
    """The counter of the second shop."""
    return create_till(
        company_id=company.pk, code="kaunas", name=shop.name, warehouse_id=shop.pk, tax_code_id=vat.pk, actor=actor
    )


def make_suppliers(company: Company) -> list[Party]:
    return [
        ensure_party(
            company_id=company.pk, code=code, name=name, currency="EUR", is_supplier=True, payment_terms_days=30
        )
        for code, name in SUPPLIERS
    ]


def make_goods(
    company: Company, warehouses: list[Warehouse], dice: random.Random, begin: datetime, actor: Actor
) -> tuple[dict[str, tuple[int, DemoSku]], dict[int, list[Location]]]:
    """300 SKUs with opening stock in both warehouses, the day before the history begins."""
    goods = demo_skus(dice)
    ids = ensure_skus(
        [
            SkuInput(
                code=good.code,
                name=good.name,
                category_code=good.category,
                barcodes=(good.barcode,),
                weight_g=good.weight_g,
                image=f"backoffice/goods/{good.category}.svg",
                cost_method="fifo" if good.category in ("candles", "paper") else "average",
            )
            for good in goods
        ],
        company_id=company.pk,
    )
    bins: dict[int, list[Location]] = {
        warehouse.pk: list(
            Location.objects.filter(warehouse=warehouse, kind=LocationKind.BIN)
            .exclude(zone__use=ZoneUse.RESERVE)
            .order_by("pick_sequence")
        )
        for warehouse in warehouses
    }
    lines = []
    for number, (sku_id, good) in enumerate(zip(ids, goods, strict=True)):
        for share, warehouse in ((3, warehouses[0]), (1, warehouses[1])):
            quantity = Decimal(int(good.popularity * 9 + dice.randint(4, 14)) * share)
            place = bins[warehouse.pk][number % len(bins[warehouse.pk])]
            lines.append(
                OpeningLine(sku_id=sku_id, location_id=place.pk, quantity=quantity, value=quantity * good.cost)
            )
    post_opening_stock(lines, company_id=company.pk, effective_at=begin, actor=actor)
    return {good.code: (sku_id, good) for sku_id, good in zip(ids, goods, strict=True)}, bins
