"""The Celery app: `celery -A backoffice worker`, `celery -A backoffice beat`."""

import os
import sys
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import before_task_publish, import_modules, task_postrun, task_prerun, worker_process_init

from backoffice.collector import calm_collector, collect_seldom
from backoffice.core import logs
from backoffice.core.schedule import beat_table
from backoffice.embedded import ensure_services
from backoffice.environment import refuse_insecure_production
from backoffice.memory_limit import limit_memory

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
STARTED_BY_CELERY = "celery" in Path(sys.argv[0]).parts[-2:]  # not merely imported, as every process does
if STARTED_BY_CELERY:
    collect_seldom()
    ensure_services()
    # The system checks read every page and address, a sixth of a worker's memory: the web process and CI run them.
    os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

# By its name: its module reads models, which are not loaded yet.
app = Celery("backoffice", task_cls="backoffice.core.jobs:HouseTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
if STARTED_BY_CELERY:
    refuse_insecure_production()


@worker_process_init.connect(weak=False)
def _begin_child(**_: Any) -> None:
    from django.conf import settings

    calm_collector()
    limit_memory(settings.TASK_MEMORY_MB)


@before_task_publish.connect(weak=False)
def _name_the_cause(headers: dict[str, Any] | None = None, **_: Any) -> None:
    """A task's lines name the request that asked for it."""
    if headers is not None and (request_id := logs.current_request_id()):
        headers.setdefault("request_id", request_id)


@task_prerun.connect(weak=False)
def _name_the_task(task_id: str = "", task: Any = None, **_: Any) -> None:
    logs.clear()
    cause = task.request.get("request_id") if task else None
    logs.bind(task_id=task_id, task=task.name if task else "", **({"request_id": cause} if cause else {}))


@task_postrun.connect(weak=False)
def _forget_the_task(**_: Any) -> None:
    logs.clear()


@import_modules.connect(weak=False)
def _collect_schedules(**_: Any) -> None:
    app.conf.beat_schedule = beat_table()
