"""Processes of their own on this test's database: what is committed is theirs too."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from backoffice.demo.children import end_with_parent
from backoffice.demo.web import answers, free_port
from backoffice.embedded.processes import until
from tests.infra.servers import PROJECT

THREADS = 4


def of_this_test() -> dict[str, str]:
    """The environment of such a process."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "BACKOFFICE_"))}
    given = connection.settings_dict
    host = quote(given["HOST"] or "", safe="")
    database = f"postgresql://{given['USER']}@/{given['NAME']}?host={host}&port={given['PORT'] or 5432}"
    return kept | {"DATABASE_URL": database, "REDIS_URL": settings.REDIS_URL, "BACKOFFICE_MODE": "local"}


@contextmanager
def web(**environment: str) -> Iterator[int]:
    """One web process as in production, on this test's database; its port."""
    port = free_port(0)
    process = subprocess.Popen(
        [
            sys.executable, "-m", "gunicorn", "backoffice.wsgi:application", "--bind", f"127.0.0.1:{port}", "--workers", "1",
            "--threads", str(THREADS), "--worker-class", "backoffice.web_worker.WaitTellingWorker", "--no-control-socket",
        ],
        cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        preexec_fn=end_with_parent(os.getpid()),
        env=of_this_test() | environment,
    )  # fmt: skip
    try:
        assert until(lambda: answers(port, "/healthz"), 60)
        yield port
    finally:
        process.terminate()
        process.wait(60)
