"""Idempotency-Key: a request sent again has one effect and gets the first answer, byte for byte."""

import hashlib
from collections.abc import Callable
from functools import partial, wraps
from typing import Any, ClassVar

from django.db import connection, transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _

from backoffice.core.db import retry_serialization
from backoffice.core.errors import DomainError
from backoffice.core.models import ApiKey, IdempotencyRecord
from backoffice.core.sealing import seal_text, unseal_text

HEADER = "Idempotency-Key"
MAX_KEY = 200
READS = frozenset({"GET", "HEAD", "OPTIONS"})
SEALED = b"gAAAA"  # how every Fernet token begins, and no answer


class KeyMissing(DomainError):
    """This method needs an Idempotency-Key."""

    code = "idempotency_key_missing"
    status = 400


class KeyReused(DomainError):
    """The key was used for another request."""

    code = "idempotency_key_reused"
    status = 422


class InProgress(DomainError):
    """The first request with this key is still at work."""

    code = "in_progress"
    status = 409


def idempotent(*, required: bool = True) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate an APIView's `post`: the answer is stored in the transaction of the effect.

    The first answer below 500 is kept for 30 days and sent again, with Idempotency-Replayed: true. A refusal
    (an exception) rolls back and keeps nothing, so the request may be sent again. Another body, path or
    method under the same key is 422; while the first is at work, 409. Serialization failures are retried here.
    """

    def decorate(method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def once(view: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
            key = request.headers.get(HEADER, "").strip()
            if len(key) > MAX_KEY or (required and not key):
                raise KeyMissing(_("Send an Idempotency-Key header of 1 to 200 characters."))
            if not key:
                return retry_serialization(lambda: _atomically(view, method, request, args, kwargs))
            digest = _digest(request)
            return retry_serialization(lambda: _once(view, method, request, key, digest, args, kwargs))

        once.is_idempotent = True  # type: ignore[attr-defined]
        return once

    return decorate


class AcceptsKeys:
    """For views: a write that is not decorated accepts an Idempotency-Key all the same, PATCH and DELETE too.

    asks: actions that only ask somebody else, outside any transaction; for them the header means nothing.
    """

    asks: ClassVar[frozenset[str]] = frozenset()

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        name = request.method.lower()
        handler = getattr(self, name, None)
        if handler is None or request.method in READS or getattr(handler, "is_idempotent", False):
            return
        if getattr(self, "action", None) in self.asks or not request.headers.get(HEADER, "").strip():
            return
        once = idempotent(required=False)(lambda _view, *given, **named: handler(*given, **named))
        setattr(self, name, partial(once, self))


def _digest(request: Any) -> bytes:
    """SHA-256 of what was sent: of the raw body, or of a form's fields and files, which may be larger than memory."""
    if not request.content_type.startswith("multipart/"):
        return hashlib.sha256(request._request.body).digest()  # before the parser reads the stream
    whole = hashlib.sha256()
    for name in sorted(request.data):
        for value in request.data.getlist(name):
            whole.update(f"\x1f{name}\x1f".encode())
            if hasattr(value, "chunks"):
                for chunk in value.chunks():
                    whole.update(chunk)
                value.seek(0)
            else:
                whole.update(str(value).encode())
    return whole.digest()


def _atomically(view: Any, method: Callable[..., Any], request: Any, args: Any, kwargs: Any) -> Any:
    with transaction.atomic():
        return method(view, request, *args, **kwargs)


def _once(view: Any, method: Callable[..., Any], request: Any, key: str, digest: bytes, args: Any, kwargs: Any) -> Any:
    api_key = request.auth if isinstance(request.auth, ApiKey) else None
    whose = {"api_key": api_key} if api_key else {"api_key": None, "user": request.user}
    with transaction.atomic():
        if not _try_lock(f"{api_key.pk if api_key else f'user {request.user.pk}'} {key}"):
            raise InProgress(_("The first request with this Idempotency-Key is still at work."), key=key)
        stored = IdempotencyRecord.objects.filter(key=key, **whose).first()
        if stored is not None:
            return _replay(stored, request, digest)
        response = method(view, request, *args, **kwargs)
        view.finalize_response(request, response, *args, **kwargs)
        if hasattr(response, "render"):
            response.render()
        if response.status_code >= 500:
            transaction.set_rollback(True)
            return response
        IdempotencyRecord.objects.create(
            api_key=api_key,
            user=request.user,
            key=key,
            method=request.method,
            path=request.path[:500],
            body_sha256=digest,
            status=response.status_code,
            response=seal_text(response.content, owner=_owner(key)),  # it may tell a gift card's code
            content_type=response.headers.get("Content-Type", "")[:100],
        )
        return response


def _try_lock(name: str) -> bool:
    """One request per key at a time; the lock ends with the transaction, however it ends."""
    number = int.from_bytes(hashlib.sha256(f"idempotency {name}".encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        return cursor.fetchone()[0]


def _owner(key: str) -> str:
    return f"answer:{key}"


def kept_answer(stored: IdempotencyRecord) -> bytes:
    """What was answered; answers from before they were sealed stand there as they were sent."""
    kept = bytes(stored.response or b"")
    return unseal_text(kept, owner=_owner(stored.key)) if kept.startswith(SEALED) else kept


def _replay(stored: IdempotencyRecord, request: Any, digest: bytes) -> HttpResponse:
    same = (stored.method, stored.path, bytes(stored.body_sha256)) == (request.method, request.path[:500], digest)
    if not same:
        raise KeyReused(_("This Idempotency-Key was already used for another request."), key=stored.key)
    response = HttpResponse(kept_answer(stored), status=stored.status, content_type=stored.content_type)
    response.headers["Idempotency-Replayed"] = "true"
    return response
