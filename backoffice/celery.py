"""The Celery app: `celery -A backoffice worker`, `celery -A backoffice beat`."""

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import import_modules, worker_process_init

from backoffice.collector import calm_collector
from backoffice.embedded import ensure_services
from backoffice.environment import refuse_insecure_production

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
STARTED_BY_CELERY = "celery" in Path(sys.argv[0]).parts[-2:]  # not merely imported, as every process does
if STARTED_BY_CELERY:
    ensure_services()

app = Celery("backoffice")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
if STARTED_BY_CELERY:
    refuse_insecure_production()


@worker_process_init.connect(weak=False)
def _calm_collector(**_: Any) -> None:
    calm_collector()


@import_modules.connect(weak=False)
def _collect_schedules(**_: Any) -> None:
    """Beat's table: what each app's `tasks.py` names in SCHEDULE ({name: {"task", "schedule", …}})."""
    from django.apps import apps

    table: dict[str, dict[str, Any]] = {}
    for config in apps.get_app_configs():
        if find_spec(f"{config.name}.tasks"):
            table |= getattr(import_module(f"{config.name}.tasks"), "SCHEDULE", {})
    app.conf.beat_schedule = table
