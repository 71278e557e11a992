"""Calls of Vendure's admin API: login, and refusals that come as success.

An administrator's session is asked for with user name and password and ends after a while; an API key does not. Either
way a login that does not count is answered with 200 and FORBIDDEN in it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from integrations.connectors.access import Grant, Limit
from integrations.connectors.base import Account
from integrations.connectors.http import Http, Response
from integrations.connectors.vendure.documents import CLOCK, LOGIN
from integrations.errors import ChannelRejected, ChannelUnauthorised, ChannelUnavailable

# The API has no limits; the shop's host has: gentle.
LIMITS = {"*": Limit(rate_per_s=10.0, burst=60.0)}
SESSION_S = 12 * 3600.0  # a session lives as long as the shop says, a year unless it says otherwise
TOKEN = "vendure-auth-token"


class Vendure:
    """One shop's client."""

    def __init__(self, account: Account) -> None:
        self.account = account
        settings = account.settings
        self.path = "/" + settings.get("api_path", "admin-api").strip("/")
        headers = {"Accept": "application/json"}
        if token := settings.get("channel_token", ""):
            headers["vendure-token"] = token
        self.http = Http(
            name=account.name,
            base_url=settings.get("base_url", ""),
            headers=headers,
            read_timeout_s=float(settings.get("read_timeout_s", 30)),
            limiter=account.limiter,
            limits=LIMITS,
        )

    def ask(self, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The data of an answer. Raises ChannelThrottled, ChannelUnavailable, ChannelUnauthorised, ChannelRejected."""
        return self.send(document, variables)[0]

    def act(self, document: str, name: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The outcome of a mutation. Raises ChannelRejected with Vendure's own words where it refused."""
        outcome: dict[str, Any] = self.ask(document, variables)[name]
        if "errorCode" in outcome:
            raise ChannelRejected(f"{outcome['message']} ({outcome['errorCode']})"[:250])
        return outcome

    def server_time(self) -> datetime:
        return self.send(CLOCK)[1].server_time()

    def send(self, document: str, variables: Mapping[str, Any] | None = None) -> tuple[dict[str, Any], Response]:
        """A session that ended is begun anew, once."""
        stale = ""
        for attempt in (1, 2):
            stale, login = self._login(stale)
            answer, response = self._exchange(document, variables, login)
            codes = _codes(answer)
            if "FORBIDDEN" not in codes or attempt == 2 or not stale:
                break
        if codes or "errors" in answer:
            raise self._error(answer, codes)
        data = answer.get("data")
        if not isinstance(data, dict):
            raise ChannelRejected(_("The channel's answer makes no sense."))
        return data, response

    def _exchange(
        self, document: str, variables: Mapping[str, Any] | None, headers: Mapping[str, str]
    ) -> tuple[dict[str, Any], Response]:
        body = {"query": document, "variables": dict(variables or {})}
        response = self.http.request("POST", self.path, body=body, headers=headers)
        if "html" in response.headers.get("content-type", ""):
            raise ChannelUnavailable(_("%(name)s answered with a page for people.") % {"name": self.account.name})
        answer = response.json()
        if not isinstance(answer, dict):
            raise ChannelRejected(_("The channel's answer makes no sense."))
        return answer, response

    def _login(self, stale: str) -> tuple[str, Mapping[str, str]]:
        """(the session's token, "" with an API key; the headers)."""
        if key := self.account.secrets.get("api_key", ""):
            return "", {"vendure-api-key": key}
        if self.account.tokens is None:
            token = self._begin_session(self.account.secrets).token
        else:
            token = self.account.tokens.token(self._begin_session, stale=stale)
        return token, {"Authorization": f"Bearer {token}"}

    def _begin_session(self, secrets: Mapping[str, str]) -> Grant:
        given = {name: secrets.get(name, "") for name in ("username", "password")}
        try:
            answer, response = self._exchange(LOGIN, given, {})
        except ChannelRejected as error:
            raise ChannelUnauthorised(error.detail) from error
        if codes := _codes(answer):
            raise self._error(answer, codes)
        outcome = (answer.get("data") or {}).get("login") or {}
        if "errorCode" in outcome:
            raise ChannelUnauthorised(f"{outcome['message']} ({outcome['errorCode']})"[:250])
        token = response.headers.get(TOKEN, "")
        if not token:
            raise ChannelUnauthorised(
                _("The shop gave no session token: its authOptions.tokenMethod must allow “bearer”.")
            )
        return Grant(token, SESSION_S)

    def _error(self, answer: Mapping[str, Any], codes: set[str]) -> Exception:
        said = "; ".join(str(row.get("message", "")) for row in _errors(answer))[:200]
        if codes & {"FORBIDDEN", "UNAUTHORIZED"}:
            return ChannelUnauthorised(said)
        if "TOO_MANY_REQUESTS" in codes:
            return self.http.throttled("*", 5.0)
        if "INTERNAL_SERVER_ERROR" in codes:
            return ChannelUnavailable(said, uncertain=True)
        return ChannelRejected(said)


def _errors(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = answer.get("errors") or []
    return rows if isinstance(rows, list) else [{"message": str(rows)}]


def _codes(answer: Mapping[str, Any]) -> set[str]:
    return {str((row.get("extensions") or {}).get("code", "")) or "UNKNOWN" for row in _errors(answer)}
