"""Looking after the channels: an alarm for what a person has to do at an account, over by itself once it is done."""

from django.db import transaction

from integrations.models import Connection, ConnectionStatus
from integrations.selectors.sync_overview import ALARMS, BEHIND, Account, accounts
from integrations.services.alarms import clear_alarm, raise_alarm

TYPE = "integrations.connection"
WATCHED = (ConnectionStatus.ACTIVE, ConnectionStatus.NEEDS_AUTH)


@transaction.atomic
def watch_channels() -> int:
    """Raise and clear the alarms of every connection, one of a kind; how many are new. Statements: 2, 6 for each connection."""
    raised = 0
    for account in accounts(Connection.objects.all()):
        found = _found(account)
        raised += sum(_set(account, kind, found.get(kind, "")) for kind in ALARMS)
    return raised


def _found(account: Account) -> dict[str, str]:
    """What is wrong by kind. One that is set up, paused or off tells nobody; one that is shut out is behind of course."""
    status = account.connection.status
    if status not in WATCHED:
        return {}
    found = {problem.alarm: problem.text for problem in account.problems if problem.alarm}
    return found if status == ConnectionStatus.ACTIVE else {kind: found[kind] for kind in found if kind != BEHIND}


def _set(account: Account, kind: str, text: str) -> int:
    row = account.connection
    if not text:
        clear_alarm(kind=kind, object_type=TYPE, object_id=row.pk)
        return 0
    said = f"{row.channel.name}: {text}"
    return int(raise_alarm(kind=kind, object_type=TYPE, object_id=row.pk, company_id=row.company_id, text=said))
