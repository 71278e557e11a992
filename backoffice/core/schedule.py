"""What runs by itself: each app's `tasks.py` names its jobs in SCHEDULE, for beat, the workers and the page."""

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from backoffice.core.registry import Text

OWN_KEYS = ("does", "each_s")  # ours; the rest of an entry is beat's


@dataclass(frozen=True, slots=True)
class Job:
    """A scheduled job. every_s: how often beat sends it; each_s: one run for each span of so many seconds.

    The two differ where a job runs once a night but is offered hourly, so that a restart does not lose the night.
    """

    name: str
    task: str
    app: str
    does: Text
    every_s: int
    each_s: int


@cache
def scheduled_jobs() -> dict[str, Job]:
    """All jobs by name, in the order of the apps."""
    return {
        name: Job(name, entry["task"], app, entry["does"], entry["schedule"], entry.get("each_s", entry["schedule"]))
        for app, table in _tables().items()
        for name, entry in table.items()
    }


@cache
def job_of_task(task: str) -> Job | None:
    return next((job for job in scheduled_jobs().values() if job.task == task), None)


def beat_table() -> dict[str, dict[str, Any]]:
    """The jobs as beat takes them."""
    return {
        name: {key: value for key, value in entry.items() if key not in OWN_KEYS}
        for table in _tables().values()
        for name, entry in table.items()
    }


def _tables() -> dict[str, dict[str, dict[str, Any]]]:
    from django.apps import apps

    found: dict[str, dict[str, dict[str, Any]]] = {}
    for config in apps.get_app_configs():
        if find_spec(f"{config.name}.tasks"):
            found[config.label] = getattr(import_module(f"{config.name}.tasks"), "SCHEDULE", {})
    return found
