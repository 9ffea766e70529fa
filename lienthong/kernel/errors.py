"""The only five errors an action, a query or a gateway raises, each with a sentence for the person in front of it."""


class LienthongError(Exception):
    """Base of the five. `message_vi` is shown to people; `code` and `field` say where to look."""

    def __init__(self, message_vi: str, *, code: str = "", field: str = "") -> None:
        super().__init__(message_vi)
        self.message_vi = message_vi
        self.code = code
        self.field = field


class NotAllowed(LienthongError):
    """The actor lacks the permission."""


class NotFound(LienthongError):
    """Absent, or outside the actor's area: the two are never told apart."""


class Refused(LienthongError):
    """A rule of law or of the procedure says no."""


class Conflict(LienthongError):
    """Somebody else was faster: the row is no longer in the state the caller saw."""


class Unavailable(LienthongError):
    """Another system, or our database, does not answer. Never means "not insured"."""
