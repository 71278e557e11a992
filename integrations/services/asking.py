"""A job of a connection, asked for by a person or a program instead of at its time."""

from django.utils.translation import gettext as _

from backoffice.core.waking import ask_worker, wake_worker
from integrations.connectors.registry import kind_of
from integrations.errors import CatalogueNotReadable, NotActive
from integrations.models import Connection, ConnectionStatus
from integrations.services.pulling import make_due

# Of most of them rows tell that they are due; a catalogue is read because somebody asked.
JOBS = ("import_orders", "match_listings", "pull_orders", "push_prices", "push_stock", "push_tracking")


def ask_job(job: str, *, connection: Connection) -> None:
    """Have a worker do it now; its progress stands in the runs.

    Raises NotActive, CatalogueNotReadable, Unavailable (no broker takes the message of a job that no row asks for).
    """
    if job == "match_listings" and not kind_of(connection.connector).capabilities.catalogue:
        raise CatalogueNotReadable(_("This channel's catalogue cannot be read."))
    if connection.status != ConnectionStatus.ACTIVE:
        raise NotActive(_("The connection is not active: resume it first."), status=connection.status)
    if job == "pull_orders":
        make_due(connection_id=connection.pk)
    send = ask_worker if job == "match_listings" else wake_worker
    send(f"integrations.tasks.{job}", connection.pk)
