"""Builders for sales that are taxed by rule: a shop in Germany with its codes, rules and goods of two classes."""

import datetime
from decimal import Decimal
from typing import Any

from accounting.models import PersonalData, TaxCode, TaxReturn
from accounting.selectors.tax_returns import figures, return_lines
from accounting.services import create_exemption, create_return, ensure_party, lay_tax_template
from inventory.models import Product, Sku
from orders.models import Channel, Contact
from tests.factories.books import ACTOR
from tests.factories.goods import Shop, make_shop, make_sku, make_stock
from tests.factories.sales import make_channel

D = Decimal
MARCH = datetime.date(2026, 3, 1)


class TaxHouse:
    """MUG bears the general rate (19 % at home), BOOK the reduced one (7 %)."""

    def __init__(self, *, inclusive: bool = False, by_rules: bool = True, rounding: str = "document") -> None:
        self.shop: Shop = make_shop("gmbh", base_currency="EUR", country="DE", time_zone="Europe/Berlin")
        self.company = self.shop.company
        lay_tax_template(company_id=self.shop.id, template="de", actor=ACTOR)
        self.company.tax_rounding = rounding
        self.company.save()
        self.mug, self.book = make_sku(self.shop, "MUG"), make_sku(self.shop, "BOOK")
        self.classify(self.book, "DE7")
        for sku in (self.mug, self.book):
            make_stock(self.shop, sku, "50")
        self.channel: Channel = make_channel(
            self.shop, currency="EUR", prices_include_tax=inclusive, tax_by_rules=by_rules
        )

    def classify(self, sku: int, code: str) -> None:
        found = TaxCode.objects.get(company=self.company, code=code)
        product = Product.objects.create(company=self.company, code=f"P{sku}", name="Goods", tax_code=found)
        Sku.objects.filter(pk=sku).update(product=product)

    def buyer(self, code: str = "B1", *, number: str = "", country: str = "", **exemption: Any) -> Contact:
        """A business; with exemption values also a certificate."""
        party = ensure_party(company_id=self.shop.id, code=code, name=f"Firm {code}", currency="EUR", is_customer=True)
        party.tax_number = number
        party.save()
        if exemption:
            create_exemption(
                company_id=self.shop.id, party_id=party.pk, actor=ACTOR,
                **({"number": "CERT-1", "valid_from": MARCH} | exemption),
            )  # fmt: skip
        person = PersonalData.objects.create(company=self.company, name=f"Firm {code}")
        return Contact.objects.create(
            company=self.company, channel=self.channel, external_id=code, person=person, party=party, country=country
        )

    def tax_return(self, kind: str = "vat", start: datetime.date = MARCH) -> TaxReturn:
        return create_return(company_id=self.shop.id, kind=kind, template="de", start=start, actor=ACTOR)

    def boxes(self, found: TaxReturn) -> dict[str, Decimal]:
        return {row.code: row.amount for row in figures(found, return_lines(found)) if row.amount}
