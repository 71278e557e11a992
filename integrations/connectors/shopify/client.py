"""Calls of Shopify's GraphQL API: login, query cost, throttles inside a 200, errors told apart."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from integrations.connectors.access import Grant, Limit
from integrations.connectors.base import Account
from integrations.connectors.http import Http, Response
from integrations.connectors.shopify.documents import CLOCK, VERSION
from integrations.errors import ChannelRejected, ChannelUnauthorised, ChannelUnavailable

# Points of query cost: what a standard shop restores a second, and how many it saves up.
LIMITS = {"*": Limit(rate_per_s=100.0, burst=2000.0)}
PAGE_COST = 300.0  # about what a page of orders asks for


class Shopify:
    """One shop's client."""

    def __init__(self, account: Account) -> None:
        self.account = account
        settings = account.settings
        self.http = Http(
            name=account.name,
            base_url=settings.get("base_url") or f"https://{settings.get('shop', '')}",
            headers={"Accept": "application/json"},
            read_timeout_s=float(settings.get("read_timeout_s", 30)),
            limiter=account.limiter,
            limits=LIMITS,
            authorise=self._login,
        )

    def _login(self, stale: str) -> tuple[str, Mapping[str, str]]:
        """A token of the merchant's own app never ends; that of a public app lives an hour and is renewed."""
        fixed = self.account.secrets.get("access_token", "")
        token = fixed if fixed or self.account.tokens is None else self.account.tokens.token(self._renew, stale=stale)
        return token, {"X-Shopify-Access-Token": token}

    def _renew(self, secrets: Mapping[str, str]) -> Grant:
        """A public app's refresh token is replaced by this very call; without one the app logs in by itself."""
        form = {"client_id": secrets.get("client_id", ""), "client_secret": secrets.get("client_secret", "")}
        if refresh := secrets.get("refresh_token", ""):
            form |= {"grant_type": "refresh_token", "refresh_token": refresh}
        else:
            form |= {"grant_type": "client_credentials"}
        plain = Http(name=self.account.name, base_url=self.http.base_url, headers={}, limiter=self.account.limiter)
        try:
            answer = plain.request("POST", "/admin/oauth/access_token", form=form, operation="login").json()
        except ChannelRejected as error:
            raise ChannelUnauthorised(error.detail) from error
        finally:
            plain.close()
        replaced = {"refresh_token": str(answer["refresh_token"])} if answer.get("refresh_token") else {}
        return Grant(str(answer["access_token"]), float(answer.get("expires_in", 3600)), replaced)

    def ask(self, document: str, variables: Mapping[str, Any] | None = None, *, cost: float = 10.0) -> dict[str, Any]:
        """The data of an answer. Raises ChannelThrottled, ChannelUnavailable, ChannelRejected."""
        return self.send(document, variables, cost=cost)[0]

    def send(
        self, document: str, variables: Mapping[str, Any] | None = None, *, cost: float = 10.0
    ) -> tuple[dict[str, Any], Response]:
        response = self.http.request(
            "POST",
            f"/admin/api/{VERSION}/graphql.json",
            body={"query": document, "variables": dict(variables or {})},
            cost=cost,
        )
        self._look_at_version(response)
        answer = response.json()
        if not isinstance(answer, dict):
            raise ChannelRejected(_("The channel's answer makes no sense."))
        if errors := answer.get("errors"):
            raise self._error(errors, answer)
        real = ((answer.get("extensions") or {}).get("cost") or {}).get("actualQueryCost")
        if real is not None:
            self.http.limiter.correct("*", LIMITS["*"], float(real) - cost)
        data = answer.get("data")
        if not isinstance(data, dict):
            raise ChannelRejected(_("The channel's answer makes no sense."))
        return data, response

    def _error(self, errors: Any, answer: Mapping[str, Any]) -> Exception:
        """A throttle comes as success with an error in it."""
        rows: list[dict[str, Any]] = errors if isinstance(errors, list) else [{"message": str(errors)}]
        codes = {str((row.get("extensions") or {}).get("code", "")) for row in rows}
        if "THROTTLED" in codes:
            return self.http.throttled("*", _restored_in(answer))
        said = "; ".join(str(row.get("message", "")) for row in rows)[:200]
        if "INTERNAL_SERVER_ERROR" in codes:
            return ChannelUnavailable(said, uncertain=True)
        if "ACCESS_DENIED" in codes:
            return ChannelUnauthorised(said)
        return ChannelRejected(said)

    def _look_at_version(self, response: Response) -> None:
        """A version that ended is answered by the oldest that lives: other than we were written for."""
        served = response.headers.get("x-shopify-api-version", VERSION)
        if served != VERSION:
            self.account.notices.append(
                _("Shopify answers with version %(served)s instead of %(asked)s, which has ended.")
                % {"served": served, "asked": VERSION}
            )
        if reason := response.headers.get("x-shopify-api-deprecated-reason", ""):
            self.account.notices.append(_("Shopify will take away what we use: %(reason)s") % {"reason": reason[:150]})

    def server_time(self) -> datetime:
        data, response = self.send(CLOCK, cost=2.0)
        versions = {row["handle"]: row["supported"] for row in data["publicApiVersions"]}
        if versions.get(VERSION) is False:
            self.account.notices.append(_("Shopify no longer supports version %(version)s.") % {"version": VERSION})
        return response.server_time()


def _restored_in(answer: Mapping[str, Any]) -> float:
    """Seconds until the asked cost is there again."""
    cost = (answer.get("extensions") or {}).get("cost") or {}
    status = cost.get("throttleStatus") or {}
    try:
        lacking = float(cost["requestedQueryCost"]) - float(status["currentlyAvailable"])
        wait = lacking / float(status["restoreRate"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return 5.0
    return max(wait, 0.5) if math.isfinite(wait) else 5.0
