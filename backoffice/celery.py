"""The Celery app: `celery -A backoffice worker`, `celery -A backoffice beat`."""

import os
import sys
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import import_modules, worker_process_init

from backoffice.collector import calm_collector
from backoffice.core.schedule import beat_table
from backoffice.embedded import ensure_services
from backoffice.environment import refuse_insecure_production

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
STARTED_BY_CELERY = "celery" in Path(sys.argv[0]).parts[-2:]  # not merely imported, as every process does
if STARTED_BY_CELERY:
    ensure_services()

# By its name: its module reads models, which are not loaded yet.
app = Celery("backoffice", task_cls="backoffice.core.jobs:HouseTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
if STARTED_BY_CELERY:
    refuse_insecure_production()


@worker_process_init.connect(weak=False)
def _calm_collector(**_: Any) -> None:
    calm_collector()


@import_modules.connect(weak=False)
def _collect_schedules(**_: Any) -> None:
    app.conf.beat_schedule = beat_table()
