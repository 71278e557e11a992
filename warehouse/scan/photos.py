"""Photos from the handheld's camera: kept with what their command booked, whenever they come."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from backoffice.core.actor import Actor
from backoffice.core.errors import DomainError
from orders.services import add_photo
from warehouse.models import ScanCommand, ScanState
from warehouse.scan.guard import device_of_request
from warehouse.services import add_receipt_photo

MAX_BYTES = 8 * 1024 * 1024
RETRIES = 20  # of one refused scan


@require_POST
def photo(request: Any) -> HttpResponse:
    """A picture as the body; command: whose; n: of which of the goods that it lets be photographed.

    200 kept, 409 the command is not booked yet (send it again), 410 it never will be, 400 it is no picture.
    """
    device = device_of_request(request)
    if device is None:
        return _said("revoked", 401)
    content = request.read(MAX_BYTES + 1)
    try:
        client_id, number = UUID(request.GET.get("command", "")), int(request.GET.get("n", "0"))
    except ValueError:
        return _said("bad_field", 400)
    command = _booked(device.pk, client_id)
    if command is None:
        return _said("waits", 409)
    places = command.result.get("photo_of") or []
    if command.state != ScanState.DONE or not 0 <= number < len(places):
        return _said("gone", 410)
    actor = Actor(command.actor_label, command.actor_id)
    try:
        with transaction.atomic():
            _keep(places[number], content, command.company_id, actor)
    except DomainError as refusal:
        return _said(refusal.code, 400, refusal.detail)
    return _said("kept", 200)


def _booked(device_id: int, client_id: UUID) -> ScanCommand | None:
    """What became of a command in the end: done, or discarded; a refused one may have been tried again."""
    for _try in range(RETRIES):
        found = ScanCommand.objects.filter(client_id=client_id, device_id=device_id).first()
        if found is None or found.state != ScanState.REFUSED:
            return found
        again = ScanCommand.objects.filter(replaces=client_id, device_id=device_id).order_by("-pk").first()
        if again is None:
            return None
        client_id = again.client_id
    return None


def _keep(place: dict[str, Any], content: bytes, company_id: int, actor: Actor) -> None:
    if "problem" in place:
        add_receipt_photo(content, company_id=company_id, actor=actor, problem_id=place["problem"])
    elif "receipt" in place:
        add_receipt_photo(content, company_id=company_id, actor=actor, receipt_id=place["receipt"])
    else:
        add_photo(place["return"], return_line_id=place["line"], content=content, company_id=company_id, actor=actor)


def _said(code: str, status: int, detail: str = "") -> JsonResponse:
    return JsonResponse({"code": code, "detail": detail}, status=status)
