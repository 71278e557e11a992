"""Secrets of connections: sealed as all of the house's are, and refused as a channel's login that no longer works."""

from backoffice.core import sealing
from backoffice.core.sealing import seal
from integrations.errors import SecretsUnreadable

__all__ = ["seal", "unseal"]


def unseal(sealed: bytes | memoryview | None, *, owner: str) -> dict[str, str]:
    """Decrypt; nothing sealed gives nothing. Raises SecretsUnreadable, which tells no value."""
    try:
        return sealing.unseal(sealed, owner=owner)
    except sealing.Unreadable as error:
        raise SecretsUnreadable(error.detail) from error
