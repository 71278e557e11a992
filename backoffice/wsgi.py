"""WSGI entry point: `gunicorn backoffice.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

from backoffice.collector import calm_collector
from backoffice.embedded import ensure_services
from backoffice.environment import refuse_insecure_production

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
ensure_services()
refuse_insecure_production()
application = get_wsgi_application()
calm_collector()
