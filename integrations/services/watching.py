"""Looking after the channels: an alarm for whoever is shut out or falls behind, over by itself once it is."""

from django.db import transaction

from integrations.models import Connection, ConnectionStatus
from integrations.selectors.sync_overview import Account, accounts
from integrations.services.alarms import clear_alarm, raise_alarm

TYPE = "integrations.connection"
BEHIND, SHUT_OUT = "channel_behind", "channel_needs_auth"


@transaction.atomic
def watch_channels() -> int:
    """Raise and clear the alarms of every connection; how many are new. Statements: 2, and 2 for each connection."""
    raised = 0
    for account in accounts(Connection.objects.all()):
        shut_out = account.connection.status == ConnectionStatus.NEEDS_AUTH
        behind = account.connection.status == ConnectionStatus.ACTIVE and account.is_behind
        for kind, is_so in ((SHUT_OUT, shut_out), (BEHIND, behind)):
            raised += _set(account, kind, is_so)
    return raised


def _set(account: Account, kind: str, is_so: bool) -> int:
    row = account.connection
    if not is_so:
        clear_alarm(kind=kind, object_type=TYPE, object_id=row.pk)
        return 0
    text = f"{row.channel.name}: {account.problems[0].text}"
    return int(raise_alarm(kind=kind, object_type=TYPE, object_id=row.pk, company_id=row.company_id, text=text))
