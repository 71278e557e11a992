"""BigCommerce's V3 catalogue. Ours, from its documents."""

import re
from typing import Any

from tests.simulators.catalogue import Catalogue, Product, Variant, text_of
from tests.simulators.engine import Refused, Reply, Request


class BigCommerceProducts:
    """Mixed into the simulator."""

    catalogue: Catalogue

    def product_call(self, request: Request, path: str) -> Reply | None:
        """None for what is about no product."""
        if (request.method, path) == ("GET", "/v3/catalog/variants") and "sku" in request.query:
            found = self.catalogue.of_sku(request.query["sku"])
            return Reply({"data": [self._variant(*found)] if found else [], "meta": {}})
        if (request.method, path) == ("GET", "/v3/catalog/products"):
            product = self.catalogue.products.get(request.query["id"])
            return Reply({"data": [self._row(product)] if product else [], "meta": {}})
        if (request.method, path) == ("POST", "/v3/catalog/products"):
            return Reply({"data": self._row(self._make(request.json())), "meta": {}})
        found_path = re.fullmatch(r"/v3/catalog/products/(\d+)(/variants(?:/(\d+))?)?", path)
        if not found_path:
            return None
        product = self.catalogue.products.get(found_path[1])
        if product is None:
            raise Refused(404, {"status": 404, "title": "This resource was not found"})
        if request.method == "POST":
            return Reply({"data": self._variant(product, self._add(product, request.json())), "meta": {}})
        if found_path[3]:
            self._fill_variant(product.variants[found_path[3]], request.json())
        else:
            self._fill(product, request.json())
        return Reply({"data": {}, "meta": {}})

    def _make(self, body: dict[str, Any]) -> Product:
        assert body["type"] == "physical" and "weight" in body and body["price"] > 0
        rows = body.get("variants") or [{"sku": body["sku"], "upc": body.get("upc", ""), "option_values": []}]
        for row in rows:
            self._refuse(row)
        if any(known.title == body["name"] for known in self.catalogue.products.values()):
            raise Refused(409, {"status": 409, "title": "The product name is a duplicate"})
        product = self.catalogue.make(body["name"])
        self._fill(product, body)
        for row in rows:
            self._add(product, {"price": body["price"], "weight": body["weight"], **row})
        return product

    def _refuse(self, row: dict[str, Any]) -> None:
        if self.catalogue.of_sku(row["sku"]):
            raise Refused(409, {"status": 409, "title": "The product sku is a duplicate"})
        if row.get("upc", "").startswith("bad"):
            raise Refused(
                422, {"status": 422, "title": "UPC must be numeric", "errors": {"upc": "UPC must be numeric"}}
            )

    def _add(self, product: Product, row: dict[str, Any]) -> Variant:
        self._refuse(row)
        options = {value["option_display_name"]: value["label"] for value in row["option_values"]}
        variant = self.catalogue.add(product, row["sku"], options=options)
        self._fill_variant(variant, row)
        return variant

    @staticmethod
    def _fill(product: Product, body: dict[str, Any]) -> None:
        product.title = body.get("name", product.title)
        product.description = text_of(body.get("description", product.description))
        product.brand = body.get("brand_name", product.brand)
        product.visible = body.get("is_visible", product.visible)
        if "images" in body:
            assert [row["is_thumbnail"] for row in body["images"]].count(True) == 1
            product.pictures = [row["image_url"] for row in body["images"]]

    @staticmethod
    def _fill_variant(variant: Variant, row: dict[str, Any]) -> None:
        variant.barcode, variant.price = row.get("upc", variant.barcode), str(row.get("price", variant.price))
        variant.weight = str(row.get("weight", variant.weight))

    def _row(self, product: Product) -> dict[str, Any]:
        return {
            "id": int(product.id), "name": product.title, "description": product.description, "is_visible": product.visible,
            "images": [{"id": 1, "image_url": url} for url in product.pictures], "price": 0, "weight": 0,
            "variants": [self._variant(product, row) for row in product.variants.values()],
        }  # fmt: skip

    @staticmethod
    def _variant(product: Product, row: Variant) -> dict[str, Any]:
        return {
            "id": int(row.id), "product_id": int(product.id), "sku": row.sku, "upc": row.barcode,
            "price": float(row.price or 0), "weight": float(row.weight or 0),
        }  # fmt: skip
