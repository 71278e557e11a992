"""An order of 30 lines that has every document, in three alphabets, and figures that add up by hand."""

import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounting.models import Address, Company
from inventory.models import Warehouse
from orders.drafting import DraftChargeInput, DraftInput, DraftLineInput
from orders.inputs import AddressInput, ContactInput
from orders.models import Contact, Order
from orders.services import ReturnInput, approve_returns, create_draft, quote_draft, request_return
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import Shop, make_shop, make_sku, make_stock
from tests.factories.sales import dispatch, line, make_channel, order, pack, place, shipping

D = Decimal
NAMES = (
    "Stoneware mug, speckled glaze, 350 ml, thrown and glazed by hand in a workshop of four people, safe in the"
    " dishwasher and in the microwave, in a box of recycled card",
    "ხელნაკეთი ჭიქა, მოჭიქული კერამიკა, ლურჯი, ოთხი ხელოსნის სახელოსნოში ნაკეთი, ირეცხება ჭურჭლის სარეცხ მანქანაში,"
    " გადამუშავებული მუყაოს კოლოფით",
    "Кружка керамическая с крапчатой глазурью, синяя, сделана вручную в мастерской из четырёх человек, можно мыть в"
    " посудомоечной машине, в коробке из переработанного картона",
    "Wool throw in undyed Gotland fleece, hand-finished fringe, 130 × 180 cm, woven to order in a run of forty and"
    " packed in a linen bag with a care card that explains washing, airing and mending in three languages",
)
HOSTILE = '#sys.inputs #{1+1} #import "x": * <b onclick="x">&amp;</b> *bold* $x^2$ `raw` @ref \\u{41} ]) {{ 7*7 }}'
LINES = 30


class Desk:
    """Line n (1 to 30) costs n.10 for one, two are ordered, 20 % tax; line 5 is hostile; postage 4.90 with 0.98 tax.

    goods: 2 × (1.10 + … + 30.10) = 936.00; tax of goods 187.20; total 936 + 187.20 + 4.90 + 0.98 = 1,129.08.
    """

    def __init__(
        self,
        *,
        language: str = "en",
        currency: str = "GBP",
        inclusive: bool = False,
        lines: int = LINES,
        **company: Any,
    ) -> None:
        given = {"legal_name": "Larch & Loom Ltd", "tax_number": "GB 123 4567 89", "address": "12 Mill Lane\nLondon E1"}
        self.house: Shop = make_shop(base_currency=currency, **given)
        Company.objects.filter(pk=self.house.id).update(
            **{
                "registration_number": "08123456", "email": "hello@larch.example", "phone": "+44 20 7946 0000",
                "website": "https://larch.example", "bank_name": "Mill Bank", "bank_account": "GB33 BUKB 2020 1555 5555 55",
                "bank_code": "BUKBGB22", "document_note": "Goods stay ours until they are paid.", "language": language,
            } | company
        )  # fmt: skip
        back = Address.objects.create(
            company_id=self.house.id, organisation="Larch & Loom returns", line1="Dock 4", city="London", postcode="E2",
            country="GB",
        )  # fmt: skip
        Warehouse.objects.filter(pk=self.house.warehouse.pk).update(address=back)
        self.channel = make_channel(self.house, "web", currency=currency, prices_include_tax=inclusive)
        self.skus = []
        for number in range(1, lines + 1):
            self.skus.append(make_sku(self.house, f"SKU-{number:03d}"))
            make_stock(self.house, self.skus[-1], "100", "100.00")
        self.order = self.place("W-1", language=language, lines=lines)

    @staticmethod
    def name(number: int) -> str:
        return HOSTILE if number == 5 else f"{NAMES[number % len(NAMES)]} №{number}"

    def place(
        self, external_id: str, *, language: str = "", lines: int = LINES, email: str = "nino@buyer.example"
    ) -> int:
        """Two of each SKU, to Nino, who lives in Tbilisi."""
        home = AddressInput(
            name="ნინო ბერიძე", organisation="შპს „ლურჯი ცა“", line1="რუსთაველის გამზირი 12, ბინა 7", city="თბილისი",
            postcode="0108", country="GE",
        )  # fmt: skip
        office = AddressInput(name="Анна Петрова", line1="ул. Ленина, д. 5, кв. 17", city="Тбилиси", country="GE")
        goods = [
            line(
                f"SKU-{number:03d}", "2", f"{number}.10", description=self.name(number), tax_rate=D("0.2"),
                tax=D(f"{number}.10") * 2 / 5,
            )
            for number in range(1, lines + 1)
        ]  # fmt: skip
        [result] = place(
            self.channel,
            order(
                external_id,
                *goods,
                charges=(shipping("4.90", tax=D("0.98"), tax_rate=D("0.2")),),
                contact=ContactInput(f"c-{external_id}", "Nino Beridze", email, "+995 555 12 34 56", "GE"),
                shipping_address=home,
                billing_address=office,
                external_number=f"#{external_id}",
                currency=self.channel.currency,
            ),
        )
        assert result.order_id, result
        Contact.objects.filter(order=result.order_id).update(language=language)
        return result.order_id

    def quote(self, *, language: str = "") -> int:
        """The same goods, offered for two weeks: a draft's id."""
        given = DraftInput(
            lines=[
                DraftLineInput(sku_id, D(2), D(f"{number}.10"), self.name(number), tax_rate=D("0.2"))
                for number, sku_id in enumerate(self.skus, start=1)
            ],
            charges=[DraftChargeInput("shipping", D("4.90"), "Postage", tax_rate=D("0.2"))],
            contact=ContactInput("c-quote", "Nino Beridze", "nino@buyer.example", country="GE"),
            shipping_address=AddressInput(name="ნინო ბერიძე", line1="რუსთაველის გამზირი 12", city="თბილისი", country="GE"),
        )  # fmt: skip
        day = timezone.localdate()
        draft = create_draft(given, channel_id=self.channel.pk, actor=ACTOR, today=day)
        Contact.objects.filter(pk=draft.contact_id).update(language=language)
        until = day + datetime.timedelta(days=14)
        return quote_draft(draft.pk, company_id=self.house.id, actor=ACTOR, valid_until=until, today=day).pk

    def ship(self, order_id: int | None = None) -> tuple[int, int]:
        """(shipment id, invoice id) of all of it."""
        fulfilments = Order.objects.get(pk=order_id or self.order).fulfilments.values_list("pk", flat=True)
        [packed] = pack(self.house, list(fulfilments))
        [issued] = dispatch(self.house, [packed.shipment_id])
        assert issued
        return packed.shipment_id, issued.invoice_id

    def take_back(self, order_id: int | None = None) -> int:
        """A return of one of every line."""
        found = Order.objects.get(pk=order_id or self.order)
        pk = request_return(
            found.pk,
            company_id=self.house.id,
            lines=[
                ReturnInput(line_id, D(1)) for line_id in found.lines.order_by("position").values_list("pk", flat=True)
            ],
            reason="Не подошёл размер",
            requested_at=NOON,
            actor=ACTOR,
        )
        approve_returns([pk], company_id=self.house.id, actor=ACTOR)
        return pk
