"""Card numbers are taken out of what pages send, before any view sees it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from backoffice.core.cards import cleaned, note

PAGES = ("/admin/", "/till/", "/setup/", "/scan/")


class CardNumbers:
    """Behind the check of the CSRF token, which has read the form."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if request.method != "POST" or not request.path.startswith(PAGES):
            return
        changed: dict[str, Any] = {}
        for name, values in request.POST.lists():
            if "password" not in name and (clean := cleaned(values, name.rpartition("-")[2])) != values:
                changed[name] = clean
        if not changed:
            return
        form = request.POST.copy()
        for name, values in changed.items():
            form.setlist(name, values)
        request.POST = form  # type: ignore[assignment]
        note(request.path)
