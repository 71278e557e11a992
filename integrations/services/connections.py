"""Making connections, their secrets, and parking those whose login ended."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from typing import Any

from django.db import connection as database
from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.audit import Change
from backoffice.core.errors import InvalidInput
from integrations.connectors.base import Connector
from integrations.connectors.registry import kind_of, opened, secrets_owner
from integrations.errors import SecretsUnreadable
from integrations.models import AccessToken, Connection, ConnectionStatus, Cursor, Listing
from integrations.secrets import seal, unseal
from orders.models import Channel

TYPE = "integrations.connection"


@transaction.atomic
def create_connection(
    *,
    channel_id: int,
    connector: str,
    settings: Mapping[str, Any],
    secrets: Mapping[str, str],
    actor: Actor,
    buffer: Decimal = Decimal(),
    draft: bool = False,
) -> Connection:
    """Connect a channel. Secrets are sealed with the row's own id. draft: nothing happens before it goes live.

    Buyers' data is kept as long as the vendor's own rules allow, until somebody says otherwise.

    Raises UnknownConnector or InvalidInput naming unknown settings, nothing written.
    """
    kind = kind_of(connector)
    refuse_unknown("settings", settings, (*kind.setting_names, "read_timeout_s"))
    refuse_unknown("secrets", secrets, kind.secret_names)
    channel = Channel.objects.get(pk=channel_id)
    made = Connection.objects.create(
        company_id=channel.company_id, channel=channel, connector=connector, settings=dict(settings), buffer=buffer,
        status=ConnectionStatus.DRAFT if draft else ConnectionStatus.ACTIVE, keep_personal_days=kind.personal_days,
    )  # fmt: skip
    made.secrets = seal(secrets, owner=secrets_owner(made))
    made.save(update_fields=["secrets"])
    Cursor.objects.create(connection=made, stream="orders")
    audit.record([Change(TYPE, made.pk, "create", new=connector, company_id=made.company_id)], actor=actor)
    return made


def refuse_unknown(field: str, given: Mapping[str, Any], known: tuple[str, ...]) -> None:
    if unknown := sorted(set(given) - set(known)):
        raise InvalidInput(
            _("Unknown %(field)s: %(names)s.") % {"field": field, "names": ", ".join(unknown)},
            errors=[{"field": f"{field}.{name}", "message": _("is not known")} for name in unknown],
        )


@transaction.atomic
def replace_secrets(*, connection_id: int, secrets: Mapping[str, str], actor: Actor) -> None:
    """Give a new login; a parked connection works again. The audit trail says that, not what."""
    row = Connection.objects.select_for_update(of=("self",), no_key=True).get(pk=connection_id)
    refuse_unknown("secrets", secrets, kind_of(row.connector).secret_names)
    row.secrets = seal(secrets, owner=secrets_owner(row))
    AccessToken.objects.filter(connection=row).delete()
    if row.status != ConnectionStatus.DRAFT:
        row.status, row.status_reason = ConnectionStatus.ACTIVE, ""
    row.save(update_fields=["secrets", "status", "status_reason"])
    audit.record([Change(TYPE, row.pk, "secrets", company_id=row.company_id)], actor=actor)


RULES = ("buffer", "share_percent", "cap", "floor", "push_prices", "push_products", "kept_fields", "keep_personal_days")
STOCK_RULES = frozenset({"buffer", "share_percent", "cap", "floor"})


@transaction.atomic
def set_rules(*, connection_id: int, rules: Mapping[str, Any], actor: Actor) -> list[str]:
    """Say what the channel is shown and for how long buyers' data is kept; the names of what changed.

    rules: by name, those of RULES. A change of what it is shown makes every listing due. Raises InvalidInput naming
    what is unknown or outside its range; nothing is written.
    """
    refuse_unknown("rules", rules, RULES)
    if not 0 <= rules.get("share_percent", 0) <= 100:
        raise InvalidInput(_("A share is 0 to 100 percent."), field="share_percent")
    for name in ("buffer", "cap", "floor", "keep_personal_days"):
        if (rules.get(name) or 0) < 0:
            raise InvalidInput(_("It must not be below zero."), field=name)
    row = Connection.objects.select_for_update(of=("self",), no_key=True).get(pk=connection_id)
    kind = kind_of(row.connector)
    for name, able in (("push_prices", kind.capabilities.prices), ("push_products", kind.capabilities.products)):
        if rules.get(name) and not able:
            raise InvalidInput(_("%(name)s does not take that from us.") % {"name": kind.name}, field=name)
    refuse_fields(kind, rules.get("kept_fields", ()))
    changed = [name for name, value in rules.items() if getattr(row, name) != value]
    changes = [
        Change(TYPE, row.pk, "rules", name, shown_rule(getattr(row, name)), shown_rule(rules[name]), "", row.company_id)
        for name in changed
    ]
    for name in changed:
        setattr(row, name, rules[name])
    if changed:
        row.save(update_fields=changed)
        audit.record(changes, actor=actor)
    if STOCK_RULES & set(changed):
        with database.cursor() as cursor:
            cursor.execute(
                "WITH mine AS (SELECT id FROM integrations_listing WHERE connection_id = %s AND is_active"
                "   ORDER BY id FOR NO KEY UPDATE)"
                " UPDATE integrations_listing l SET is_dirty = true, version = version + 1, due_at = clock_timestamp(),"
                " dirty_since = coalesce(dirty_since, clock_timestamp()) FROM mine WHERE mine.id = l.id",
                [connection_id],
            )
    return changed


def shown_rule(value: Any) -> str:
    """As the audit trail shows it."""
    return ", ".join(value) if isinstance(value, list) else str(value)


def refuse_fields(kind: type[Connector], names: Sequence[str]) -> None:
    """Raises InvalidInput for what the channel would not take from us anyway."""
    if wrong := sorted({*names} - {*kind.product_fields, "price"}):
        said = _("The channel takes no %(names)s from us.") % {"names": ", ".join(wrong)}
        raise InvalidInput(said, field="kept_fields")


@transaction.atomic
def set_webhook_secrets(*, connection_id: int, secrets: Mapping[str, str], actor: Actor) -> None:
    """The active webhook secrets by name: while one is being replaced there are two."""
    row = Connection.objects.select_for_update(of=("self",), no_key=True).get(pk=connection_id)
    row.webhook_secret = seal(secrets, owner=secrets_owner(row))
    row.save(update_fields=["webhook_secret"])
    audit.record([Change(TYPE, row.pk, "webhook_secrets", company_id=row.company_id)], actor=actor)


@transaction.atomic
def add_webhook_secret(*, connection_id: int, secret: str, actor: Actor) -> None:
    """Take messages signed with it from now on; the newest one before it still counts, while the channel changes over."""
    row = Connection.objects.select_for_update(of=("self",), no_key=True).get(pk=connection_id)
    before = unseal(row.webhook_secret, owner=secrets_owner(row))
    kept = {"before": before["now"]} if "now" in before else before
    set_webhook_secrets(connection_id=connection_id, secrets=kept | {"now": secret}, actor=actor)


@transaction.atomic
def set_status(*, connection_id: int, status: str, reason: str, actor: Actor) -> None:
    """Activate, pause or park; nothing happens where it is so already. Raises InvalidInput for one that is being set up."""
    row = Connection.objects.select_for_update(of=("self",), no_key=True).get(pk=connection_id)
    if row.status == status:
        return
    if row.status == ConnectionStatus.DRAFT:
        raise InvalidInput(_("It is being set up: it goes live at the end of that."))
    old, row.status, row.status_reason = row.status, status, reason[:300]
    row.save(update_fields=["status", "status_reason"])
    audit.record([Change(TYPE, row.pk, "status", "status", old, status, reason, row.company_id)], actor=actor)


def park(connection: Connection, *, reason: str) -> None:
    """The channel no longer takes the login: nothing is tried until somebody gives a new one."""
    set_status(
        connection_id=connection.pk, status=ConnectionStatus.NEEDS_AUTH, reason=reason, actor=Actor.job("channels")
    )


@contextmanager
def opened_or_parked(connection: Connection) -> Iterator[Connector | None]:
    """The connection's connector; None, and the connection parked, where its secrets cannot be opened."""
    with ExitStack() as stack:
        try:
            connector = stack.enter_context(opened(connection))
        except SecretsUnreadable as error:
            park(connection, reason=error.detail)
            yield None
        else:
            yield connector


@transaction.atomic
def list_skus(*, connection_id: int, listings: Mapping[str, tuple[int, str]]) -> int:
    """Say under which external id and external SKU a channel shows our SKUs: {external_id: (sku_id, external_sku)}.

    Known ones are left as they are. Returns how many are new. Statements: 2.
    """
    owner = Connection.objects.get(pk=connection_id)
    before = Listing.objects.filter(connection=owner).count()
    Listing.objects.bulk_create(
        [
            Listing(
                company_id=owner.company_id, connection=owner, sku_id=sku_id, external_id=external_id,
                external_sku=external_sku,
            )
            for external_id, (sku_id, external_sku) in sorted(listings.items())
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    return Listing.objects.filter(connection=owner).count() - before
