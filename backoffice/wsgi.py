"""WSGI entry point: `gunicorn backoffice.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from backoffice.collector import calm_collector, collect_seldom
from backoffice.embedded import ensure_services
from backoffice.environment import refuse_insecure_production

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
collect_seldom()
ensure_services()
refuse_insecure_production()
application = get_wsgi_application()
_ = get_resolver().url_patterns  # every page is read now: before gunicorn forks, not at somebody's first request
calm_collector()
