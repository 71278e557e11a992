"""S5: no file of others reads, writes, hangs or eats the host: five thousand damaged ones, twelve forms of XXE."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_five_thousand_damaged_files_are_read_or_refused_and_nothing_else():
    given = os.environ | {"PYTHONPATH": str(ROOT), "BACKOFFICE_MODE": "test"}
    command = [sys.executable, "-W", "ignore", "-m", "tests.security.hostile"]
    done = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, timeout=300)

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told.get("failed", 0) == 0, told
    assert told.get("hostile read", 0) == 0  # no form of XXE is read at all
    assert told["refused"] > 1000 and told["read"] > 100  # neither all is refused nor all is taken
    assert told["most_mb"] < 512
