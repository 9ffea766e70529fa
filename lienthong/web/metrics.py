"""`/metrics` as Prometheus reads it (text format 0.0.4): this server's answers, the worker's pulse, the counted figures."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from lienthong.database import gauges, pulses
from lienthong.web.measures import BUCKETS

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_LABELS = {
    "dossiers_open": "state",
    "dossiers_oldest_seconds": "state",
    "dossiers_closed": "state",
    "messages_waiting": "state",
    "messages_oldest_seconds": "state",
    "outbox_pending": "kind",
    "outbox_oldest_seconds": "kind",
    "alarms_open": "name",
    "backup_age_seconds": "what",
    "disk_free_ratio": "machine",
    "clock_skew_seconds": "machine",
}


def text(answers: Mapping[str, list[float]], *, at: datetime) -> str:
    """The whole page. Two queries on small tables."""
    lines = [*_of_answers(answers), *_of_worker(at), *_of_gauges(at)]
    return "\n".join(lines) + "\n"


def _of_answers(answers: Mapping[str, list[float]]) -> Iterator[str]:
    name = "lienthong_request_seconds"
    yield f"# HELP {name} Time of answers, by door, route and status."
    yield f"# TYPE {name} histogram"
    for key, row in sorted(answers.items()):
        door, route, status = key.split(" ")
        labels = f'door="{_safe(door)}",route="{_safe(route)}",status="{_safe(status)}"'
        total = 0.0
        for bound, count in zip([*map(str, BUCKETS), "+Inf"], row, strict=False):
            total += count
            yield f'{name}_bucket{{{labels},le="{bound}"}} {total:g}'
        yield f"{name}_sum{{{labels}}} {row[-1]:.6f}"
        yield f"{name}_count{{{labels}}} {total:.0f}"


def _of_worker(at: datetime) -> Iterator[str]:
    found = pulses.of_tasks()
    for name, kind, says in (
        ("lienthong_task_moved_total", "counter", "Things a task of the worker moved."),
        ("lienthong_task_failed_total", "counter", "Runs of a task that failed."),
        ("lienthong_task_age_seconds", "gauge", "Seconds since a task last ran."),
    ):
        yield f"# HELP {name} {says}"
        yield f"# TYPE {name} {kind}"
        for pulse in found:
            value = {
                "lienthong_task_moved_total": float(pulse.moved_count),
                "lienthong_task_failed_total": float(pulse.failed_count),
                "lienthong_task_age_seconds": (at - pulse.ran_at).total_seconds(),
            }[name]
            yield f'{name}{{task="{_safe(pulse.task)}"}} {value:.15g}'


def _of_gauges(at: datetime) -> Iterator[str]:
    before = ""
    found = gauges.every()
    for gauge in found:
        name = f"lienthong_{gauge.name}"
        if name != before:
            yield f"# TYPE {name} gauge"
            before = name
        label = _LABELS.get(gauge.name)
        labels = f'{{{label}="{_safe(gauge.label)}"}}' if label else ""
        yield f"{name}{labels} {gauge.value:.15g}"
    if found:
        yield "# HELP lienthong_counted_age_seconds Seconds since the worker counted the figures above."
        yield "# TYPE lienthong_counted_age_seconds gauge"
        yield f"lienthong_counted_age_seconds {(at - found[0].at).total_seconds():.3f}"


def _safe(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
