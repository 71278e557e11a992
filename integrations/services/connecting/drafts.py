"""The draft itself: which connector, its login, its first day."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.audit import Change
from backoffice.core.errors import InvalidInput
from integrations.connectors.login import problems
from integrations.connectors.registry import kind_of, secrets_owner
from integrations.models import AccessToken, Connection, ConnectionStatus, Listing
from integrations.secrets import seal, unseal
from integrations.services.connections import TYPE, create_connection, refuse_unknown
from orders.models import Channel


def locked_draft(connection_id: int) -> Connection:
    """The draft's row, locked. Raises InvalidInput for one that is live."""
    row = Connection.objects.select_for_update(of=("self",), no_key=True).get(pk=connection_id)
    refuse_live(row)
    return row


def refuse_live(row: Connection) -> None:
    if row.status != ConnectionStatus.DRAFT:
        raise InvalidInput(_("It is set up already: what it does is changed on its own page."))


@transaction.atomic
def begin_connection(*, channel_id: int, connector: str, actor: Actor) -> Connection:
    """A draft for the channel; one that is there begins anew with the other connector, its login and listings gone.

    Raises UnknownConnector, or InvalidInput where the channel is connected already; nothing is written then.
    """
    kind_of(connector)
    row = Connection.objects.select_for_update(of=("self",), no_key=True).filter(channel_id=channel_id).first()
    if row is None:
        if not Channel.objects.filter(pk=channel_id).exists():
            raise InvalidInput(_("There is no such channel."), field="channel")
        return create_connection(
            channel_id=channel_id, connector=connector, settings={}, secrets={}, actor=actor, draft=True
        )
    if row.status != ConnectionStatus.DRAFT:
        raise InvalidInput(_("This channel is connected already."), field="channel")
    if row.connector != connector:
        former = Concat(Value("former:"), Cast("pk", CharField()))  # its names are free for the other connector's
        Listing.objects.filter(connection=row).update(is_active=False, external_id=former, external_sku=former)
        AccessToken.objects.filter(connection=row).delete()
        change = Change(TYPE, row.pk, "connector", "connector", row.connector, connector, "", row.company_id)
        row.connector, row.settings, row.setup, row.starts_at = connector, {}, {}, None
        row.secrets, row.keep_personal_days = seal({}, owner=secrets_owner(row)), kind_of(connector).personal_days
        row.save(update_fields=["connector", "settings", "setup", "starts_at", "secrets", "keep_personal_days"])
        audit.record([change], actor=actor)
    return row


@transaction.atomic
def save_login(
    *, connection_id: int, settings: Mapping[str, str], secrets: Mapping[str, str], actor: Actor
) -> Connection:
    """Keep what the login form was given; a secret that is left empty stays as it is. It is to be tried again.

    Raises InvalidInput naming each field that is wrong; nothing is written then.
    """
    row = locked_draft(connection_id)
    kind = kind_of(row.connector)
    refuse_unknown("settings", settings, kind.setting_names)
    refuse_unknown("secrets", secrets, kind.secret_names)
    before = unseal(row.secrets, owner=secrets_owner(row))
    wrong = problems(kind.fields, {**settings, **secrets}, kept=list(before))
    if wrong:
        raise InvalidInput(
            _("Some fields are not right yet."),
            errors=[{"field": name, "message": message} for name, message in wrong.items()],
        )
    row.settings = {name: value.strip() for name, value in settings.items() if value.strip()}
    given = {name: value.strip() for name, value in secrets.items() if value.strip()}
    row.secrets = seal(before | given, owner=secrets_owner(row))
    row.setup = {name: value for name, value in row.setup.items() if name not in ("tried", "catalogue", "preview")}
    row.save(update_fields=["settings", "secrets", "setup"])
    AccessToken.objects.filter(connection=row).delete()
    audit.record([Change(TYPE, row.pk, "secrets" if given else "settings", company_id=row.company_id)], actor=actor)
    return row


@transaction.atomic
def set_first_day(*, connection_id: int, starts_at: datetime | None, actor: Actor) -> None:
    """Orders placed before it are left to the channel; None: all that the channel shows are taken.

    Raises InvalidInput for a day in the future; nothing is written then.
    """
    if starts_at is not None and starts_at > timezone.now():
        raise InvalidInput(_("The first day must not be in the future."), field="starts_at")
    row = locked_draft(connection_id)
    before, row.starts_at = row.starts_at, starts_at
    row.setup = {**{name: value for name, value in row.setup.items() if name != "preview"}, "first_day": True}
    row.save(update_fields=["starts_at", "setup"])
    change = Change(TYPE, row.pk, "first day", "starts_at", _written(before), _written(starts_at), "", row.company_id)
    audit.record([change], actor=actor)


def _written(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


@transaction.atomic
def note(connection_id: int, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Keep what a step found."""
    row = locked_draft(connection_id)
    row.setup = change(dict(row.setup))
    row.save(update_fields=["setup"])
