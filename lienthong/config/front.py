"""Puts the web server's one application together: pages with their database rights, the gateway with its own."""

import gc
from collections.abc import Iterable
from http import HTTPStatus
from types import ModuleType

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

from lienthong.gateways.justice_message import MAX_BYTES
from lienthong.web import answers, headers
from lienthong.web.addresses import Proxies
from lienthong.web.api import births, eligibility, fhir, giamdinh, temporary
from lienthong.web.api.batching import Batcher
from lienthong.web.api.door import Reply
from lienthong.web.api.gateway import Gateway
from lienthong.web.asgi import Front, Watched
from lienthong.web.measures import Measures
from lienthong.web.watch import Watch
from lienthong.web.wsgi import Door, Pages

PROTOCOLS: tuple[ModuleType, ...] = (giamdinh, eligibility, temporary, fhir)
"""The protocols of the gateway: modules with `ROUTES`."""


_COLLECT_AFTER = 20_000
"""New objects before the collector looks at them: a call makes hundreds that end with it."""


def _words(status: int) -> Reply:
    """The plain page for a browser whose request reached no page."""
    more = headers.of_bare_page()
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        more["Retry-After"] = str(answers.RETRY_SECONDS)
    return Reply(status, answers.bare(status), "text/html; charset=utf-8", more)


def front(protocols: Iterable[ModuleType] = PROTOCOLS) -> Front:
    """The front over the database of this installation."""
    desk = Batcher(str(settings.GATEWAY_CONNINFO), settings.CLOCK)
    pages = Pages(
        WSGIHandler(),
        doors=[Door("/api/births", MAX_BYTES, births.busy)],
        words=_words,
    )

    async def start() -> None:
        await desk.start()
        # What is loaded now stays: the collector need not walk through it again and again.
        gc.freeze()
        gc.set_threshold(_COLLECT_AFTER)

    async def stop() -> None:
        await desk.close()
        pages.close()
        watch.close()
        measures.write()

    gateway = Gateway([route for module in protocols for route in module.ROUTES], desk)
    measures = Measures(settings.MEASURES)
    watch = Watch(measures, settings.METRICS_READERS, settings.CLOCK)
    return Front(
        gateway,
        pages,
        Proxies(settings.PROXIES),
        start=start,
        stop=stop,
        watched=Watched(watch, measures),
    )
