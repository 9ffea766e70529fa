"""Tables of figures: where dossiers stood when, each line of which can be made again from the events of the apps below."""

from lienthong.reports.linetables import Identified, Line, Mark, Shift, Wait

__all__ = ("Identified", "Line", "Mark", "Shift", "Wait")
