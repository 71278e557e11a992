"""Which addresses the back office may call: those of the internet, and one's own that BACKOFFICE_EGRESS_ALLOW names."""

import ipaddress
import socket
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import httpcore
from django.conf import settings
from django.utils.translation import gettext as _

from backoffice.core.errors import DomainError

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class EgressRefused(DomainError):
    """An address that the back office does not call; nothing was sent."""

    code = "address_refused"
    status = 400


def check_url(url: str) -> str:
    """The address, if it is one that may be called as far as its text tells. Raises EgressRefused with the reason."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError as error:
        raise EgressRefused(_("This is not an address: %(url)s") % {"url": url[:200]}) from error
    if parts.scheme not in ("https", "http") or not host:
        raise EgressRefused(_("Give a whole address that begins with https://"))
    if parts.username is not None or parts.password is not None:
        raise EgressRefused(_("An address must not hold a user name or a password."))
    if parts.scheme == "http" and not _is_named(host):
        raise EgressRefused(_("Give an address that begins with https://: without TLS everybody on the way reads it."))
    literal = _as_address(host)
    if literal is not None and not _may_call(host, literal):
        raise _refused(host)
    return url


def is_public(address: Address) -> bool:
    """Whether it leads to the internet: also not by way of an address that wraps a private one."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, each of them public or allowed. Raises EgressRefused if a single one is not."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"{host} cannot be resolved") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for text in addresses:
        address = _as_address(text)
        if address is None or not _may_call(host, address):
            raise _refused(host)
    return addresses


def _as_address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None


def _is_named(host: str) -> bool:
    """Whether the host, or the network of the address that it is, stands on the list of one's own."""
    address = _as_address(host)
    return host.lower() in _allowed()[0] or (address is not None and any(address in net for net in _allowed()[1]))


def _may_call(host: str, address: Address) -> bool:
    return is_public(address) or host.lower() in _allowed()[0] or any(address in net for net in _allowed()[1])


def _allowed() -> tuple[frozenset[str], tuple[Any, ...]]:
    return _read_allowed(tuple(settings.EGRESS_ALLOW))


@lru_cache(maxsize=8)
def _read_allowed(entries: tuple[str, ...]) -> tuple[frozenset[str], tuple[Any, ...]]:
    names, networks = set(), []
    for entry in entries:
        try:
            networks.append(ipaddress.ip_network(entry, strict=False))
        except ValueError:
            names.add(entry.lower())
    return frozenset(names), tuple(networks)


def _refused(host: str) -> EgressRefused:
    return EgressRefused(
        _("%(host)s leads into a private network: the back office does not call it.") % {"host": host[:200]}, host=host
    )
