"""Processes of their own on this test's database: what is committed is theirs too."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
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
    worker = "backoffice.web_worker.WaitTellingWorker"
    with gunicorn(
        "--threads", str(THREADS), "--worker-class", worker, tree=PROJECT, env=of_this_test() | environment
    ) as port:
        yield port


@contextmanager
def gunicorn(*options: str, tree: Path, env: Mapping[str, str]) -> Iterator[int]:
    """One web process of the checkout `tree`; its port."""
    port = free_port(0)
    process = subprocess.Popen(
        [
            sys.executable, "-m", "gunicorn", "backoffice.wsgi:application", "--bind", f"127.0.0.1:{port}", "--workers", "1",
            "--no-control-socket", *options,
        ],
        cwd=tree, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=end_with_parent(os.getpid()),
    )  # fmt: skip
    try:
        assert until(lambda: answers(port, "/healthz"), 60)
        yield port
    finally:
        process.terminate()
        process.wait(60)
