"""What the app may do to the tables of Django and its libraries."""

from backoffice.core.grants.kinds import MADE, WORK, Grant

DJANGO: dict[str, Grant] = {
    "admin.LogEntry": MADE,
    "auth.Group": WORK,
    "auth.Group_permissions": WORK,
    "auth.Permission": WORK,
    "contenttypes.ContentType": WORK,
    "django_celery_beat.ClockedSchedule": WORK,
    "django_celery_beat.CrontabSchedule": WORK,
    "django_celery_beat.IntervalSchedule": WORK,
    "django_celery_beat.PeriodicTask": WORK,
    "django_celery_beat.PeriodicTasks": WORK,
    "django_celery_beat.SolarSchedule": WORK,
    "sessions.Session": WORK,
}
