"""Setting a connection up, step by step: choose, log in, map, choose the first day, look, go live.

A draft keeps what each step found (`Connection.setup`), so that it can be left and taken up again; nothing is pulled
or pushed before it is live. Pages and the API call the same services.
"""

from integrations.services.connecting.catalogue import Proposal, accept_listings, proposals, read_catalogue
from integrations.services.connecting.drafts import begin_connection, save_login, set_first_day
from integrations.services.connecting.live import Open, go_live, open_steps
from integrations.services.connecting.preview import OUTCOMES, StockShown, preview_orders, stock_shown
from integrations.services.connecting.trying import try_login

__all__ = [
    "OUTCOMES",
    "Open",
    "Proposal",
    "StockShown",
    "accept_listings",
    "begin_connection",
    "go_live",
    "open_steps",
    "preview_orders",
    "proposals",
    "read_catalogue",
    "save_login",
    "set_first_day",
    "stock_shown",
    "try_login",
]
