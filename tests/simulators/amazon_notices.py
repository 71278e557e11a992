"""Amazon's finances and the queue of its notifications, shaped after the published models."""

import json
import re
from decimal import Decimal
from typing import Any

from tests.simulators.engine import Order, Refund, Refused, Reply, Request, State, moment_of, utc

EMPTY = {"errors": [{"code": "InvalidInput", "message": "Invalid Input"}]}


class AmazonNotices:
    """Mixed into the simulator. messages: of the queue, by receipt."""

    state: State
    messages: dict[str, str]

    def finances(self, request: Request) -> Reply:
        if request.path == "/finances/2024-06-19/transactions":
            after, before = moment_of(request.query["postedAfter"]), moment_of(request.query["postedBefore"])
            if not after < before or "marketplaceId" in request.query:
                raise Refused(400, EMPTY)
            rows = [
                self._transaction(order, refund)
                for order in self.state.orders.values()
                for refund in order.refunds
                if after <= refund.at < before
            ]
            begin = int(request.query.get("nextToken", 0))
            payload: dict[str, Any] = {"transactions": rows[begin : begin + 2]}
            if len(rows) > begin + 2:
                payload["nextToken"] = str(begin + 2)
            return Reply({"payload": payload})
        found = re.fullmatch(r"/finances/v0/orders/([\d-]+)/financialEvents", request.path)
        if not found or found[1] not in self.state.orders:
            raise Refused(404, EMPTY)
        order = self.state.orders[found[1]]
        events = [self._event(order, refund) for refund in order.refunds]
        return Reply({"payload": {"FinancialEvents": {"ShipmentEventList": [], "RefundEventList": events}}})

    @staticmethod
    def _transaction(order: Order, refund: Refund) -> dict[str, Any]:
        """The total is less the fee that Amazon gives back: not what the buyer got."""
        return {
            "relatedIdentifiers": [
                {"relatedIdentifierName": "ORDER_ID", "relatedIdentifierValue": order.id},
                {"relatedIdentifierName": "REFUND_ID", "relatedIdentifierValue": refund.id},
            ],
            "transactionType": "Refund", "transactionId": f"t-{refund.id}", "transactionStatus": "RELEASED",
            "description": "Refund Order", "postedDate": utc(refund.at),
            "totalAmount": {"currencyCode": order.currency, "currencyAmount": float(-refund.total + 1)},
        }  # fmt: skip

    @staticmethod
    def _event(order: Order, refund: Refund) -> dict[str, Any]:
        def charges(**amounts: Decimal) -> list[dict[str, Any]]:
            return [
                {"ChargeType": kind, "ChargeAmount": {"CurrencyCode": order.currency, "CurrencyAmount": float(-amount)}}
                for kind, amount in amounts.items()
                if amount
            ]

        items: list[dict[str, Any]] = []
        for place, (line, quantity, net, tax, _back) in enumerate(refund.lines):
            first = {"ShippingCharge": refund.shipping, "ShippingTax": refund.shipping_tax} if place == 0 else {}
            items.append({
                "SellerSKU": "X", "OrderItemId": line, "OrderAdjustmentItemId": f"{refund.id}{place}"[-3:] if place else refund.id,
                "QuantityShipped": quantity, "ItemChargeAdjustmentList": charges(Principal=net, Tax=tax, **first),
                "ItemFeeAdjustmentList": [{"FeeType": "Commission", "FeeAmount": {"CurrencyCode": order.currency, "CurrencyAmount": 1}}],
            })  # fmt: skip
        if refund.extra:
            items.append({
                "OrderItemId": order.lines[0].id, "OrderAdjustmentItemId": refund.id,
                "ItemChargeAdjustmentList": charges(Goodwill=refund.extra),
            })  # fmt: skip
        return {"AmazonOrderId": order.id, "PostedDate": utc(refund.at), "ShipmentItemAdjustmentList": items}

    def notify(self, order_id: str, *, seller: str = "SELLER", id: str = "n-1", envelope: bool = False) -> None:
        """Put an ORDER_CHANGE into the queue."""
        told: dict[str, Any] = {
            "NotificationVersion": "1.0", "NotificationType": "ORDER_CHANGE", "PayloadVersion": "1.0",
            "EventTime": "2026-03-10T12:00:00.000Z",
            "Payload": {"OrderChangeNotification": {
                "NotificationLevel": "OrderLevel", "SellerId": seller, "AmazonOrderId": order_id,
                "OrderChangeType": "OrderStatusChange",
                "OrderChangeTrigger": {"TimeOfOrderChange": "2026-03-10T12:00:00.000Z", "ChangeReason": "Fulfillment"},
                "Summary": {"MarketplaceId": "A1F83G8C2ARO7P", "OrderStatus": "Unshipped", "OrderItems": []},
            }},
            "NotificationMetadata": {
                "ApplicationId": "a", "SubscriptionId": "s", "PublishTime": "2026-03-10T12:00:00.000Z", "NotificationId": id,
            },
        }  # fmt: skip
        self.put(json.dumps({"detail-type": "ORDER_CHANGE", "detail": told} if envelope else told))

    def put(self, body: str) -> None:
        self.messages[f"r{self.state.next_id()}"] = body

    def queue_call(self, request: Request) -> Reply:
        """SQS' JSON protocol. What was received is shown again until it is deleted, as after its time-out."""
        assert request.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKID/")
        assert "content-type;host;x-amz-date;x-amz-target" in request.headers["authorization"]
        asked = request.json()
        assert (
            asked["QueueUrl"].endswith("/123/orders")
            and request.headers["content-type"] == "application/x-amz-json-1.0"
        )
        if request.headers["x-amz-target"] == "AmazonSQS.ReceiveMessage":
            rows = list(self.messages.items())[: asked["MaxNumberOfMessages"]]
            return Reply(
                {"Messages": [{"MessageId": id, "ReceiptHandle": id, "Body": body} for id, body in rows]}
                if rows
                else {}
            )
        for row in asked["Entries"]:
            self.messages.pop(row["ReceiptHandle"], None)
        return Reply({"Successful": [{"Id": row["Id"]} for row in asked["Entries"]], "Failed": []})
