"""People who do not exist buying things that do: a stream of plausible orders, the same for the same seed."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

FIRST = ("Nino", "Giorgi", "Ana", "Luka", "Mary", "Omar", "Ivy", "Jonas", "Chiara", "Pavel", "Zoe", "Amir")
LAST = ("Abashidze", "Beridze", "Smith", "Rossi", "Novak", "Haddad", "Larsen", "Dubois", "Okafor", "Kim")
CITIES = (("Tbilisi", "0108", "GE"), ("Batumi", "6000", "GE"), ("London", "E1 6AN", "GB"), ("Berlin", "10115", "DE"))
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Ware:
    """What the shop sells. price includes tax."""

    sku: str
    title: str
    price: Decimal


def make_order(
    number: int, wares: Sequence[Ware], *, seed: int, currency: str, tax_rate: Decimal, prefix: str = "S"
) -> dict[str, Any]:
    """Order number `number` of the stream."""
    dice = random.Random(f"{seed}:{number}")
    items = [
        _item(position, ware, dice, tax_rate)
        for position, ware in enumerate(dice.sample(list(wares), k=min(len(wares), dice.choice((1, 1, 1, 2, 3)))), 1)
    ]
    shipping = Decimal("0.00") if dice.random() < 0.3 else Decimal("4.90")
    goods = sum((Decimal(item["quantity"]) * Decimal(item["unit_price"]) for item in items), Decimal())
    name = f"{dice.choice(FIRST)} {dice.choice(LAST)}"
    buyer = dice.randrange(5000)
    city, postcode, country = dice.choice(CITIES)
    return {
        "id": f"{prefix}{number}",
        "number": f"#{number}",
        "status": "open",
        "currency": currency,
        "prices_include_tax": True,
        "buyer": {"id": f"b-{buyer}", "name": name, "email": f"buyer{buyer}@shop.example", "phone": ""},
        "ship_to": {
            "name": name, "street": f"Street {dice.randrange(1, 200)}", "street2": "", "city": city, "region": "",
            "postal_code": postcode, "country_code": country, "phone": "",
        },
        "items": items,
        "shipping": {"method": "Standard", "price": str(shipping), "tax": str(contained(shipping, tax_rate))},
        "grand_total": str(goods + shipping),
    }  # fmt: skip


def _item(position: int, ware: Ware, dice: random.Random, tax_rate: Decimal) -> dict[str, Any]:
    quantity = dice.choice((1, 1, 1, 2, 3))
    return {
        "id": str(position), "sku": ware.sku, "title": ware.title, "quantity": quantity,
        "unit_price": str(ware.price), "discount": "0.00",
        "tax": str(contained(quantity * ware.price, tax_rate)), "tax_rate": str(tax_rate),
    }  # fmt: skip


def contained(gross: Decimal, rate: Decimal) -> Decimal:
    """The tax in a gross amount, to the cent."""
    return (gross * rate / (1 + rate)).quantize(CENT, ROUND_HALF_UP)
