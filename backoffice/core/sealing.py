"""Secrets that we must read again, encrypted with keys that are not in the database.

BACKOFFICE_SECRETS_KEY: Fernet keys, newest first; older ones still open what they sealed
(`manage.py rotate_secrets` seals everything anew). The owner's name is sealed in: a row's secrets copied
to another row do not open there.
"""

import base64
import hashlib
import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

from backoffice.core.errors import DomainError


class Unreadable(DomainError):
    """What was sealed cannot be opened; the refusal tells no value."""

    code = "secrets_unreadable"


def _fernet() -> MultiFernet:
    keys = list(settings.SECRETS_KEYS)
    if not keys and settings.PRODUCTION:
        raise ImproperlyConfigured("BACKOFFICE_SECRETS_KEY is not set: give a key made by Fernet.generate_key().")
    if not keys:
        digest = hashlib.sha256(b"channel secrets of a laptop:" + settings.SECRET_KEY.encode()).digest()
        keys = [base64.urlsafe_b64encode(digest).decode()]
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise ImproperlyConfigured("BACKOFFICE_SECRETS_KEY holds something that is no Fernet key.") from error


def seal(values: Mapping[str, str], *, owner: str) -> bytes:
    """Encrypt. owner: whose they are, e.g. "connection:5"."""
    return _fernet().encrypt(json.dumps({"owner": owner, "values": dict(values)}).encode())


def unseal(sealed: bytes | memoryview | None, *, owner: str) -> dict[str, str]:
    """Decrypt; nothing sealed gives nothing. Raises Unreadable, which tells no value."""
    if not sealed:
        return {}
    content = json.loads(_decrypted(bytes(sealed), owner))
    if content["owner"] != owner:
        raise _of_another(owner)
    return content["values"]


def seal_text(content: bytes, *, owner: str) -> bytes:
    """Encrypt what is no set of values: a session, an answer."""
    return _fernet().encrypt(owner.encode() + b"\0" + content)


def unseal_text(sealed: bytes | memoryview, *, owner: str) -> bytes:
    """Raises Unreadable."""
    whose, _nul, content = _decrypted(bytes(sealed), owner).partition(b"\0")
    if whose.decode() != owner:
        raise _of_another(owner)
    return content


def _decrypted(sealed: bytes, owner: str) -> bytes:
    try:
        return _fernet().decrypt(sealed)
    except InvalidToken as error:
        raise Unreadable(
            _("The secrets of %(owner)s cannot be opened with the keys of BACKOFFICE_SECRETS_KEY.") % {"owner": owner}
        ) from error


def _of_another(owner: str) -> Unreadable:
    return Unreadable(_("The secrets of %(owner)s belong to another row.") % {"owner": owner})
