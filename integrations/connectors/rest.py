"""Shops that stand on a host of their own and answer JSON below one path, as WooCommerce and Medusa do."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from integrations.connectors.access import Limit
from integrations.connectors.base import Account
from integrations.connectors.http import Http, Response
from integrations.errors import ChannelUnavailable


class RestShop:
    """One shop's client. base: the path before every other. always: parameters of every request, secret ones included."""

    def __init__(
        self,
        account: Account,
        base: str,
        headers: Mapping[str, str],
        limits: Mapping[str, Limit],
        *,
        always: Mapping[str, str] | None = None,
        at_once: Mapping[str, int] | None = None,
    ) -> None:
        self.account, self.base, self.always = account, base, always or {}
        self.http = Http(
            name=account.name,
            base_url=account.settings.get("base_url", ""),
            headers={"Accept": "application/json", **headers},
            read_timeout_s=float(account.settings.get("read_timeout_s", 30)),
            limiter=account.limiter,
            limits=limits,
            at_once=at_once,
        )

    def close(self) -> None:
        self.http.close()

    def ask(self, method: str, path: str, *, params: Mapping[str, str] | None = None, body: Any = None) -> Response:
        """A page in HTML instead of an answer is the host's: later."""
        response = self.http.request(method, self.base + path, params={**(params or {}), **self.always}, body=body)
        if "html" in response.headers.get("content-type", ""):
            raise ChannelUnavailable(_("%(name)s answered with a page for people.") % {"name": self.account.name})
        return response
