"""The status page: what an operator looks at first."""

import platform
import socket
from typing import Any

import django
from django.conf import settings
from django.contrib import admin
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from backoffice.core.admin.pages import render_page, require
from backoffice.core.admin.scheduled_jobs import SEE
from backoffice.core.apart import held_by
from backoffice.core.db import database_now
from backoffice.core.job_overview import job_states
from backoffice.core.models import JobRun
from backoffice.operations.measures import BACKUP, measures
from backoffice.operations.sent_mail import SEE as SEE_MAIL
from backoffice.operations.sent_mail import writes_files
from backoffice.operations.watching import failing_sentence, late_sentence
from integrations.models import Alarm

# The extension's schema is for whoever set the server up to choose; its name comes from the catalogue, quoted.
SLOW = """
SELECT left(regexp_replace(query, '\\s+', ' ', 'g'), 300), calls, mean_exec_time, total_exec_time, rows
FROM {schema}.pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND query <> '<insufficient privilege>'
ORDER BY total_exec_time DESC LIMIT 15
"""
WHERE = """
SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace
WHERE extname = 'pg_stat_statements' AND has_schema_privilege(n.oid, 'usage')
"""


def status_page(request: HttpRequest) -> HttpResponse:
    require(request, SEE)
    states, figures = job_states(), list(measures())
    return render_page(
        request,
        admin.site,
        "operations/status.html",
        title=gettext("Status"),
        now=database_now(),
        measures=figures,
        is_bad=any(figure.is_bad for figure in figures),
        alarms=Alarm.objects.filter(cleared_at__isnull=True).order_by("-pk")[:30],
        wrong=[state for state in states if state.is_late or state.is_failing],
        paused=[state for state in states if state.paused_at],
        backups=JobRun.objects.filter(job=BACKUP).order_by("-pk")[:5],
        versions=_versions(),
        shows_mail=writes_files() and request.user.has_perm(SEE_MAIL),
        slow=slow_queries(),
    )


def bad_signs() -> list[str]:
    """A sentence for everything that is beyond its limit now, also when no worker is there to raise alarms."""
    signs = [measure.sentence for measure in measures() if measure.is_bad]
    for state in job_states():
        signs += [late_sentence(state)] if state.is_late else []
        signs += [failing_sentence(state)] if state.is_failing else []
    return signs


def slow_queries() -> list[dict[str, Any]] | None:
    """What took most of the database's time, without any values; None where the extension is not there."""
    with connection.cursor() as cursor:
        cursor.execute(WHERE)
        found = cursor.fetchone()
        if found is None:
            return None
        try:
            with transaction.atomic():
                cursor.execute(SLOW.format(schema=found[0]))
        except DatabaseError:  # the extension is there, but the server was started without its library
            return None
        names = ("query", "calls", "mean_ms", "total_ms", "rows")
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _versions() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), (pg_control_system()).system_identifier")
        server, cluster = cursor.fetchone()
    return [
        ("Backoffice", settings.VERSION),
        ("Django", django.get_version()),
        ("Python", platform.python_version()),
        ("PostgreSQL", f"{server} ({cluster})"),
        (gettext("Host"), socket.gethostname()),
        (gettext("Mode"), settings.MODE),
        (gettext("Reading of uploaded files is confined by"), ", ".join(held_by()) or gettext("Python alone")),
    ]
