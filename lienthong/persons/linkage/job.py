"""One linkage as a process of its own: `python -m lienthong.persons.linkage.job FOLDER`. Pure of Django.

Reads `job.json` of the folder (engine, memory, threads, certain), links its `left.csv` and `right.csv` into `links.csv`, and
says how far it is in `progress.json`. Ends with 0, or with 1 and a sentence in `error.json`. When the worker that started it
dies, its standard input ends, and so does it; until then it holds `lock`: two never write one folder. What it had done
stays for the next.
"""

import fcntl
import json
import os
import resource
import sys
import threading
from pathlib import Path
from typing import Final

from lienthong.kernel.errors import LienthongError
from lienthong.persons.linkage import linking, notes, report

JOB: Final = "job.json"
PROGRESS: Final = "progress.json"
ERROR: Final = "error.json"
SUMMARY: Final = "summary.json"
LINKS: Final = "links.csv"
_ORPHANED: Final = 3


def main(folder: Path) -> int:
    """Link the two registers of the folder; the exit code."""
    threading.Thread(target=_end_with_the_worker, daemon=True).start()
    with (folder / "lock").open("w") as lock:
        # Another one may not have noticed yet that its worker is gone, or that the linkage is no longer its own.
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _link(folder)


def _link(folder: Path) -> int:
    said = json.loads((folder / JOB).read_text(encoding="utf-8"))
    machine = linking.Machine(said["engine"], said["memory"], said["threads"], folder / "work")

    def progress(stage: str, done: int, total: int) -> None:
        _write(folder / PROGRESS, {"stage": stage, "done": done, "total": total})

    try:
        summary = linking.link(
            folder / "left.csv",
            folder / "right.csv",
            folder / LINKS,
            machine=machine,
            progress=progress,
        )
        told = report.report(
            folder,
            folder / LINKS,
            memory=said["memory"],
            threads=said["threads"],
            certain=said["certain"],
        )
    except LienthongError as error:
        _write(folder / ERROR, {"message_vi": error.message_vi})
        return 1
    _write(
        folder / SUMMARY,
        {
            "left": summary.left,
            "right": summary.right,
            "links": summary.links,
            "doubtful": summary.doubtful,
            "exact": summary.exact,
            "compared": summary.compared,
            "seconds": round(sum(summary.seconds.values()), 1),
            "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }
        | told,
    )
    return 0


def _write(path: Path, said: object) -> None:
    """In one piece: whoever reads finds the old or the new."""
    notes.write(path, json.dumps(said, ensure_ascii=False))


def _end_with_the_worker() -> None:
    # Not `sys.stdin`: its lock would outlive the main thread and turn a good end into a fatal one.
    while os.read(0, 4096):
        pass
    os._exit(_ORPHANED)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
