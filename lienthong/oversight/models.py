"""Tables of oversight, by subject."""

from lienthong.oversight.directivetables import Addendum, Addressee, Directive, Question, Reminder
from lienthong.oversight.replytables import Reason, Reply, ReplyLine

__all__ = (
    "Addendum",
    "Addressee",
    "Directive",
    "Question",
    "Reason",
    "Reminder",
    "Reply",
    "ReplyLine",
)
