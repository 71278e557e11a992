"""The hint of the page that is shown."""

from typing import Any

from django import template
from django.template import Context

from backoffice.dashboard.hints import hint_of

register = template.Library()


@register.simple_tag(takes_context=True)
def page_hint(context: Context) -> Any:
    """What this page is for; empty in a popup, and where no hint is written."""
    match = getattr(context.get("request"), "resolver_match", None)
    return hint_of(match.view_name) if match and not context.get("is_popup") else ""
