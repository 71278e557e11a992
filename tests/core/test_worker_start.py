"""What a worker loads before its first task, in a process of its own."""

import os
import subprocess
import sys

START = """
import sys
import django
from backoffice.celery import app
django.setup()
app.loader.import_default_modules()
"""
PAGES = ("rest_framework.views", "backoffice.urls", "orders.admin", "warehouse.api", "django.test")


def run(words: str) -> str:
    environment = os.environ | {"CELERY_SKIP_CHECKS": "1", "DJANGO_SETTINGS_MODULE": "backoffice.settings"}
    return subprocess.run(
        [sys.executable, "-c", START + words], env=environment, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_a_worker_reads_no_pages_and_no_api():
    assert run(f"print([name for name in {PAGES!r} if name in sys.modules])") == "[]"


def test_no_rules_grammar_is_made_before_a_rule_is_asked():
    assert run("print('rule_engine' in sys.modules)") == "False"


def test_it_still_knows_the_lists_that_saved_views_and_scheduled_reports_name():
    words = "from backoffice.core.saved_views import list_of; print(list_of('orders.order').__name__)"

    assert run(words) == "Order"


def test_the_program_checks_its_pages_though_nobody_has_read_them():
    words = (
        "from django.core import checks; from django.contrib import admin\n"
        "checks.run_checks(tags=['admin']); print(len(admin.site._registry) > 100)"
    )

    assert run(words) == "True"
