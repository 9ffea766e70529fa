"""The settings of the embedded server: sized to the machine, durable without exception, silent about people."""

import os
import shutil
from pathlib import Path

_MIB = 2**20
_GIB = 2**30
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - asked for its size only
_ENOUGH_SHARED_MEMORY = _GIB


def settings(socket: Path) -> dict[str, str]:
    """Setting → value, given on the command line, so that no file in the data folder overrides it."""
    return {**_DURABLE, **_silent(), **_sized(), **_reached_by(socket)}


_DURABLE = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "restart_after_crash": "on",
}


def _silent() -> dict[str, str]:
    # A refused row's values stand in DETAIL, a parameter in CONTEXT: neither may reach a log.
    return {
        "log_error_verbosity": "terse",
        "log_parameter_max_length_on_error": "0",
        "log_min_error_statement": "panic",
        "log_statement": "none",
        "log_min_messages": "warning",
        "log_checkpoints": "off",
        "log_line_prefix": "%m [%p] ",
    }


def _reached_by(socket: Path) -> dict[str, str]:
    return {
        "listen_addresses": "",
        "unix_socket_directories": str(socket),
        "unix_socket_permissions": "0700",
        "max_connections": "120",
        "timezone": "Asia/Ho_Chi_Minh",
        "log_timezone": "Asia/Ho_Chi_Minh",
    }


def _sized() -> dict[str, str]:
    memory = _memory()
    cores = os.cpu_count() or 2
    sized = {
        "shared_buffers": _megabytes(memory // 8, least=128, most=4096),
        "effective_cache_size": _megabytes(memory // 2, least=256, most=65536),
        "work_mem": _megabytes(memory // 384, least=8, most=64),
        "maintenance_work_mem": _megabytes(memory // 32, least=64, most=1024),
        "wal_buffers": "16MB",
        "min_wal_size": "256MB",
        "max_wal_size": _megabytes(memory // 6, least=1024, most=4096),
        # What backups have not fetched is kept for them up to here: a forgotten one must not fill the disk.
        "max_slot_wal_keep_size": "8GB",
        "checkpoint_timeout": "15min",
        "wal_compression": "pglz",
        "random_page_cost": "1.1",
        "jit": "off",
        "max_worker_processes": str(max(8, cores * 2)),
        "max_parallel_workers": str(cores),
        "max_parallel_workers_per_gather": str(max(1, cores // 2)),
        "autovacuum_naptime": "15s",
        "autovacuum_vacuum_scale_factor": "0.05",
        "autovacuum_analyze_scale_factor": "0.02",
    }
    if not _has_shared_memory():
        # Containers give 64 MB: a parallel hash join would fail with "no space left on device".
        sized["dynamic_shared_memory_type"] = "mmap"
    return sized


def _megabytes(size: int, *, least: int, most: int) -> str:
    return f"{min(max(size // _MIB, least), most)}MB"


def _memory() -> int:
    """Bytes this machine gives us, or the limit of our container or unit, whichever is least."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([machine, *limits(Path("/proc/self/cgroup"), Path("/sys/fs/cgroup"))])


def limits(groups: Path, root: Path) -> list[int]:
    """The memory limits in bytes that control groups set for us, from our own group up to the root; [] for none.

    A container sees its own group as the root; a unit of systemd has a folder below it.
    """
    try:
        lines = groups.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    own = next((line[3:] for line in lines if line.startswith("0::")), "/").strip("/")
    place = root / own if ".." not in Path(own).parts else root
    above = [folder for folder in (place, *place.parents) if folder.is_relative_to(root)]
    return [limit for folder in above if (limit := _said(folder / "memory.max"))]


def _said(limit: Path) -> int:
    try:
        text = limit.read_text(encoding="ascii").strip()
    except OSError:
        return 0
    return int(text) if text.isdigit() else 0


def _has_shared_memory() -> bool:
    try:
        return shutil.disk_usage(_SHARED_MEMORY).total >= _ENOUGH_SHARED_MEMORY
    except OSError:
        return False
