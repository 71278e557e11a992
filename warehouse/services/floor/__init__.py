"""Floor tasks: planned by put-away and refill, done by whoever stands there."""

from warehouse.services.floor.doing import do_tasks
from warehouse.services.floor.ending import assign_tasks, cancel_tasks
from warehouse.services.floor.put_away import PlannedTask, plan_put_aways
from warehouse.services.floor.refilling import plan_refills
from warehouse.services.floor.requests import Put, TaskResult

__all__ = [
    "PlannedTask",
    "Put",
    "TaskResult",
    "assign_tasks",
    "cancel_tasks",
    "do_tasks",
    "plan_put_aways",
    "plan_refills",
]
