"""Whole pages of our own inside the admin: a model's story page and the buttons on it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse

from backoffice.core.actor import Actor
from backoffice.core.errors import DomainError


def render_page(
    request: HttpRequest, site: AdminSite, template: str, *, title: str, **context: Any
) -> TemplateResponse:
    """A page in the admin's frame; `template` extends admin/base_site.html."""
    return TemplateResponse(request, template, {**site.each_context(request), "title": title, **context})


def run_action(request: HttpRequest, action: Callable[[Actor], str], *, back: str, permission: str) -> HttpResponse:
    """Run one service call for a POSTed button and go back with what it says, or with its refusal."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not request.user.has_perm(permission):
        raise PermissionDenied
    try:
        messages.success(request, action(Actor.of(request.user)))
    except DomainError as refusal:
        messages.error(request, refusal.detail)
    return HttpResponseRedirect(back)
