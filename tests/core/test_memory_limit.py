"""A worker's process that asks for two gigabytes is told no, and goes on; without the limit it would get them."""

import subprocess
import sys

import pytest

from tests.infra.servers import PROJECT

ASK = """
import resource, sys
from backoffice.memory_limit import limit_memory
limit_memory(int(sys.argv[1]))
try:
    taken = [bytearray(64 << 20) for _piece in range(32)]
    print("taken")
except MemoryError:
    taken = None
    print("refused", len(bytearray(64 << 20)))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
@pytest.mark.parametrize(
    ("limit", "told"), [(512, "refused 67108864"), (0, "taken")], ids=["limit", "negative control"]
)
def test_two_gigabytes_are_refused_and_the_process_goes_on(limit, told):
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(limit)], cwd=PROJECT, capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[0] == told


def test_each_process_of_a_workers_pool_begins_with_it(settings, monkeypatch):
    from celery.signals import worker_process_init

    from backoffice import celery

    limits = []
    monkeypatch.setattr(celery, "limit_memory", limits.append)
    monkeypatch.setattr(celery, "calm_collector", lambda: None)
    worker_process_init.send(sender=None)

    assert limits == [settings.TASK_MEMORY_MB] == [1536]
    assert settings.CELERY_WORKER_MAX_MEMORY_PER_CHILD == 768 * 1024
