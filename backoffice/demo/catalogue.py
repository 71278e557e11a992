"""300 SKUs of a made-up home-goods shop: names, prices, weights, barcodes and placeholder pictures."""

import random
from dataclasses import dataclass
from decimal import Decimal

from inventory.barcodes import ean13

FAMILIES = {
    # category: (products, variants, cheapest, dearest, weight in grams)
    "mugs": (["Stoneware mug", "Enamel mug", "Espresso cup"], ["white", "sage", "clay", "ink"], 9, 24, 350),
    "bowls": (["Salad bowl", "Cereal bowl", "Serving bowl"], ["white", "sage", "clay"], 12, 39, 620),
    "linen": (["Linen napkin set", "Tea towel", "Table runner"], ["natural", "navy", "rust", "olive"], 11, 48, 240),
    "candles": (["Beeswax candle", "Soy candle", "Pillar candle"], ["small", "medium", "large"], 7, 29, 410),
    "boards": (["Oak board", "Walnut board", "Bread board"], ["S", "M", "L"], 19, 79, 1400),
    "blankets": (["Wool throw", "Cotton blanket"], ["grey", "cream", "moss", "terracotta"], 39, 149, 1250),
    "lamps": (["Desk lamp", "Paper lamp", "Reading lamp"], ["brass", "black", "white"], 35, 129, 1900),
    "baskets": (["Rattan basket", "Felt basket"], ["S", "M", "L", "XL"], 14, 59, 800),
    "paper": (["Notebook", "Gift wrap", "Desk planner"], ["dotted", "lined", "plain"], 4, 22, 260),
    "garden": (["Watering can", "Herb pot", "Seed tin"], ["zinc", "green", "copper"], 8, 64, 700),
}
EDITIONS = ["", "Nord", "Atelier", "Harbour"]
SKU_COUNT = 300


@dataclass(frozen=True, slots=True)
class DemoSku:
    """One SKU to make: price in euros including nothing, weight in grams, cost as a share of the price."""

    code: str
    product: str
    name: str
    category: str
    price: Decimal
    cost: Decimal
    weight_g: int
    barcode: str
    popularity: float


def demo_skus(dice: random.Random) -> list[DemoSku]:
    """The same 300 for the same dice; a few sell often, most sell seldom."""
    made: list[DemoSku] = []
    for edition in EDITIONS:
        for category, (products, variants, low, high, weight_g) in FAMILIES.items():
            for product in products:
                for variant in variants:
                    if len(made) == SKU_COUNT:
                        return made
                    title = f"{edition} {product}".strip()
                    price = Decimal(dice.randint(low * 2, high * 2)) / 2 - Decimal("0.05")
                    number = len(made) + 1
                    made.append(
                        DemoSku(
                            code=f"{category[:3].upper()}-{number:04d}",
                            product=title,
                            name=f"{title}, {variant}",
                            category=category,
                            price=price,
                            cost=(price * Decimal(dice.randint(38, 58)) / 100).quantize(Decimal("0.01")),
                            weight_g=weight_g + dice.randint(-40, 120),
                            barcode=ean13(f"20{number:010d}"),
                            popularity=min(15.0, dice.paretovariate(1.3)),  # a best-seller, not the whole shop
                        )
                    )
    return made
