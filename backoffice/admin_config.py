"""Which admin site Django takes for its own, and when its pages are read."""

from typing import Any

from django.contrib.admin import autodiscover
from django.contrib.admin.apps import SimpleAdminConfig
from django.contrib.admin.checks import check_admin_app, check_dependencies
from django.core import checks


class HouseAdminConfig(SimpleAdminConfig):
    """django.contrib.admin with the house's site; the theme only brings its looks.

    The pages are read with the addresses (backoffice/urls.py): a worker or a command that shows none does without
    them and the API's framework, a sixth of its memory.
    """

    default_site = "backoffice.admin_site.HouseSite"

    def ready(self) -> None:
        checks.register(check_dependencies, checks.Tags.admin)
        checks.register(check_pages, checks.Tags.admin)


def check_pages(app_configs: Any = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Django's own, of a site that has its pages."""
    autodiscover()
    found: list[checks.CheckMessage] = check_admin_app(app_configs, **kwargs)
    return found
