"""What can be wrong with a company's channels, as people choose it in a rule."""

from django.utils.translation import gettext_lazy as _

from backoffice.core.registry import AlarmKind
from integrations.selectors import sync_overview as sync
from integrations.services.completeness import KIND as ORDERS_MISSING
from integrations.services.webhooks.endpoints import DISABLED

KINDS = (
    AlarmKind(sync.SHUT_OUT, _("The channel wants a new sign-in")),
    AlarmKind(sync.BEHIND, _("The channel is behind")),
    AlarmKind(ORDERS_MISSING, _("Orders of the channel are missing")),
    AlarmKind(sync.ROWS_APART, _("Rows of the channel could not be imported")),
    AlarmKind(sync.SHIPMENTS_UNTOLD, _("The channel could not be told of shipments")),
    AlarmKind(sync.LISTINGS_REFUSED, _("The channel refuses listings")),
    AlarmKind(sync.VERSION_ENDS, _("The version of the channel's API ends")),
    AlarmKind(DISABLED, _("A webhook was switched off")),
)
