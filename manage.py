#!/usr/bin/env python
"""Django's command line; starts the embedded servers when no URLs are given."""

import os
import signal
import sys

if sys.argv[1:2] == ["demo"]:
    # Until the supervisor listens there is nothing to stop, and an interrupt raised into an import can get lost.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from backoffice.collector import collect_seldom
from backoffice.embedded import ensure_services


def main() -> None:
    collect_seldom()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
    if sys.argv[1:2] == ["demo"]:  # the supervisor itself has no use for Django: its children load it
        from backoffice.demo.supervisor import main as demo

        sys.exit(demo(sys.argv[2:]))
    if sys.argv[1:2] == ["bench"]:  # measures in a database of its own, never in the demo's
        from bench.database import use_own_database

        use_own_database()
    ensure_services(sys.argv)
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
