"""WooCommerce's products and variations, as its documentation and the recordings of the real one show them."""

import re
from typing import Any

from tests.simulators.catalogue import Catalogue, Product, Variant, text_of
from tests.simulators.engine import Refused, Reply, Request

INVALID = {"code": "woocommerce_rest_product_invalid_id", "message": "Invalid ID.", "data": {"status": 404}}


class WooCommerceProducts:
    """Mixed into the simulator. A simple product is its own variant; types: by product."""

    catalogue: Catalogue

    def product_call(self, request: Request, path: str) -> Reply | None:
        """None for what is about no product."""
        if (request.method, path) == ("GET", "/products") and {"sku", "slug"} & set(request.query):
            return Reply(self._search(request.query))
        if (request.method, path) == ("POST", "/products"):
            return Reply(self._make(request.json()), 201)
        found = re.fullmatch(r"/products/(\d+)(?:/variations(?:/(\d+))?)?", path)
        if not found or "batch" in path:
            return None
        product = self.catalogue.products.get(found[1])
        if product is None:
            raise Refused(404, INVALID)
        if request.method == "POST" and path.endswith("/variations"):
            return Reply(self._variation(product, self._add(product, request.json())), 201)
        if found[2]:
            return Reply(self._variation(product, product.variants[found[2]]))
        return Reply(self._row(product))

    def _search(self, query: Any) -> list[dict[str, Any]]:
        assert query["status"] == "any"  # otherwise drafts are left out
        if "slug" in query:
            return [self._row(row) for row in self.catalogue.products.values() if row.handle == query["slug"]]
        return [
            self._row(product) if self._simple(product) else self._variation(product, variant)
            for product, variant in self.catalogue.all()
            if variant.sku == query["sku"]
        ]

    @staticmethod
    def _simple(product: Product) -> bool:
        return not any(row.options for row in product.variants.values())

    def _make(self, body: dict[str, Any]) -> dict[str, Any]:
        if body["type"] == "simple":
            self._refuse(body)
        product = self.catalogue.make(body["name"], handle=body.get("slug", ""))
        self.fill_product(product, body)
        if body["type"] == "simple":
            assert (body["manage_stock"], body["stock_quantity"]) == (True, 0)
            variant = self._add(product, body)
            del product.variants[variant.id]
            variant.id = product.id
            product.variants[product.id] = variant
        else:
            assert all(row["variation"] for row in body["attributes"]) and "sku" not in body
        return self._row(product)

    def _refuse(self, body: dict[str, Any]) -> None:
        if found := self.catalogue.of_sku(body["sku"]):
            data = {"status": 400, "resource_id": int(found[0].id), "unique_sku": f"{body['sku']}-1"}
            raise Refused(400, {"code": "product_invalid_sku", "message": "Invalid or duplicated SKU.", "data": data})
        if body.get("global_unique_id", "").startswith("bad"):
            told = {
                "code": "product_invalid_global_unique_id",
                "message": "Invalid or duplicated GTIN.",
                "data": {"status": 400},
            }
            raise Refused(400, told)

    def _add(self, product: Product, body: dict[str, Any]) -> Variant:
        self._refuse(body)
        options = {row["name"]: row["option"] for row in body.get("attributes", ()) if "option" in row}
        variant = self.catalogue.add(product, body["sku"], options=options, price=body.get("regular_price", ""))
        self.fill_variant(variant, body)
        return variant

    @staticmethod
    def fill_product(product: Product, body: dict[str, Any]) -> None:
        product.title = body.get("name", product.title)
        product.description = text_of(body.get("description", product.description))
        product.visible = body.get("status", "publish" if product.visible else "draft") == "publish"
        if "images" in body:
            product.pictures = [row["src"] for row in body["images"]]

    @staticmethod
    def fill_variant(variant: Variant, body: dict[str, Any]) -> None:
        variant.barcode = body.get("global_unique_id", variant.barcode)
        variant.weight = body.get("weight", variant.weight)
        variant.price = body.get("regular_price", variant.price)

    def fill(self, id: str, body: dict[str, Any]) -> bool:
        """A row of a batch, by product or product/variation; whether there is such a thing."""
        parent, slash, own = id.partition("/")
        product = self.catalogue.products.get(parent)
        if product is None or (slash and own not in product.variants):
            return False
        if slash:
            self.fill_variant(product.variants[own], body)
            return True
        self.fill_product(product, body)
        if self._simple(product) and product.variants:
            self.fill_variant(product.variants[product.id], body)
        return True

    def _row(self, product: Product) -> dict[str, Any]:
        own = product.variants.get(product.id) or Variant("", "")
        return {
            "id": int(product.id), "name": product.title, "slug": product.handle, "sku": own.sku, "parent_id": 0,
            "type": "simple" if own.sku else "variable", "status": "publish" if product.visible else "draft",
            "description": f"<p>{product.description}</p>\n", "images": [{"id": 1, "src": url} for url in product.pictures],
            "regular_price": own.price, "weight": own.weight, "global_unique_id": own.barcode,
        }  # fmt: skip

    def _variation(self, product: Product, own: Variant) -> dict[str, Any]:
        return {
            "id": int(own.id), "parent_id": int(product.id), "sku": own.sku, "type": "variation", "status": "publish",
            "regular_price": own.price, "weight": own.weight, "global_unique_id": own.barcode,
        }  # fmt: skip
