"""Amazon's notifications, out of the seller's SQS queue: it sends nothing over HTTPS. At least once, in no order.

A message is taken off the queue only once what it says is kept here; EventBridge's envelope is opened where there is one.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from integrations.connectors.base import Account
from integrations.connectors.http import Http
from integrations.connectors.sigv4 import Key, signed_headers
from integrations.connectors.values import WebhookEvent
from integrations.errors import ChannelRejected, ChannelUnauthorised

AT_ONCE = 10
HIDDEN_S = 120  # so long a message that was read is shown to nobody else


class Queue:
    """The queue that the settings name, with its own login."""

    def __init__(self, account: Account) -> None:
        self.url = str(account.settings.get("queue_url", ""))
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        self.region = host.split(".")[1] if host.startswith("sqs.") else "us-east-1"
        self.key = Key(account.secrets.get("aws_access_key_id", ""), account.secrets.get("aws_secret_access_key", ""))
        self.host = parts.netloc
        self.http = Http(
            name=account.name, base_url=f"{parts.scheme}://{parts.netloc}", headers={}, limiter=account.limiter
        )

    def close(self) -> None:
        self.http.close()

    def receive(self) -> list[tuple[str, str]]:
        """(receipt, body) of some messages; none where the queue is empty."""
        asked = {"MaxNumberOfMessages": AT_ONCE, "WaitTimeSeconds": 0, "VisibilityTimeout": HIDDEN_S}
        found = self._ask("ReceiveMessage", asked).get("Messages") or ()
        return [(str(row["ReceiptHandle"]), str(row["Body"])) for row in found]

    def delete(self, receipts: Sequence[str]) -> None:
        rows = [{"Id": str(place), "ReceiptHandle": receipt} for place, receipt in enumerate(receipts)]
        self._ask("DeleteMessageBatch", {"Entries": rows})

    def _ask(self, operation: str, body: Mapping[str, Any]) -> Any:
        if not self.key.id or not self.key.secret:
            raise ChannelRejected(_("The queue needs an AWS access key and its secret."))
        content = json.dumps({"QueueUrl": self.url, **body}).encode()
        headers = {
            "Content-Type": "application/x-amz-json-1.0", "Host": self.host, "X-Amz-Target": f"AmazonSQS.{operation}",
        }  # fmt: skip
        signed = signed_headers(
            self.key, method="POST", path="/", headers=headers, content=content, region=self.region, service="sqs"
        )
        signed.pop("Host")  # the client sends it
        try:
            return self.http.request("POST", "/", content=content, headers=signed, operation="queue").json()
        except ChannelUnauthorised as error:  # the queue's login is not the seller's, which still works
            raise ChannelRejected(_("The queue refused its access key: %(why)s") % {"why": error.detail}) from error


def events_of(body: str, seller: str) -> list[WebhookEvent]:
    """The order of this seller that a message is about, because it changed or was refunded; none for anything else."""
    try:
        told = json.loads(body)
        told = told.get("detail", told)
        kind, payload = told["NotificationType"], told["Payload"]
        key = str(told["NotificationMetadata"]["NotificationId"])[:120]
        if kind == "ORDER_CHANGE":
            change = payload["OrderChangeNotification"]
            if change["SellerId"] == seller:
                return [WebhookEvent(kind, str(change["AmazonOrderId"]), key)]
        if kind == "TRANSACTION_UPDATE":
            money = payload["TransactionUpdateNotification"]
            names = {row["RelatedIdentifierName"]: row["RelatedIdentifierValue"] for row in money["RelatedIdentifiers"]}
            own = money["SellingPartnerMetadata"]["SellingPartnerId"] == seller
            if own and money["TransactionType"] == "Refund" and names.get("OrderId"):
                return [WebhookEvent("refund", str(names["OrderId"]), key)]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []
    return []
