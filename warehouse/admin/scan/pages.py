"""What the pages of handhelds and badges share: a page of their own after the form, with what is shown once."""

import re
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from backoffice.core.admin.base import HouseAdmin

SHOWN_ONCE = "scan_shown_once"  # in the session, until its page has been opened


class OwnPage(HouseAdmin):
    """Rows that are made by a form and live on a page of our own."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        found = self.get_object(request, object_id)
        if found is None or not self.has_view_permission(request, found):
            return super().change_view(request, object_id, form_url, extra_context)
        return HttpResponseRedirect(self._page(found))

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        return HttpResponseRedirect(self._page(obj))

    def _page(self, obj: Any) -> str:
        raise NotImplementedError


def scaled(svg: str) -> str:
    """The drawing with a viewBox, so that the page may say how large it is."""
    return re.sub(r'<svg width="(\d+)" height="(\d+)"', r'<svg viewBox="0 0 \1 \2"', svg, count=1)
