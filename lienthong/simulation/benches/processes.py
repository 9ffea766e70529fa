"""What processes cost: processor time and memory of one and all its descendants, read from /proc."""

import os
import re
from pathlib import Path
from typing import Final

_MOST_MEMORY = re.compile(r"VmHWM:\s+([0-9]+) kB")
_PARENT = re.compile(r"PPid:\s+([0-9]+)")
_KIBIBYTES: Final = 1024
_TICKS = os.sysconf("SC_CLK_TCK")
_OWN_TIMES = slice(11, 15)
"""utime, stime, cutime and cstime behind the name in /proc/PID/stat: the process, and children that it has buried."""


def family(pid: int) -> list[int]:
    """The process and all its living descendants."""
    found = [pid]
    for one in found:
        found += map(int, _said(one, f"task/{one}/children").split())
    return found


def parent(pid: int) -> int:
    """Who started it."""
    said = _PARENT.search(_said(pid, "status"))
    return int(said[1]) if said else 0


def cpu_seconds(pid: int) -> float:
    """Processor time of a process, its living descendants, and the dead ones that were waited for."""
    stats = (_said(one, "stat").rpartition(")")[2].split() for one in family(pid))
    return sum(sum(map(int, stat[_OWN_TIMES])) for stat in stats) / _TICKS


def peak_mebibytes(pid: int) -> float:
    """The most that the process and each of its living descendants ever held, added up."""
    said = (_said(one, "status") for one in family(pid))
    return sum(int(most[1]) / _KIBIBYTES for text in said if (most := _MOST_MEMORY.search(text)))


def _said(pid: int, name: str) -> str:
    """A file of /proc; empty when the process has just ended."""
    try:
        return Path(f"/proc/{pid}/{name}").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return ""
