"""The hint of the page that is shown."""

from typing import Any

from django import template
from django.template import Context
from django.urls import reverse

from backoffice.dashboard.hints import chapter_of, hint_of

register = template.Library()


@register.simple_tag(takes_context=True)
def page_hint(context: Context) -> Any:
    """What this page is for; empty in a popup, and where no hint is written."""
    match = getattr(context.get("request"), "resolver_match", None)
    return hint_of(match.view_name) if match and not context.get("is_popup") else ""


@register.simple_tag(takes_context=True)
def page_chapter(context: Context) -> str:
    """The address of the manual's chapter that tells more of this page; empty where there is none."""
    match = getattr(context.get("request"), "resolver_match", None)
    chapter = chapter_of(match.view_name) if match else ""
    if not chapter:
        return ""
    return reverse("manual") if chapter == "README" else reverse("manual_chapter", args=[chapter])
