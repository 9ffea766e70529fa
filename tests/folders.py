"""Folders that PostgreSQL's own user can reach; pytest's are closed to everybody else."""

import tempfile
from pathlib import Path


def public_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="lienthong-test-"))
    folder.chmod(0o755)
    return folder
