"""Integrations, and what keeps the system in order."""

from typing import Any

from django.utils.translation import gettext_lazy as _

HINTS: dict[str, Any] = {
    "sync": _("Every channel account at a glance: what ran, what failed, what to do. Try again from here."),
    "integrations.connection": _("Logins at channels. Connect a shop here, then choose what is pulled and pushed."),
    "integrations.syncrun": _("Each run of a connection's jobs, with its progress. Open one to see why it failed."),
    "integrations.listing": _("SKUs as each channel shows them, with the stock figure that was pushed last."),
    "integrations.quarantinedrow": _(
        "Orders and lines that made no sense as received, with the reason. Put the cause right, then run them again."
    ),
    "integrations.codemapping": _(
        "What a channel's codes mean here: a SKU, a charge, a posting or a write-off. Add one for what was "
        "not imported."
    ),
    "integrations.webhookendpoint": _(
        "Addresses of your own programs that are told of events. Add one and keep the secret that is shown."
    ),
    "integrations.webhookdelivery": _(
        "Every event told to a webhook, and whether it was taken. Replay what was given up."
    ),
    "integrations.alarm": _(
        "What is or was wrong and needs somebody, since when and until when. An alarm ends by itself when "
        "its cause is gone; see Status."
    ),
    "integrations.trackingpush": _(
        "Shipments that channels must be told of. See here whether a channel knows the tracking number."
    ),
    "proof": _("Checks that stock, books and orders agree with each other. Run them now, or read the last answer."),
    "house_status": _(
        "Whether the system is well: database, workers, messages, disk, backups. Look here first when "
        "something is slow."
    ),
    "scheduled_jobs": _("What the system does by itself, when it ran and runs next. Pause a job, or run it now."),
    "core.importfile": _(
        "Files that bring in many rows at once. Each is checked first; import it when its rows are right."
    ),
    "opening_data": _("What to bring in when you begin, in which order, with templates. The totals must agree."),
    "core.bulkjob": _(
        "Actions on many rows, done in the background. Open one to see how far it is and what was refused."
    ),
    "core.auditevent": _("Every change: who, when and what. It cannot be altered."),
    "core.user": _("Your staff and their roles. Deactivate who leaves; nobody is deleted."),
    "privacy": _("Find a buyer by e-mail or name, hand out what is held of them, or erase it with a reason."),
    "sign_in_rules": _("Which roles need a second factor and who lacks one. Reset or unlock people here."),
    "four_eyes": _("Which two steps one person may not both take, and above what value. The owner switches them."),
    "core.approvallimit": _(
        "Up to what value a role or a person may approve. Without any limit, everybody who may see to it may approve."
    ),
    "core.approvalthreshold": _(
        "The value up to which an action needs no second person. Without a row none is ever needed."
    ),
    "core.apikey": _("Keys of programs, each with its own rights. The key is shown once, when it is made."),
    "accounting.company": _("Whose books these are. Set the name, address and tax numbers that documents show."),
    "auth.group": _("Roles and the rights that each one gives. People get them under Users."),
    "core.outboxevent": _("What happened here and concerns others, such as webhooks. Kept for reading only."),
    "core.inboxmessage": _(
        "What was received from channels, stored before anything was done with it. Kept for reading only."
    ),
    "core.jobrun": _("Every run of a scheduled job and how it ended. Pause or run jobs under Scheduled jobs."),
}

_CLOCK = _("What the system's clock works off. Change a job under Scheduled jobs.")
for _schedule in ("periodictask", "clockedschedule", "crontabschedule", "solarschedule", "intervalschedule"):
    HINTS[f"django_celery_beat.{_schedule}"] = _CLOCK
