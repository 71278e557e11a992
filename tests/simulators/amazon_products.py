"""Amazon's listings items, shaped after the published model; each request is checked against it."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

from tests.simulators.catalogue import Catalogue, Product, Variant
from tests.simulators.engine import Refused

MODEL = Path(__file__).parent.parent / "data" / "specs" / "amazon" / "models" / "listingsItems_2021-08-01.json"
MISSING = {"errors": [{"code": "NOT_FOUND", "message": "SKU not found"}]}


@cache
def model() -> dict[str, Any]:
    return json.loads(MODEL.read_text())


def checked(name: str, body: Any) -> Any:
    """As the model wants it; raises what the simulator answers as a bad request."""
    try:
        jsonschema.validate(body, {"$ref": f"#/definitions/{name}", "definitions": model()["definitions"]})
    except jsonschema.ValidationError as error:
        raise ValueError(error.message) from error
    return body


class AmazonProducts:
    """Mixed into the simulator. attributes: by SKU, as they were sent."""

    catalogue: Catalogue
    attributes: dict[str, dict[str, Any]]

    def put_listing(self, sku: str, body: Any) -> dict[str, Any]:
        given = checked("ListingsItemPutRequest", body)
        found = given["attributes"]
        codes = [row["value"] for row in found.get("externally_assigned_product_identifier", ())]
        if given["requirements"] == "LISTING_OFFER_ONLY":
            assert set(found) <= {
                "externally_assigned_product_identifier", "condition_type", "purchasable_offer", "fulfillment_availability",
            }  # fmt: skip
        if not codes or codes[0].startswith("bad"):
            issue = {
                "code": "90220",
                "message": "'externally_assigned_product_identifier' is wrong",
                "severity": "ERROR",
            }
            return {"sku": sku, "status": "INVALID", "submissionId": "s", "issues": [issue]}
        if not self.catalogue.of_sku(sku):
            self.catalogue.add(self.catalogue.make(""), sku)
        self.take_attributes(sku, found)
        return checked(
            "ListingsItemSubmissionResponse", {"sku": sku, "status": "ACCEPTED", "submissionId": "s", "issues": []}
        )

    def take_attributes(self, sku: str, found: dict[str, Any]) -> None:
        """Whole attributes replace whole attributes."""
        self.attributes.setdefault(sku, {}).update(found)
        if (known := self.catalogue.of_sku(sku)) is not None:
            self._fill(*known, self.attributes[sku])

    @staticmethod
    def _fill(product: Product, variant: Variant, found: dict[str, Any]) -> None:
        def value(name: str) -> str:
            return str((found.get(name) or [{}])[0].get("value", ""))

        product.title, product.description, product.brand = (
            value("item_name"),
            value("product_description"),
            value("brand"),
        )
        variant.barcode, variant.weight = value("externally_assigned_product_identifier"), value("item_weight")
        offers = found.get("purchasable_offer") or ()
        for offer in offers:
            variant.price = str(offer["our_price"][0]["schedule"][0]["value_with_tax"])
        product.pictures = [row[0]["media_location"] for name, row in found.items() if "image_locator" in name]

    def get_listing(self, sku: str) -> dict[str, Any]:
        if sku not in self.attributes:
            raise Refused(404, MISSING)
        return {
            "sku": sku,
            "summaries": [{"marketplaceId": "A1F83G8C2ARO7P", "asin": "B0", "productType": "PRODUCT", "itemName": "Theirs"}],
            "attributes": self.attributes[sku],
            "issues": [{"code": "100", "message": "A picture is too small", "severity": "WARNING"}],
            "offers": [],
        }  # fmt: skip
