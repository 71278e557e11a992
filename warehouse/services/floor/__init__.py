"""Floor tasks: planned by put-away and refill, done by whoever stands there."""

from warehouse.services.floor.doing import Put, TaskResult, assign_tasks, cancel_tasks, do_tasks
from warehouse.services.floor.put_away import PlannedTask, plan_put_aways
from warehouse.services.floor.refilling import plan_refills

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
