"""Tables of figures: where dossiers stood when, each line of which can be made again from the events of the apps below."""

from lienthong.reports.linetables import Cell, Identified, Line, Mark, Shift, Wait

__all__ = ("Cell", "Identified", "Line", "Mark", "Shift", "Wait")
