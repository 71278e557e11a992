"""Who calls the API: a program with a key (`Authorization: Api-Key <prefix>.<secret>`), or signed-in staff."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission

from backoffice.core.api.limited import check_limits
from backoffice.core.db import database_now
from backoffice.core.models import ApiKey

KEYWORD = "Api-Key"
_USED_EVERY = timedelta(minutes=1)


def make_api_key(
    *,
    name: str,
    user: Any,
    scopes: Sequence[str],
    channel_id: int | None = None,
    company_id: int | None = None,
    expires_at: datetime | None = None,
    requests_per_minute: int | None = None,
) -> tuple[ApiKey, str]:
    """A new key and its whole text, which is shown this once: only the secret's SHA-256 is kept.

    scopes: e.g. "orders:read", "orders:write". The key acts as `user`, who is named in the audit trail.
    """
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        prefix=prefix,
        digest=_digest(secret),
        name=name,
        user=user,
        scopes=list(scopes),
        channel_id=channel_id,
        company_id=company_id,
        expires_at=expires_at,
        requests_per_minute=requests_per_minute,
    )
    return key, f"{prefix}.{secret}"


def _digest(secret: str) -> bytes:
    # A random secret of 256 bits needs no slow hash.
    return hashlib.sha256(secret.encode()).digest()


class ApiKeyAuthentication(BaseAuthentication):
    """request.user is the key's user, request.auth the ApiKey. One answer for every kind of bad key."""

    def authenticate(self, request: Any) -> tuple[Any, ApiKey] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != KEYWORD.lower().encode():
            return None
        if len(words) != 2 or b"." not in words[1]:
            raise AuthenticationFailed(_("Send the header as: Authorization: Api-Key <key>."))
        prefix, _dot, secret = words[1].decode("latin-1").partition(".")
        key = ApiKey.objects.select_related("user").filter(prefix=prefix[:16]).first()
        # Compared even without a row, so that the time tells nothing about prefixes.
        right = hmac.compare_digest(_digest(secret), bytes(key.digest) if key else bytes(32))
        if key is None or not right or not _is_live(key):
            raise AuthenticationFailed(_("This API key is not valid."))
        _note_use(key)
        return key.user, key

    def authenticate_header(self, request: Any) -> str:
        return f'{KEYWORD} realm="backoffice"'


def _is_live(key: ApiKey) -> bool:
    expired = key.expires_at is not None and key.expires_at <= timezone.now()
    return key.revoked_at is None and not expired and key.user.is_active


def _note_use(key: ApiKey) -> None:
    """At most once a minute, for the row would otherwise be the hottest of all."""
    if key.last_used_at is None or key.last_used_at < timezone.now() - _USED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=database_now())


class HasScope(BasePermission):
    """Deny by default. A view names what each method needs:

    required_permissions = {"GET": ("orders.view_order",), "POST": ("orders.add_order",)}   of whoever asks
    required_scopes = {"GET": ("orders:read",), "POST": ("orders:write",)}   of a program's key beside them

    A key acts for its user: it may do what its scopes AND that user's permissions allow.

    A method that is not named is refused. HEAD counts as GET; OPTIONS wants a known caller only.
    """

    def has_permission(self, request: Any, view: Any) -> bool:
        if not (request.user and request.user.is_authenticated):
            return False
        if request.method == "OPTIONS":
            return True
        method = "GET" if request.method == "HEAD" else request.method
        permissions, scopes = (_needed(view, name, method) for name in ("required_permissions", "required_scopes"))
        if permissions is None or scopes is None or not request.user.has_perms(permissions):
            return False
        if not (set(scopes) <= set(request.auth.scopes) if isinstance(request.auth, ApiKey) else request.user.is_staff):
            return False
        check_limits(request, view)
        return True


def may(request: Any, scope: str, permission: str) -> bool:
    """Whether the caller may do something more than the view itself needs: by permission, and a key by scope too."""
    if isinstance(request.auth, ApiKey) and scope not in request.auth.scopes:
        return False
    return bool(request.user.has_perm(permission))


def _needed(view: Any, attribute: str, method: str | None) -> Sequence[str] | None:
    table: Mapping[str, Sequence[str]] = getattr(view, attribute, {})
    return table.get(method or "")
