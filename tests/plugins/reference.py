"""The reference data that stands beside the checkout (BACKOFFICE_REFERENCE_DATA, default `../shared`)."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """Its folder. Missing: the test is skipped, and fails where CI=true."""
    folder = Path(os.environ.get("BACKOFFICE_REFERENCE_DATA") or ROOT / ".." / "shared").resolve()
    if (folder / "data").is_dir():
        return folder
    reason = f"no reference data in {folder} (BACKOFFICE_REFERENCE_DATA)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
