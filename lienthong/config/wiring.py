"""Who talks to whom in this installation: the worker's tasks with their clients.

Outside production the twin ministries of `simulation` answer; in production a lane without a configured partner
rests, and says so once.
"""

import logging

from django.conf import settings

from lienthong.config import paths
from lienthong.worker import tasks as work
from lienthong.worker.schedule import Task

_log = logging.getLogger(__name__)
_STEPS_PAUSE = 0.5
_FORECAST_PAUSE = 1.0
_SEAL_PAUSE = 5.0
_PUBLISH_PAUSE = 600.0
_REMARK_PAUSE = 3600.0
_ASK_PAUSE = 2.0
_SEND_PAUSE = 1.0


def tasks() -> tuple[Task, ...]:
    """Every task of the worker, with how often it runs."""
    own = (
        Task("advance", _STEPS_PAUSE, work.advance),
        Task("forecast_mergers", _FORECAST_PAUSE, work.forecast_mergers),
        Task("seal", _SEAL_PAUSE, work.seal),
        Task("remark_orphans", _REMARK_PAUSE, work.remark_orphans),
        Task("publish", _PUBLISH_PAUSE, work.publish(paths.home())),
    )
    if settings.PRODUCTION:
        _log.warning("wiring.no_partner", extra={"lanes": ["population", "justice"]})
        return own
    # Production never loads fictional ministries.
    from lienthong.simulation import partners  # noqa: PLC0415

    return (
        *own,
        Task(
            "ask_population",
            _ASK_PAUSE,
            work.ask_population(partners.population_client()),
            settles=False,
        ),
        Task("send_answers", _SEND_PAUSE, work.send("justice.answer", partners.justice_sender())),
    )
