"""Asking for the password or a second factor, and remembering in the session when it was given last."""

import json
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils.translation import gettext as _

from backoffice.core.errors import DomainError
from backoffice.core.models import User
from backoffice.core.signing_in import factors, passkeys
from backoffice.core.signing_in.sessions import ADDRESS, DEVICE
from backoffice.core.signing_in.tries import address_of, take_place, was_right, was_wrong

PROVED_AT = "proved_at"
MUST_ENROL = "must_enrol"


class ProofNeeded(DomainError):
    """The password or a second factor must be given again first."""

    code = "step_up_required"
    status = 403


def refused() -> str:
    """One sentence for every reason, so that it tells neither who has an account nor whether it waits."""
    return _(
        "This was not right, or it was tried too often. After %(tries)s wrong tries everybody waits %(minutes)s minutes."
    ) % {"tries": settings.SIGN_IN_TRIES, "minutes": settings.SIGN_IN_WAIT_MINUTES}


def check_password(request: HttpRequest, username: str, password: str) -> User | None:
    """The person, if the password is right and they may still try."""
    user = User.objects.filter(username=username).first()
    address = address_of(request)
    place = take_place(user, username=username, address=address)
    if place is None:
        return None
    found = authenticate(request, username=username, password=password)
    if found is None:
        was_wrong(place, user, address=address, request_id=getattr(request, "request_id", ""))
        return None
    was_right(place)
    return found  # type: ignore[return-value]


def check_factor(request: HttpRequest, user: User, *, code: str = "", passkey: str = "") -> bool:
    """Whether a code of the app, a recovery code, or what a passkey signed is right; counted like passwords."""
    address = address_of(request)
    place = take_place(user, username="", address=address)
    if place is None:
        return False
    right = passkeys.prove(request, user, _answer(passkey)) if passkey else factors.take_code(user, code)
    if right:
        was_right(place)
    else:
        was_wrong(place, user, address=address, request_id=getattr(request, "request_id", ""))
    return right


def _answer(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def note_proof(request: HttpRequest) -> None:
    request.session[PROVED_AT] = int(time.time())


def proved_recently(request: Any) -> bool:
    """Whether the password or a factor was given within BACKOFFICE_STEP_UP_MINUTES; signing in counts."""
    if not settings.STEP_UP_MINUTES:
        return True
    return time.time() - request.session.get(PROVED_AT, 0) < settings.STEP_UP_MINUTES * 60


def require_proof(request: Any) -> None:
    """For the API: signed-in people prove themselves on the page; keys have their scopes. Raises ProofNeeded."""
    if getattr(request, "auth", None) is None and not proved_recently(request):
        raise ProofNeeded(_("Confirm that it is you at /admin/confirm/ first."))


def asks_proof(when: Callable[[Any], bool] = lambda request: True) -> Callable[..., Any]:
    """For a method of the API that moves money out; above `idempotent`, which would keep the refusal."""

    def decorate(method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def guarded(view: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
            if when(request):
                require_proof(request)
            return method(view, request, *args, **kwargs)

        return guarded

    return decorate


def on_signed_in(sender: Any, request: Any, user: User, **kwargs: Any) -> None:
    """Receiver of user_logged_in: the session knows where it is, since when, and whether a factor is missing."""
    session = request.session
    session[ADDRESS] = address_of(request)
    session[DEVICE] = request.META.get("HTTP_USER_AGENT", "")[:200]
    note_proof(request)
    if factors.must_enrol(user):
        session[MUST_ENROL] = True
    else:
        session.pop(MUST_ENROL, None)
