"""The import as a user starts it: a process of its own, on a folder with nothing in it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.infra.servers import PROJECT, embedded, query, reachable_folder

SAMPLE = Path(__file__).parent.parent / "data" / "online_retail_sample.csv"
IMPORT = ("import_orders", str(SAMPLE), "--channel", "retail", "--profile", "online-retail", "--ship", "--json")


def environment(folder):
    return {
        **{
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DATABASE_", "REDIS_", "BACKOFFICE_"))
        },
        "BACKOFFICE_DATA_DIR": str(folder),
    }


def manage(folder, *arguments):
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=PROJECT, env=environment(folder), capture_output=True, text=True, timeout=300)


def killed_while_booking(folder):
    command = [sys.executable, "manage.py", *IMPORT, "--batch", "5"]
    process = subprocess.Popen(command, cwd=PROJECT, env=environment(folder), stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("booking: "):
            process.send_signal(signal.SIGKILL)
            break
    return process.wait(60)


def test_a_killed_run_on_an_empty_folder_is_taken_up_and_proved():
    with reachable_folder() as folder, embedded(folder) as servers:
        assert killed_while_booking(folder) == -signal.SIGKILL
        first = int(query(servers, "SELECT count(*) FROM orders_orderline"))

        again = manage(folder, *IMPORT)
        third = manage(folder, *IMPORT)
        proof = manage(folder, "prove")
        report = manage(folder, "report", "sales", "--by", "month", "--json")

    assert 0 < first < 829
    assert again.returncode == 0, again.stderr
    figures = json.loads(again.stdout)
    assert 0 < figures["lines_imported"] < 908
    assert json.loads(third.stdout)["lines_imported"] == 0
    assert (proof.returncode, proof.stdout.strip()) == (0, "OK"), proof.stdout
    assert [row["month"] for row in json.loads(report.stdout)][::10] == ["2010-12", "2011-10"]


def test_what_is_wrong_is_said_in_one_line_with_exit_code_1(tmp_path):
    with reachable_folder() as folder, embedded(folder, migrated=True):
        path = tmp_path / "orders.csv"
        path.write_text("InvoiceNo,StockCode\n1,2\n")
        wrong = manage(folder, "import_orders", str(path), "--channel", "retail", "--profile", "online-retail")
        absent = manage(folder, "import_orders", "nothing.csv", "--channel", "retail", "--profile", "online-retail")

    assert wrong.returncode == absent.returncode == 1
    assert "orders.csv: Line 1: column" in wrong.stderr
    assert "nothing.csv" in absent.stderr
    assert "Traceback" not in wrong.stderr + absent.stderr
