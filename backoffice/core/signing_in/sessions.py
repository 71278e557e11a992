"""Django's sessions, of which the database keeps a digest of the cookie, the person, the device and when it was last seen.

Whoever reads the table, or a dump of it, can open no session, nor read what is in it: a code that is shown once waits there.
"""

import hashlib
from datetime import timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone
from django.utils.encoding import force_bytes

from backoffice.core.sealing import Unreadable, seal_text, unseal_text

SEEN_EVERY = timedelta(minutes=5)
DEVICE = "signed_in_device"
ADDRESS = "signed_in_address"
OWNER = "session"


def stored_key(cookie: str) -> str:
    """What stands in the table for a cookie: 160 bits of its SHA-256, as long as the column."""
    return hashlib.sha256(cookie.encode()).hexdigest()[:40]


class SessionStore(DatabaseStore):
    """The cookie's value lives in this object only; every statement knows its digest."""

    @classmethod
    def get_model_class(cls) -> Any:
        from backoffice.core.models import StaffSession

        return StaffSession

    def encode(self, session_dict: dict[str, Any]) -> str:
        return seal_text(self.serializer().dumps(session_dict), owner=OWNER).decode()

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """Nothing, so that the person signs in again, where no key opens it."""
        try:
            return dict(self.serializer().loads(unseal_text(force_bytes(session_data), owner=OWNER)))
        except Unreadable:
            return {}

    def load(self) -> dict[str, Any]:
        now = timezone.now()
        row: Any = self.model.objects.filter(
            session_key=stored_key(self.session_key or ""), expire_date__gt=now
        ).first()
        if row is None:
            self._session_key = None
            return {}
        if row.user_id and row.last_seen_at < now - SEEN_EVERY:
            self.model.objects.filter(pk=row.pk).update(last_seen_at=Now())
        return dict(self.decode(row.session_data))

    def exists(self, session_key: str) -> bool:
        return bool(self.model.objects.filter(session_key=stored_key(session_key)).exists())

    def create_model_instance(self, data: Any) -> Any:
        store: Any = self
        return self.model(
            session_key=stored_key(store._get_or_create_session_key()),
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            user_id=int(data[SESSION_KEY]) if data.get(SESSION_KEY) else None,
            address=data.get(ADDRESS, ""),
            device=data.get(DEVICE, ""),
        )

    def save(self, must_create: bool = False) -> None:
        """As Django's, but a change leaves started_at and last_seen_at as they are."""
        if self.session_key is None or must_create:
            super().save(must_create)
            return
        store: Any = self
        row = self.create_model_instance(store._get_session(no_load=False))
        changed = self.model.objects.filter(pk=row.pk).update(
            session_data=row.session_data,
            expire_date=row.expire_date,
            user_id=row.user_id,
            address=row.address,
            device=row.device,
        )
        if not changed:
            raise UpdateError

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            self.model.objects.filter(session_key=stored_key(key)).delete()


def own_key(request: HttpRequest) -> str:
    """The stored key of the request's own session; "" without one."""
    return stored_key(request.session.session_key) if request.session.session_key else ""


def end_other_sessions(request: HttpRequest, user_id: int) -> int:
    """Sign the person out everywhere but here."""
    found = SessionStore.get_model_class().objects.filter(user_id=user_id).exclude(pk=own_key(request))
    return int(found.delete()[0])
