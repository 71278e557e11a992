"""What integrations refuse, and how channels fail."""

from backoffice.core.errors import DomainError


class ChannelUnavailable(DomainError):
    """A time-out, 429 or 5xx: try again later. retry_after_s: what the channel asked for.

    uncertain: the request may have had its effect; read back before it is sent again.
    """

    code = "channel_unavailable"
    status = 503

    def __init__(self, detail: str, *, retry_after_s: float | None = None, uncertain: bool = False) -> None:
        super().__init__(detail, retry_after_s=retry_after_s)
        self.retry_after_s = retry_after_s
        self.uncertain = uncertain


class ChannelThrottled(ChannelUnavailable):
    """The account's limit is used up, or its circuit is open: nothing is broken, it goes on at that time."""

    code = "channel_throttled"


class ChannelRejected(DomainError):
    """The channel understood and said no, or answered what makes no sense: park and show, do not try again."""

    code = "channel_rejected"
    status = 502


class ChannelUnauthorised(ChannelRejected):
    """The login no longer works: the connection waits for a new one."""

    code = "channel_unauthorised"


class PageTokenExpired(ChannelUnavailable):
    """A walk over pages cannot go on from here; it is begun anew."""

    code = "page_token_expired"


class PayloadUnreadable(DomainError):
    """A received order makes no sense; context["field"] says where."""

    code = "payload_unreadable"


class SecretsUnreadable(ChannelUnauthorised):
    """A connection's secrets were sealed with a key that is not configured, or belong to another row."""

    code = "secrets_unreadable"


class NotActive(DomainError):
    """A connection that is paused, parked or being set up runs nothing."""

    code = "connection_not_active"


class CatalogueNotReadable(DomainError):
    """The channel shows no list of what it sells."""

    code = "no_catalogue"


class UnknownConnector(DomainError):
    code = "unknown_connector"
