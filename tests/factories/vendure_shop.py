"""What a buyer and a shopkeeper do in a running Vendure, over its own APIs; nothing of our connector is in it."""

from typing import Any

import httpx

ADDRESS = {
    "fullName": "Nino Abashidze", "streetLine1": "Rustaveli 1", "city": "Tbilisi", "postalCode": "0108",
    "countryCode": "GE",
}  # fmt: skip
ORDER = """
  id code state updatedAt orderPlacedAt totalWithTax lines { id quantity productVariant { sku } }
  payments { id refunds { id state total } } fulfillments { id state method trackingCode lines { orderLineId quantity } }"""


class Api:
    def __init__(self, url: str, path: str) -> None:
        self.url, self.headers = f"{url}/{path}", {}

    def ask(self, document: str, **variables: Any) -> Any:
        """The data; a session that the answer begins is kept."""
        answer = httpx.post(
            self.url,
            json={"query": document, "variables": variables},
            headers=self.headers,
            timeout=60,
            trust_env=False,
        )
        if token := answer.headers.get("vendure-auth-token"):
            self.headers["Authorization"] = f"Bearer {token}"
        said = answer.json()
        assert not said.get("errors"), said["errors"]
        for outcome in said["data"].values():
            assert not (isinstance(outcome, dict) and "errorCode" in outcome), outcome
        return said["data"]


class Buyer(Api):
    def __init__(self, url: str) -> None:
        super().__init__(url, "shop-api")

    def order(self, email: str = "nino@shop.example", **quantities: int) -> str:
        """Place and pay an order of so many of each variant id (v1=2); its id."""
        for name, quantity in quantities.items():
            self.ask(
                "mutation($id: ID!, $n: Int!) { addItemToOrder(productVariantId: $id, quantity: $n) {"
                " ... on ErrorResult { errorCode message } } }",
                id=name.removeprefix("v"), n=quantity,
            )  # fmt: skip
        self.ask(
            "mutation($i: CreateCustomerInput!, $a: CreateAddressInput!) {"
            " setCustomerForOrder(input: $i) { ... on ErrorResult { errorCode message } }"
            " setOrderShippingAddress(input: $a) { ... on ErrorResult { errorCode message } } }",
            i={"firstName": "Nino", "lastName": "Abashidze", "emailAddress": email}, a=ADDRESS,
        )  # fmt: skip
        method = self.ask("{ eligibleShippingMethods { id } }")["eligibleShippingMethods"][0]["id"]
        self.ask(
            "mutation($m: [ID!]!) { setOrderShippingMethod(shippingMethodId: $m) {"
            " ... on ErrorResult { errorCode message } }"
            ' transitionOrderToState(state: "ArrangingPayment") { ... on ErrorResult { errorCode message } } }',
            m=[method],
        )
        methods = self.ask("{ eligiblePaymentMethods { code } }")["eligiblePaymentMethods"]
        paid = self.ask(
            "mutation($p: PaymentInput!) { addPaymentToOrder(input: $p) {"
            " ... on ErrorResult { errorCode message } ... on Order { id state } } }",
            p={"method": methods[0]["code"], "metadata": {}},
        )["addPaymentToOrder"]
        assert paid["state"] == "PaymentSettled"
        return str(paid["id"])


class Keeper(Api):
    """The shop's administrator."""

    def __init__(self, url: str, username: str, password: str) -> None:
        super().__init__(url, "admin-api")
        self.ask(
            "mutation($u: String!, $p: String!) { login(username: $u, password: $p) {"
            " ... on ErrorResult { errorCode message } } }",
            u=username, p=password,
        )  # fmt: skip

    def order(self, id: str) -> Any:
        return self.ask(f"query($id: ID!) {{ order(id: $id) {{ {ORDER} }} }}", id=id)["order"]

    def stock(self, sku: str) -> tuple[int, int]:
        """(on hand, promised to orders)."""
        rows = self.ask("{ productVariants { items { sku stockLevels { stockOnHand stockAllocated } } } }")
        [levels] = [row["stockLevels"] for row in rows["productVariants"]["items"] if row["sku"] == sku]
        return levels[0]["stockOnHand"], levels[0]["stockAllocated"]

    def variant(self, sku: str) -> Any:
        rows = self.ask("{ productVariants { items { id sku name price } } }")["productVariants"]["items"]
        return next(row for row in rows if row["sku"] == sku)

    def cancel(self, id: str, lines: dict[str, int] | None = None, *, shipping: bool = False) -> None:
        given: dict[str, Any] = {"orderId": id, "reason": "changed mind", "cancelShipping": shipping}
        if lines is not None:
            given["lines"] = [{"orderLineId": line, "quantity": quantity} for line, quantity in lines.items()]
        self.ask(
            "mutation($i: CancelOrderInput!) { cancelOrder(input: $i) { ... on ErrorResult { errorCode message } } }",
            i=given,
        )

    def refund(self, id: str, amount: int, **more: Any) -> str:
        """Asked for; it is money once it is settled."""
        payment = self.order(id)["payments"][0]["id"]
        return str(self.ask(
            "mutation($i: RefundOrderInput!) { refundOrder(input: $i) {"
            " ... on ErrorResult { errorCode message } ... on Refund { id state } } }",
            i={"paymentId": payment, "amount": amount, "reason": "faulty", "shipping": 0, "adjustment": 0} | more,
        )["refundOrder"]["id"])  # fmt: skip

    def settle(self, refund: str) -> None:
        self.ask(
            "mutation($i: SettleRefundInput!) { settleRefund(input: $i) { ... on ErrorResult { errorCode message } } }",
            i={"id": refund, "transactionId": f"back-{refund}"},
        )

    def modify(self, id: str, **changes: Any) -> None:
        """Edit a placed order."""
        move = "mutation($id: ID!, $s: String!) { transitionOrderToState(id: $id, state: $s) { ... on ErrorResult { errorCode message } } }"
        before = self.order(id)["state"]
        self.ask(move, id=id, s="Modifying")
        self.ask(
            "mutation($i: ModifyOrderInput!) { modifyOrder(input: $i) { ... on ErrorResult { errorCode message } } }",
            i={"orderId": id, "dryRun": False} | changes,
        )
        self.ask(move, id=id, s=before)

    def api_key(self) -> str:
        role = self.ask("{ roles(options: {take: 1}) { items { id } } }")["roles"]["items"][0]["id"]
        made = self.ask(
            "mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { apiKey } }",
            i={"roleIds": [role], "translations": [{"languageCode": "en", "name": "back office"}]},
        )
        return str(made["createApiKey"]["apiKey"])
