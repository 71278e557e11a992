"""Medusa 2's products, variants and inventory items. Ours, from its documentation."""

import re
from typing import Any

from tests.simulators.catalogue import Catalogue, Product, Variant
from tests.simulators.engine import Refused, Reply, Request


class MedusaProducts:
    """Mixed into the simulator."""

    catalogue: Catalogue

    def product_call(self, request: Request, path: str) -> Reply | None:
        """None for what is about no product."""
        if (request.method, path) == ("GET", "/products"):
            ids = [value for name, value in request.query.items() if re.fullmatch(r"id\[\d+\]", name)]
            rows = [self.catalogue.products[id] for id in ids if id in self.catalogue.products]
            return Reply({"products": [self._product(row) for row in rows], "count": len(rows)})
        if (request.method, path) == ("POST", "/products"):
            return Reply({"product": self._product(self._make(request.json()))})
        found = re.fullmatch(r"/products/([^/]+)(?:/(variants|options)(?:/([^/]+))?)?", path)
        if not found:
            return None
        product = self.catalogue.products.get(found[1])
        if product is None:
            raise Refused(404, {"type": "not_found", "message": f"Product with id: {found[1]} was not found"})
        if request.method == "POST":
            self._post(product, found[2] or "", found[3] or "", request.json())
        return Reply({"product": self._product(product)})

    def _post(self, product: Product, kind: str, id: str, body: dict[str, Any]) -> None:
        if kind == "options":
            assert set(body["values"]) >= set(self.values[product.id][body["title"]])
            self.values[product.id][body["title"]] = body["values"]
        elif kind and id:
            self._fill_variant(product.variants[id], body)
        elif kind:
            self._add(product, body)
        else:
            self._fill(product, body)

    values: dict[str, dict[str, list[str]]]

    def _make(self, body: dict[str, Any]) -> Product:
        assert set(body) <= {
            "title", "handle", "description", "images", "status", "options", "variants", "sales_channels",
        }  # fmt: skip
        if any(known.handle == body["handle"] for known in self.catalogue.products.values()):
            raise Refused(
                400, {"type": "invalid_data", "message": f"Product with handle: {body['handle']}, already exists."}
            )
        for row in body["variants"]:
            self._refuse(row)
        product = self.catalogue.make(body["title"], handle=body["handle"])
        self.values[product.id] = {row["title"]: row["values"] for row in body["options"]}
        self._fill(product, body)
        for row in body["variants"]:
            self._add(product, row)
        return product

    def _refuse(self, row: dict[str, Any]) -> None:
        if "sku" in row and self.catalogue.of_sku(row["sku"]):
            raise Refused(400, {"type": "invalid_data", "message": f"Variant with sku: {row['sku']}, already exists."})
        if str(row.get("barcode", "")).startswith("bad"):
            raise Refused(400, {"type": "invalid_data", "message": "Invalid barcode"})

    def _add(self, product: Product, row: dict[str, Any]) -> Variant:
        self._refuse(row)
        assert row["manage_inventory"] is True
        for name, value in row["options"].items():
            if value not in self.values[product.id].get(name, ()):
                raise Refused(400, {"type": "invalid_data", "message": f"Option value {value} does not exist"})
        variant = self.catalogue.add(product, row["sku"], options=row["options"])
        self._fill_variant(variant, row)
        return variant

    @staticmethod
    def _fill(product: Product, body: dict[str, Any]) -> None:
        product.title = body.get("title", product.title)
        product.description = body.get("description", product.description).replace("&", "&amp;").replace("\n\n", " ")
        product.visible = body.get("status", "published" if product.visible else "draft") == "published"
        if "images" in body:
            product.pictures = [row["url"] for row in body["images"]]

    def _fill_variant(self, variant: Variant, body: dict[str, Any]) -> None:
        if str(body.get("barcode", "")).startswith("bad"):
            self._refuse({"barcode": body["barcode"]})
        variant.barcode = body.get("barcode", variant.barcode)
        variant.weight = str(body.get("weight", variant.weight))
        if body.get("prices"):
            [price] = body["prices"]
            assert price["currency_code"] == "gbp" and isinstance(price["amount"], int | float)
            variant.price = str(price["amount"])

    def _product(self, product: Product) -> dict[str, Any]:
        values = self.values.get(product.id, {})
        return {
            "id": product.id, "title": product.title, "handle": product.handle, "description": product.description,
            "status": "published" if product.visible else "draft", "images": [{"url": url} for url in product.pictures],
            "options": [
                {"id": f"opt_{name}", "title": name, "values": [{"value": value} for value in rows]}
                for name, rows in values.items()
            ],
            "variants": [self._variant(product, row) for row in product.variants.values()],
        }  # fmt: skip

    @staticmethod
    def _variant(product: Product, row: Variant) -> dict[str, Any]:
        price = {"id": f"price_{row.id}", "currency_code": "gbp", "amount": float(row.price)} if row.price else None
        return {
            "id": row.id, "product_id": product.id, "sku": row.sku, "barcode": row.barcode or None,
            "weight": int(row.weight) if row.weight else None, "prices": [price] if price else [],
        }  # fmt: skip

    def catalogue_items(self) -> list[tuple[str, str, list[dict[str, Any]]]]:
        """(inventory item, SKU, its variant) of what was made through the API."""
        return [(f"iitem_{v.id}", v.sku, [{"id": v.id, "product_id": p.id}]) for p, v in self.catalogue.all()]
