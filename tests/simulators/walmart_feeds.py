"""Walmart's feeds: setup by match, and what became of each item. Ours, from its documents (setup by match 4.2, feed item status)."""

from typing import Any
from urllib.parse import unquote

from tests.simulators.engine import Refused, Reply, Request, State


class WalmartFeeds:
    """Mixed into the simulator. known_codes: barcodes of its catalogue; offers: what sellers offer, by SKU."""

    state: State
    known_codes: set[str]
    offers: dict[str, Any]
    feeds: dict[str, list[dict[str, Any]]]
    feed_status: str

    def feed_call(self, request: Request) -> Reply:
        if (request.method, request.path) == ("GET", "/v3/feeds"):
            return Reply({"totalResults": len(self.feeds), "results": {}})
        if (request.method, request.path) == ("POST", "/v3/feeds"):
            assert request.query == {"feedType": "MP_ITEM_MATCH"}
            id = f"F{self.state.next_id()}@AU8BAQA"
            self.feeds[id] = [self._match(place, row) for place, row in enumerate(self._rows(request.json()))]
            return Reply({"feedId": id})
        id = unquote(request.path.rsplit("/", 1)[1])
        if request.method != "GET" or id not in self.feeds or request.query["includeDetails"] != "true":
            raise Refused(404, {"error": [{"code": "CONTENT_NOT_FOUND"}]})
        return Reply(self._status(id, int(request.query["offset"]), int(request.query["limit"])))

    @staticmethod
    def _rows(body: Any) -> list[Any]:
        head = body["MPItemFeedHeader"]
        assert (head["sellingChannel"], head["version"], head["locale"]) == ("mpsetupbymatch", "4.2", "en")
        assert set(body) == {"MPItemFeedHeader", "MPItem"} and 1 <= len(body["MPItem"]) <= 10_000
        return [row["Item"] for row in body["MPItem"]]

    def _match(self, place: int, item: Any) -> dict[str, Any]:
        """The five that every item must have, of the right kind; then whether the catalogue knows it."""
        code, wrong = item["productIdentifiers"], ""
        if set(item) != {"sku", "condition", "productIdentifiers", "price", "ShippingWeight"}:
            wrong = "attributes"
        elif len(code["productId"]) != {"UPC": 12, "EAN": 13, "GTIN": 14}[code["productIdType"]]:
            wrong = "productId"
        elif not isinstance(item["price"], float) or item["price"] <= 0 or item["ShippingWeight"] <= 0:
            wrong = "price"
        error = {
            "type": "DATA_ERROR",
            "code": "ERR_EXT_DATA_0101119",
            "field": wrong,
            "description": "The value is wrong",
        }
        if not wrong and code["productId"] not in self.known_codes:
            error |= {"field": "productId", "description": "No item of the catalogue matches"}
            wrong = "productId"
        if wrong:
            return self._told(place, item["sku"], "DATA_ERROR", [error])
        self.offers[item["sku"]] = item
        self.state.products.setdefault(item["sku"], {})
        return self._told(place, item["sku"], "SUCCESS", None)

    @staticmethod
    def _told(place: int, sku: str, status: str, errors: Any) -> dict[str, Any]:
        return {
            "martId": 0, "sku": sku, "index": place, "wpid": "", "ingestionStatus": status,
            "ingestionErrors": {"ingestionError": errors},
        }  # fmt: skip

    def _status(self, id: str, offset: int, limit: int) -> dict[str, Any]:
        rows = self.feeds[id] if self.feed_status == "PROCESSED" else []
        whole = [{"code": "ERR_FEED", "description": "The file is broken"}] if self.feed_status == "ERROR" else None
        return {
            "feedId": id, "feedStatus": self.feed_status, "ingestionErrors": {"ingestionError": whole},
            "itemsReceived": len(self.feeds[id]), "offset": offset, "limit": limit,
            "itemDetails": {"itemIngestionStatus": rows[offset : offset + limit]},
        }  # fmt: skip
