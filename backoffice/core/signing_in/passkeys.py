"""Passkeys (WebAuthn) as a second factor, through Yubico's fido2. Challenges are kept in the session, and good once."""

import hashlib
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from backoffice.core.actor import Actor
from backoffice.core.models import FactorKind, SecondFactor, User
from backoffice.core.signing_in import factors

STATE = "passkey_state"


def _server(request: HttpRequest) -> Any:
    """The relying party is the name in the address bar; a credential of another name or port does not pass."""
    from fido2.server import Fido2Server
    from fido2.webauthn import PublicKeyCredentialRpEntity

    origin = f"{request.scheme}://{request.get_host()}"
    host = request.get_host().rpartition(":")[0] or request.get_host()
    return Fido2Server(
        PublicKeyCredentialRpEntity(name="Backoffice", id=host), verify_origin=lambda told: told == origin
    )


def _known(user: User) -> list[Any]:
    from fido2.webauthn import AttestedCredentialData

    rows = user.second_factors.filter(kind=FactorKind.PASSKEY, confirmed_at__isnull=False)
    return [AttestedCredentialData(bytes(row.public_key)) for row in rows if row.public_key]


def begin_adding(request: HttpRequest, user: User) -> dict[str, Any]:
    """What the browser is asked to make. The id it is given tells nothing about the person."""
    from fido2.webauthn import PublicKeyCredentialUserEntity

    options, request.session[STATE] = _server(request).register_begin(
        PublicKeyCredentialUserEntity(
            id=hashlib.sha256(f"backoffice user {user.pk}".encode()).digest(),
            name=user.get_username(),
            display_name=user.get_full_name() or user.get_username(),
        ),
        _known(user),
        user_verification="preferred",
    )
    return dict(options)


def finish_adding(request: HttpRequest, user: User, answer: Any, *, name: str, actor: Actor) -> list[str] | None:
    """New recovery codes ([] if there are some); None: the answer does not fit what was asked."""
    state = request.session.pop(STATE, None)
    try:
        made = _server(request).register_complete(state, answer).credential_data if state else None
    except (ValueError, TypeError, KeyError, AttributeError):  # made up by whoever sent it
        return None
    if made is None:
        return None
    with transaction.atomic():
        factor, new = SecondFactor.objects.get_or_create(
            credential_id=made.credential_id,
            defaults={
                "user": user, "kind": FactorKind.PASSKEY, "name": name, "public_key": bytes(made),
                "confirmed_at": timezone.now(),
            },
        )  # fmt: skip
        return factors.note_added(factor, actor=actor) if new else None


def begin_proving(request: HttpRequest, user: User) -> dict[str, Any] | None:
    """What the browser is asked to sign; None without a passkey."""
    known = _known(user)
    if not known:
        return None
    options, request.session[STATE] = _server(request).authenticate_begin(known, user_verification="preferred")
    return dict(options)


def prove(request: HttpRequest, user: User, answer: Any) -> bool:
    """Whether the answer is signed by one of the person's passkeys, for the last challenge. A copied device, whose
    count stands still or falls back, is refused."""
    from fido2.webauthn import AuthenticationResponse

    state = request.session.pop(STATE, None)
    if not state:
        return False
    try:
        used = _server(request).authenticate_complete(state, _known(user), answer)
        count = AuthenticationResponse.from_dict(answer).response.authenticator_data.counter
    except (ValueError, TypeError, KeyError, AttributeError):
        return False
    with transaction.atomic():
        rows = SecondFactor.objects.select_for_update(of=("self",), no_key=True)
        factor = rows.filter(user=user, credential_id=used.credential_id).first()
        if factor is None or ((count or factor.uses) and count <= factor.uses):
            return False
        factor.uses, factor.last_used_at = count, timezone.now()
        factor.save(update_fields=["uses", "last_used_at"])
    return True
