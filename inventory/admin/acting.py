"""Buttons of the catalogue's pages: what is refused says which field is wrong and why."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from backoffice.core.actor import Actor
from backoffice.core.admin.pages import run_action
from backoffice.core.errors import InvalidInput


def press(request: HttpRequest, act: Callable[[Actor], str], *, back: str, permission: str) -> HttpResponse:
    """run_action, with the sentence of every wrong field in the message."""

    def told(actor: Actor) -> str:
        try:
            return act(actor)
        except InvalidInput as refusal:
            said = [str(error["message"]) for error in refusal.context.get("errors", ()) if error.get("message")]
            raise InvalidInput(" ".join(said) or refusal.detail, **refusal.context) from refusal

    return run_action(request, told, back=back, permission=permission)
