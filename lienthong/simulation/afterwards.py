"""What the demo's ministry changes when a child's card is out: a name, a birth date across 30/9, one who turns out older.

The message that brought the child is sent again as a later version of itself, so that officers find something to decide.
"""

import json
from collections.abc import Collection, Iterable, Mapping

from lienthong.simulation.messages import Message, line

_MOST = 6
_LATER_VERSION = 50
_CHANGES: tuple[Mapping[str, object], ...] = (
    {"nksNgaySinh": "30/09/2026", "maGCS": None, "soDinhDanh": ""},
    {"nksNgaySinh": "01/10/2026", "maGCS": None, "soDinhDanh": ""},
    {"nksNgaySinh": "15/03/2019", "maGCS": None, "soDinhDanh": ""},
)
"""Each in turn; after them a name that had lost its last word."""


class Afterwards:
    """Remembers the first messages of one province and corrects some of them later."""

    def __init__(self, province_code: str) -> None:
        self._province_code = province_code
        self._created: dict[str, Message] = {}

    def remember(self, bodies: Iterable[bytes]) -> None:
        """Keep those that create a birth of the province; unreadable ones are passed over."""
        for body in bodies:
            try:
                content = json.loads(body)
                is_ours = content["data"]["ndkksMaTinh"] == self._province_code
            except (ValueError, KeyError, TypeError):
                continue
            if is_ours and content.get("kind") == "create" and content.get("version") == 1:
                self._created[content["message_id"]] = content

    def corrections(self, message_ids: Collection[str]) -> list[bytes]:
        """Later versions of the first few of these messages; the same ones each time."""
        known = sorted(set(message_ids) & self._created.keys())[:_MOST]
        return [self._corrected(self._created[it], place) for place, it in enumerate(known)]

    @staticmethod
    def _corrected(content: Message, place: int) -> bytes:
        data = dict(content["data"])
        if place < len(_CHANGES):
            data |= _CHANGES[place]
        else:
            data["nksHoTen"] = f"{data['nksHoTen']} An"
        told = {"message_id": f"{content['message_id']}-DC", "version": _LATER_VERSION}
        kept = {name: value for name, value in data.items() if value is not None}
        return line({**content, **told, "kind": "correct", "data": kept})
