"""Which channel a request is about."""

from typing import Any

from django.utils.translation import gettext as _

from backoffice.core.errors import InvalidInput, NotPermitted
from backoffice.core.models import ApiKey
from orders.models import Channel


def channel_of(request: Any, given: dict[str, Any]) -> Channel:
    """The key's channel; staff name one. Raises NotPermitted or InvalidInput."""
    named = given.get("channel")
    if isinstance(request.auth, ApiKey):
        if request.auth.channel_id is None:
            raise NotPermitted(_("This key is not bound to a channel, so it cannot place orders."))
        own = Channel.objects.select_related("company").filter(pk=request.auth.channel_id)
        channel = own.filter(code=named).first() if named else own.first()
    else:
        channel = Channel.objects.select_related("company").filter(code=named).first() if named else None
    if channel is None:
        raise InvalidInput(
            _("Some fields are wrong; nothing was saved."),
            errors=[{"field": "channel", "message": _("Name a channel of yours."), "code": "unknown_channel"}],
        )
    return channel
