"""Making endpoints, their secrets, and switching them on and off."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.audit import Change
from backoffice.core.db import database_now
from backoffice.core.egress import EgressRefused, check_url
from backoffice.core.errors import InvalidInput
from backoffice.core.outbox import Event, publish
from integrations.models import EndpointStatus, WebhookEndpoint
from integrations.secrets import seal, unseal
from integrations.services.alarms import clear_alarm
from integrations.webhooks.events import CHOOSABLE, PING
from integrations.webhooks.signing import new_secret

TYPE = "integrations.webhookendpoint"
DISABLED = "webhook_disabled"
FORMER_S = 24 * 3600
LONGEST_FORMER_S = 7 * 24 * 3600
CHANGEABLE = ("name", "url", "events")


@transaction.atomic
def create_endpoint(
    *, company_id: int, channel_id: int | None, name: str, url: str, events: Sequence[str], actor: Actor
) -> WebhookEndpoint:
    """A new endpoint with a secret of its own. Raises InvalidInput with all that is wrong."""
    _check(url=url, events=events)
    made = WebhookEndpoint.objects.create(
        company_id=company_id, channel_id=channel_id, name=name, url=url, events=list(dict.fromkeys(events))
    )
    made.secrets = seal({"current": new_secret()}, owner=secrets_owner_of(made))
    made.save(update_fields=["secrets"])
    audit.record([Change(TYPE, made.pk, "create", "url", "", url, company_id=company_id)], actor=actor)
    return made


@transaction.atomic
def change_endpoint(*, endpoint_id: int, changes: dict[str, Any], actor: Actor) -> WebhookEndpoint:
    """Another name, address or choice of events; what is not named stays. Raises InvalidInput."""
    row = _locked(endpoint_id)
    _check(url=changes.get("url", row.url), events=changes.get("events", row.events))
    trail = []
    for field in CHANGEABLE:
        if field in changes and changes[field] != (old := getattr(row, field)):
            setattr(row, field, changes[field])
            trail.append(Change(TYPE, row.pk, "change", field, _text(old), _text(changes[field]), "", row.company_id))
    if trail:
        row.save(update_fields=[change.field for change in trail])
        audit.record(trail, actor=actor)
    return row


@transaction.atomic
def rotate_secret(*, endpoint_id: int, actor: Actor, keep_former_s: int = FORMER_S) -> None:
    """A new secret; the one until now signs too for keep_former_s seconds.

    The trail says that, not what. Raises InvalidInput for a time below 0 or above seven days.
    """
    if not 0 <= keep_former_s <= LONGEST_FORMER_S:
        raise _wrong("keep_former_s", _("Give 0 to %(most)s seconds.") % {"most": LONGEST_FORMER_S})
    row = _locked(endpoint_id)
    former = unseal(row.secrets, owner=secrets_owner_of(row)).get("current", "")
    row.secrets = seal({"current": new_secret(), "former": former}, owner=secrets_owner_of(row))
    row.former_until = database_now() + timedelta(seconds=keep_former_s)
    row.save(update_fields=["secrets", "former_until"])
    audit.record([Change(TYPE, row.pk, "secret", company_id=row.company_id)], actor=actor)


@transaction.atomic
def set_endpoint_status(*, endpoint_id: int, status: str, reason: str, actor: Actor) -> None:
    """Pause it (messages wait), or go on. Nothing happens where it is so already."""
    row = _locked(endpoint_id)
    if row.status == status:
        return
    old, row.status, row.status_reason = row.status, status, reason[:300]
    if status == EndpointStatus.ACTIVE:
        row.failing_since = None
    row.save(update_fields=["status", "status_reason", "failing_since"])
    audit.record([Change(TYPE, row.pk, "status", "status", old, status, reason, row.company_id)], actor=actor)
    if status != EndpointStatus.DISABLED:
        clear_alarm(kind=DISABLED, object_type=TYPE, object_id=row.pk)


def remove_endpoint(*, endpoint_id: int, actor: Actor, reason: str = "") -> None:
    """It hears nothing any more; its log stays."""
    set_endpoint_status(endpoint_id=endpoint_id, status=EndpointStatus.REMOVED, reason=reason, actor=actor)


@transaction.atomic
def ping(*, endpoint_id: int, actor: Actor) -> None:
    """Send a test message, through the outbox like every other. Statements: 3."""
    row = _locked(endpoint_id)
    audit.record([Change(TYPE, row.pk, "ping", company_id=row.company_id)], actor=actor)
    publish([Event(PING, f"webhook-endpoint:{row.pk}", {"endpoint_id": row.pk}, row.company_id)])


def secrets_of(row: WebhookEndpoint) -> list[str]:
    """The secrets that sign now, the newest first. Raises SecretsUnreadable."""
    opened = unseal(row.secrets, owner=secrets_owner_of(row))
    found = [opened["current"]]
    if opened.get("former") and row.former_until is not None and row.former_until > database_now():
        found.append(opened["former"])
    return found


def secrets_owner_of(row: WebhookEndpoint) -> str:
    return f"webhook-endpoint:{row.pk}"


def _locked(endpoint_id: int) -> WebhookEndpoint:
    """The endpoint, unless it was removed. Raises WebhookEndpoint.DoesNotExist."""
    rows = WebhookEndpoint.objects.select_for_update(of=("self",), no_key=True)
    return rows.exclude(status=EndpointStatus.REMOVED).get(pk=endpoint_id)


def _check(*, url: str, events: Sequence[str]) -> None:
    errors = []
    try:
        check_url(url)
    except EgressRefused as refused:
        errors.append({"field": "url", "message": refused.detail, "code": refused.code})
    for index, name in enumerate(events):
        if name not in CHOOSABLE:
            text = _("There is no event “%(name)s”.") % {"name": name[:60]}
            errors.append({"field": f"events.{index}", "message": text, "code": "unknown_event"})
    if errors:
        raise InvalidInput(_("Some fields are wrong; nothing was saved."), errors=errors)


def _wrong(field: str, message: str) -> InvalidInput:
    return InvalidInput(message, errors=[{"field": field, "message": message, "code": "invalid"}])


def _text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list | tuple) else str(value)
