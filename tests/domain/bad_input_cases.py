"""The 128 rows of the bad-input table, each as data: what comes in and what must become of it.

`level` says who decides: `judge` (bytes alone), `door` (one HTTP call), `server` (a running server), `intake` (what
is kept), `pipeline` (the steps of the enrolment). `tests/domain/test_bad_inputs*.py` and
`tests/web/test_births_server.py` run them; a test counts that no row is missing.
"""

from tests.domain.bad_input_case import Case, Level
from tests.domain.bad_inputs_dates import DATES
from tests.domain.bad_inputs_envelope import ENVELOPE
from tests.domain.bad_inputs_names import NAMES
from tests.domain.bad_inputs_people import IDENTITY, PLACES
from tests.domain.bad_inputs_sender import SENDER

CASES = [*ENVELOPE, *SENDER, *NAMES, *DATES, *IDENTITY, *PLACES]


def of_level(level: Level) -> list[Case]:
    """The rows that one runner decides."""
    return [case for case in CASES if case.level == level]
