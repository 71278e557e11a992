"""Walmart's return orders: listed by the time of their change, ten to a page unless more is asked for. Ours, from its documents."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.simulators.engine import START, Refused, Reply, State, moment_of


@dataclass
class Back:
    """A line of a return order. events: what its tracking went through."""

    order: str
    line: str
    sku: str
    quantity: int = 1
    status: str = "INITIATED"
    events: Sequence[str] = ("RETURN_INITIATED",)
    refunded: int = 0
    kept: bool = False
    expected: bool = True


@dataclass
class Asked:
    """A return order; changed: when it last moved."""

    id: str
    lines: list[Back] = field(default_factory=list)
    changed: datetime = START


class WalmartReturns:
    """Mixed into the simulator."""

    state: State
    returns: list[Asked]

    def returns_page(self, query: Any) -> Reply:
        begin, end = query.get("returnLastModifiedStartDate"), query["returnLastModifiedEndDate"]
        limit, offset = int(query.get("limit", "10")), int(query.get("offset", "0"))
        if limit > 200:
            raise Refused(400, {"error": [{"code": "INVALID_REQUEST_PARAM"}]})
        rows = [
            row
            for row in self.returns
            if (not begin or moment_of(begin) <= row.changed) and row.changed <= moment_of(end)
        ]
        meta: dict[str, Any] = {"totalCount": len(rows), "limit": limit, "nextCursor": None}
        if len(rows) > offset + limit:
            bounds = "&".join(f"{name}={value}" for name, value in query.items() if name != "offset")
            meta["nextCursor"] = f"?sellerId=151&{bounds}&offset={offset + limit}"
        return Reply({"meta": meta, "returnOrders": [self._return(row) for row in rows[offset : offset + limit]]})

    def _return(self, row: Asked) -> dict[str, Any]:
        return {
            "returnOrderId": row.id, "customerEmailId": "nino@relay.example", "customerOrderId": f"C{row.id}",
            "customerName": {"firstName": "Nino", "lastName": "Abashidze"}, "returnType": "REFUND",
            "returnOrderDate": "2026-03-10T11:00:00.000Z", "returnByDate": "2026-04-10T11:00:00.000Z",
            "refundMode": "POST_DELIVERY", "totalRefundAmount": {"currencyAmount": 12.0, "currencyUnit": "GBP"},
            "returnOrderLines": [self._line(number, line) for number, line in enumerate(row.lines, 1)],
            "returnChannel": {"channelName": "ONLINE"},
        }  # fmt: skip

    @staticmethod
    def _line(number: int, line: Back) -> dict[str, Any]:
        return {
            "returnOrderLineNumber": number, "salesOrderLineNumber": number, "returnReason": "DEFECTIVE",
            "purchaseOrderId": line.order, "purchaseOrderLineNumber": int(line.line),
            "item": {"sku": line.sku, "productName": f"A {line.sku}"},
            "quantity": {"unitOfMeasure": "EACH", "measurementValue": float(line.quantity)},
            "returnExpectedFlag": line.expected, "isKeepIt": line.kept, "refundedQty": float(line.refunded),
            "refundChannel": "SELLER_AUTO_REFUND", "status": line.status, "statusTime": "2026-03-10T11:00:00.000Z",
            "currentRefundStatus": "REFUND_ISSUED" if line.refunded else "NOT_INITIATED",
            "returnTrackingDetail": [
                {"sequenceNo": place, "eventTag": tag, "eventDescription": tag, "eventTime": "2026-03-10T11:00:00.000Z"}
                for place, tag in enumerate(line.events, 1)
            ],
        }  # fmt: skip
