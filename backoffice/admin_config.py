"""Which admin site Django takes for its own."""

from django.contrib.admin.apps import AdminConfig


class HouseAdminConfig(AdminConfig):
    """django.contrib.admin with the house's site; the theme only brings its looks."""

    default_site = "backoffice.admin_site.HouseSite"
