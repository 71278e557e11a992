"""`python -m bench`: every measurement in turn, or the one that is named (arguments as in manage.py bench)."""

import subprocess
import sys
from pathlib import Path

MANAGE = Path(__file__).resolve().parent.parent / "manage.py"
SUITE = (
    ("order_to_cash", "--orders", "600"),
    ("order_to_cash", "--orders", "600", "--path", "steps"),
    ("order_to_cash", "--orders", "5000", "--batch", "250"),
    ("order_to_cash", "--orders", "1000", "--clients", "2"),
    ("hot_sku",),
    ("last_units",),
    ("wave", "--orders", "2000"),
    ("sourcing", "--orders", "1000", "--warehouses", "6"),
    ("availability",),
    ("valuation",),
    ("receipt", "--lines", "500"),
    ("posting", "--entries", "500"),
    ("reorder",),
    ("count", "--rows", "5000"),
    ("import_skus", "--rows", "100000"),
    ("bank", "--lines", "10000"),
    ("channel_import", "--orders", "10000"),
    ("stock_push",),
    ("webhook",),
    ("order_list",),
    ("statements",),
    ("scan", "--scan", "pick"),
    ("scan", "--scan", "put_away"),
)

if __name__ == "__main__":
    runs = [tuple(sys.argv[1:])] if sys.argv[1:] else list(SUITE)
    for arguments in runs:
        sys.stdout.flush()
        code = subprocess.run([sys.executable, str(MANAGE), "bench", *arguments]).returncode
        if code:
            sys.exit(code)
