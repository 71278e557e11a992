"""What a simulated channel shows buyers: products with variants, in words that are no vendor's."""

import re
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Variant:
    id: str
    sku: str
    barcode: str = ""
    weight: str = ""
    price: str = ""
    options: dict[str, str] = field(default_factory=dict)
    stock: int = 0


@dataclass
class Product:
    id: str
    title: str
    handle: str = ""
    description: str = ""
    brand: str = ""
    visible: bool = True
    pictures: list[str] = field(default_factory=list)
    variants: dict[str, Variant] = field(default_factory=dict)


class Catalogue:
    """ids: a function that makes new ones."""

    def __init__(self, ids: Any) -> None:
        self.next_id = ids
        self.products: dict[str, Product] = {}

    def make(self, title: str, **fields: Any) -> Product:
        made = Product(self.next_id(), title, **fields)
        self.products[made.id] = made
        return made

    def add(self, product: Product, sku: str, **fields: Any) -> Variant:
        """Raises ValueError for a SKU or combination that is there already."""
        options = fields.get("options", {})
        if self.of_sku(sku) or any(options and row.options == options for row in product.variants.values()):
            raise ValueError(f"{sku} is there already")
        made = Variant(self.next_id(), sku, **fields)
        product.variants[made.id] = made
        return made

    def of_sku(self, sku: str) -> tuple[Product, Variant] | None:
        return next(((p, v) for p, v in self.all() if v.sku == sku), None)

    def of_variant(self, id: str) -> tuple[Product, Variant] | None:
        return next(((p, v) for p, v in self.all() if v.id == id), None)

    def all(self) -> list[tuple[Product, Variant]]:
        return [(product, variant) for product in self.products.values() for variant in product.variants.values()]


def text_of(html: str) -> str:
    return " ".join(re.sub("<[^>]+>", " ", html).split())
