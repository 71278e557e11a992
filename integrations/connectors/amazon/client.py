"""Calls of the Selling Partner API: login with Amazon, one bucket for each operation."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from integrations.connectors.access import Grant, Limit
from integrations.connectors.base import Account
from integrations.connectors.http import Http, Response
from integrations.errors import ChannelRejected, ChannelUnauthorised

ORDERS_VERSION = "2026-01-01"
HOSTS = {
    "na": "https://sellingpartnerapi-na.amazon.com",
    "eu": "https://sellingpartnerapi-eu.amazon.com",
    "fe": "https://sellingpartnerapi-fe.amazon.com",
}
LOGIN = "https://api.amazon.com"
# Rate a second and burst as each operation's specification says.
LIMITS = {
    "searchOrders": Limit(0.0056, 20),
    "getOrder": Limit(0.5, 30),
    "confirmShipment": Limit(2, 10),
    "patchListingsItem": Limit(5, 5),
    "putListingsItem": Limit(5, 5),
    "getListingsItem": Limit(5, 5),
    "searchListingsItems": Limit(5, 5),
    "createFeedDocument": Limit(0.5, 15),
    "createFeed": Limit(0.0083, 15),
    "getFeed": Limit(2, 15),
    "getFeedDocument": Limit(0.0222, 10),
    "createReport": Limit(0.0167, 15),
    "getReport": Limit(2, 15),
    "getReportDocument": Limit(0.0167, 15),
    "listTransactions": Limit(0.5, 10),
    "listFinancialEventsByOrderId": Limit(0.5, 30),
    "*": Limit(0.5, 10),
}


class Amazon:
    """One seller's client."""

    def __init__(self, account: Account) -> None:
        self.account = account
        settings = account.settings
        self.timeout_s = float(settings.get("read_timeout_s", 30))
        self.base_url = settings.get("base_url") or HOSTS.get(settings.get("region", "na"), HOSTS["na"])
        self.http = Http(
            name=account.name,
            base_url=self.base_url,
            headers={"Accept": "application/json"},
            read_timeout_s=self.timeout_s,
            limiter=account.limiter,
            limits=LIMITS,
            authorise=self._login,
        )

    def _login(self, stale: str) -> tuple[str, Mapping[str, str]]:
        token = self.account.tokens.token(self._renew, stale=stale) if self.account.tokens else ""
        return token, {"x-amz-access-token": token}

    def _renew(self, secrets: Mapping[str, str]) -> Grant:
        form = {
            "grant_type": "refresh_token",
            "refresh_token": secrets.get("refresh_token", ""),
            "client_id": secrets.get("client_id", ""),
            "client_secret": secrets.get("client_secret", ""),
        }
        plain = self._plain(self.account.settings.get("login_url") or LOGIN)
        try:
            answer = plain.request("POST", "/auth/o2/token", form=form, operation="login").json()
        except ChannelRejected as error:
            raise ChannelUnauthorised(error.detail) from error
        finally:
            plain.close()
        return Grant(str(answer["access_token"]), float(answer.get("expires_in", 3600)))

    def _plain(self, base_url: str = "") -> Http:
        """Without the seller's token: for the login and for documents, which lie elsewhere."""
        return Http(
            name=self.account.name,
            base_url=base_url,
            headers={},
            read_timeout_s=self.timeout_s,
            limiter=self.account.limiter,
        )

    def call(
        self, operation: str, method: str, path: str, *, params: Mapping[str, str] | None = None, body: Any = None
    ) -> Response:
        return self.http.request(method, path, params=params, body=body, operation=operation)

    def upload(self, url: str, content: bytes) -> None:
        plain = self._plain()
        try:
            plain.request(
                "PUT",
                url,
                content=content,
                headers={"Content-Type": "application/json; charset=UTF-8"},
                operation="document",
            )
        finally:
            plain.close()

    def download(self, url: str) -> bytes:
        plain = self._plain()
        try:
            return plain.request("GET", url, operation="document").body
        finally:
            plain.close()

    def server_time(self) -> datetime:
        """The gateway's clock: it answers anybody with a Date, and costs no operation's limit."""
        plain = self._plain(self.base_url)
        try:
            return plain.request("GET", "/", expected=frozenset({400, 401, 403, 404}), operation="clock").server_time()
        finally:
            plain.close()

    def setting(self, name: str) -> str:
        value = self.account.settings.get(name, "")
        if not value:
            raise ChannelRejected(_("The connection's settings do not say %(name)s.") % {"name": name})
        return value


def utc(moment: datetime) -> str:
    """Amazon refuses offsets: always Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
