"""Shopify's products, in resolvers over its own schema."""

import re
from typing import Any

from tests.simulators.catalogue import Catalogue, Product, Variant, text_of

GRAMS = "GRAMS"


class ShopifyProducts:
    """Mixed into the simulator; catalogue: what the shop sells."""

    catalogue: Catalogue

    def product_resolvers(self) -> dict[str, Any]:
        return {
            "productSet": self._set_product,
            "productUpdate": self._update_product,
            "productVariantsBulkCreate": self._create_variants,
        }

    def found_by_sku(self, query: str) -> list[dict[str, Any]]:
        wanted = re.findall(r'sku:"((?:[^"\\]|\\.)*)"', query)
        return [self.variant_node(p, v) for p, v in self.catalogue.all() if v.sku in wanted]

    def item_node(self, id: str) -> dict[str, Any] | None:
        if (found := self.catalogue.of_variant(id)) is None:
            return None
        product, variant = found
        measured = {"value": float(variant.weight), "unit": GRAMS} if variant.weight else None
        return {
            "__typename": "InventoryItem",
            "id": f"gid://shopify/InventoryItem/{variant.id}",
            "measurement": {"weight": measured},
            "variant": self.variant_node(product, variant),
        }

    def variant_node(self, product: Product, variant: Variant) -> dict[str, Any]:
        return {
            "id": f"gid://shopify/ProductVariant/{variant.id}",
            "sku": variant.sku,
            "barcode": variant.barcode or None,
            "price": variant.price or "0.00",
            "inventoryItem": {"id": f"gid://shopify/InventoryItem/{variant.id}"},
            "product": self._node(product),
        }

    def _node(self, product: Product) -> dict[str, Any]:
        return {
            "id": f"gid://shopify/Product/{product.id}",
            "title": product.title,
            "descriptionHtml": f"<p>{product.description}</p>",
            "vendor": product.brand,
            "status": "ACTIVE" if product.visible else "DRAFT",
            "mediaCount": {"count": len(product.pictures)},
            "variants": lambda info, **given: {
                "nodes": [
                    {"sku": row.sku, "inventoryItem": {"id": f"gid://shopify/InventoryItem/{row.id}"}}
                    for row in product.variants.values()
                ]
            },
        }

    def _set_product(self, info: Any, input: dict[str, Any], identifier: Any, synchronous: bool) -> dict[str, Any]:
        assert synchronous and identifier == {"handle": input["handle"]}
        for place, row in enumerate(input["variants"]):
            if row.get("barcode", "").startswith("bad"):
                field = ["input", "variants", str(place), "barcode"]
                return {"product": None, "userErrors": [{"field": field, "message": "Barcode is invalid"}]}
        product = next((row for row in self.catalogue.products.values() if row.handle == input["handle"]), None)
        product = product or self.catalogue.make(input["title"], handle=input["handle"])
        self._fill(product, input)
        product.pictures = [row["originalSource"] for row in input.get("files", [])]
        kept = {row["inventoryItem"]["sku"] for row in input["variants"]}
        product.variants = {id: row for id, row in product.variants.items() if row.sku in kept}  # the list is the truth
        names = {option["name"]: {value["name"] for value in option["values"]} for option in input["productOptions"]}
        for row in input["variants"]:
            assert all(value["name"] in names[value["optionName"]] for value in row["optionValues"])
            if not any(known.sku == row["inventoryItem"]["sku"] for known in product.variants.values()):
                self._variant(product, row)
        return {"product": self._node(product), "userErrors": []}

    def _update_product(self, info: Any, product: dict[str, Any], media: Any = None, **_given: Any) -> dict[str, Any]:
        row = self.catalogue.products.get(product["id"].rsplit("/", 1)[1])
        if row is None:
            return {"product": None, "userErrors": [{"field": ["id"], "message": "Product does not exist"}]}
        self._fill(row, product)
        row.pictures += [picture["originalSource"] for picture in media or ()]
        return {"product": self._node(row), "userErrors": []}

    @staticmethod
    def _fill(product: Product, given: dict[str, Any]) -> None:
        product.title = given.get("title", product.title)
        product.description = text_of(given.get("descriptionHtml", product.description))
        product.brand = given.get("vendor", product.brand)
        product.visible = given.get("status", "ACTIVE" if product.visible else "DRAFT") == "ACTIVE"

    def _create_variants(
        self, info: Any, productId: str, variants: list[dict[str, Any]], **_given: Any
    ) -> dict[str, Any]:
        product = self.catalogue.products[productId.rsplit("/", 1)[1]]
        made = [self._variant(product, row) for row in variants]
        return {"productVariants": [self.variant_node(product, row) for row in made], "userErrors": []}

    def _variant(self, product: Product, row: dict[str, Any]) -> Variant:
        assert row["inventoryItem"]["tracked"] is True
        weight = (row["inventoryItem"].get("measurement") or {}).get("weight") or {}
        return self.catalogue.add(
            product,
            row["inventoryItem"]["sku"],
            barcode=row.get("barcode", ""),
            price=str(row.get("price", "")),
            weight=str(weight.get("value", "")),
            options={value["optionName"]: value["name"] for value in row["optionValues"]},
        )

    def changed_variant(self, row: dict[str, Any]) -> None:
        """Of productVariantsBulkUpdate."""
        if (found := self.catalogue.of_variant(row["id"].rsplit("/", 1)[1])) is not None:
            variant = found[1]
            variant.barcode, variant.price = row.get("barcode", variant.barcode), str(row.get("price", variant.price))
            if weight := ((row.get("inventoryItem") or {}).get("measurement") or {}).get("weight"):
                variant.weight = str(weight["value"])
