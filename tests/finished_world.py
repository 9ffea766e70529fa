"""A small world in which everything has happened: a child in each state, and each kind of message."""

from datetime import timedelta

from lienthong.accounts.permissions import Role, permissions_of
from lienthong.audit import sealing
from lienthong.births import corrections
from lienthong.births.corrections import Deed
from lienthong.cards import actions as cards
from lienthong.cards import exchange, printing
from lienthong.cards.exchange import Asked
from lienthong.kernel.actor import Actor, ActorKind
from tests import births
from tests.births import AT, NGOC_HA, UNDECLARED, column, message, rows, run, send
from tests.cards import shown

OFFICER = Actor("can-bo", ActorKind.OFFICER, permissions_of(Role.CARD_DESK), 77, everywhere=True)
COLLECTOR = Actor("thu", ActorKind.OFFICER, permissions_of(Role.COLLECTION), 78, everywhere=True)
HEAD = Actor("truong", ActorKind.OFFICER, permissions_of(Role.HEAD), 79, everywhere=True)
LATER = AT + timedelta(hours=2)
CHILDREN = (
    "requested",
    "approved",
    "printed",
    "returned",
    "corrected_before",
    "corrected_after",
    "respelt_after",
    "cancelled_before",
    "revoked",
    "parked",
    "unreadable",
    "held",
    "not_entitled",
    "rejected",
    "twice",
    "cancelled_first",
    "again",
    "without_id",
    "exchanged",
    "exchange_withdrawn",
    "redated",
    "kept",
    "no_longer_entitled",
)
"""What becomes of child 1, 2, 3 …"""
_RETURNED = ("exchanged", "exchange_withdrawn", "redated", "kept", "no_longer_entitled")
_CARDS_OF = "SELECT card.id FROM cards_card AS card JOIN dossiers_dossier AS dossier ON dossier.id = card.dossier_id"


def id_of(child: str) -> str:
    """The id of the first message about this child."""
    return f"LTKS-2026-{_number(child):07}"


def make() -> None:
    """Live it all, then seal the log."""
    births.small_country()
    send(*_first(), b"{", at=AT)
    run()
    with_card = (
        "approved",
        "printed",
        "returned",
        "corrected_after",
        "respelt_after",
        "revoked",
        *_RETURNED,
    )
    assert not cards.approve(_cards(*with_card), by=OFFICER, at=AT).refused
    first_run = printing.print_cards(_cards("printed", "returned"), by=OFFICER, at=AT)
    printing.mark_spoilt(first_run.id, _cards("returned"), by=OFFICER, at=AT, reason="Kẹt giấy")
    printing.print_cards(_cards("returned"), by=OFFICER, at=AT, reason="Kẹt giấy")
    printing.hand_over(_cards("returned"), by=OFFICER, at=AT, recipient="Mẹ", relation="Mẹ")
    printing.print_cards(_cards(*_RETURNED), by=OFFICER, at=AT)
    printing.hand_over(_cards(*_RETURNED), by=OFFICER, at=AT, recipient="Mẹ", relation="Mẹ")
    send(*_second(), at=LATER)
    run(LATER)
    send(*_third(), at=LATER)
    run(LATER)
    _exchange()
    _decide()
    sealing.seal_once(LATER)


def _exchange() -> None:
    """One further card was approved, another taken back."""
    (card,) = _cards("exchanged")
    further = exchange.ask(
        shown(Asked(card, "facility", facility_code="01A08")), by=COLLECTOR, at=LATER
    )
    assert cards.approve([further.card_id], by=OFFICER, at=LATER).done
    (card,) = _cards("exchange_withdrawn")
    taken_back = exchange.ask(shown(Asked(card, "lost")), by=COLLECTOR, at=LATER)
    exchange.withdraw(taken_back.card_id, by=COLLECTOR, at=LATER, reason="Đã tìm thấy")


def _decide() -> None:
    """A corrected birth date was approved, a corrected name was left as it was, a card was taken away."""
    further = corrections.exchange_as_registered(_deed("redated"), by=COLLECTOR, at=LATER)
    assert cards.approve([further.card_id], by=OFFICER, at=LATER).done
    corrections.keep(_deed("kept"), by=COLLECTOR, at=LATER)
    corrections.ask_revocation(_deed("no_longer_entitled"), by=COLLECTOR, at=LATER)
    corrections.confirm_revocation(_deed("no_longer_entitled"), by=HEAD, at=LATER)


def _deed(child: str) -> Deed:
    ((task_id, birth_id),) = rows(
        "SELECT max(task.id), max(birth.id) FROM dossiers_task AS task"
        " JOIN dossiers_dossier AS dossier ON dossier.id = task.dossier_id"
        " JOIN births_registration AS registration ON registration.dossier_id = dossier.id"
        " JOIN births_birth AS birth ON birth.registration_id = registration.id WHERE dossier.message_id = %s",
        id_of(child),
    )
    return Deed(task_id, birth_id, "Theo trích lục cải chính")


def _number(child: str) -> int:
    return CHILDREN.index(child) + 1


def _cards(*children: str) -> list[int]:
    return column(
        f"{_CARDS_OF} WHERE dossier.message_id = ANY (%s)", [id_of(child) for child in children]
    )


def _first() -> list[dict[str, object]]:
    told: dict[str, dict[str, object]] = {
        "respelt_after": {"nksHoTen": "NGUYỄN THỊ HOÀ"},
        "parked": {"nksNoiCuTru": births.living_in(UNDECLARED)},
        "unreadable": {"nksHoTen": ""},
        "held": {"nksNoiCuTru": births.living_in("99901")},
        "not_entitled": {"nksNgaySinh": "01/02/2019", "maGCS": None, "soDinhDanh": ""},
        "twice": {"ndkksMaXa": NGOC_HA, "soDinhDanh": "003226000002"},
        "cancelled_first": {"kind": "cancel", "version": 2},
        "without_id": {"soDinhDanh": ""},
        "redated": {"nksNgaySinh": "30/09/2026"},
    }
    return [message(place, **told.get(child, {})) for place, child in enumerate(CHILDREN, 1)]


def _more(child: str, message_id: str, **changes: object) -> dict[str, object]:
    return message(_number(child), message_id=message_id, **changes)


def _second() -> list[dict[str, object]]:
    correction = {"kind": "correct", "version": 2}
    other_name = {"nksHoTen": "NGUYỄN MINH ANH"}
    return [
        _more("corrected_before", "M-1", **correction, **other_name),
        _more("corrected_after", "M-2", **correction, **other_name),
        _more("respelt_after", "M-3", **correction, nksHoTen="NGUYỄN THỊ HÒA"),
        _more("cancelled_before", "M-4", kind="cancel", version=2),
        _more("revoked", "M-5", kind="cancel", version=2),
        _more("rejected", "M-6", **correction, nksNgaySinh="01/02/2019", maGCS=None, soDinhDanh=""),
        _more("cancelled_first", "M-7", version=1),
        _more("again", "M-8", kind="cancel", version=2),
        _more("requested", "M-9"),
        _more("approved", "M-10", **other_name),
        _more("redated", "M-13", **correction, nksNgaySinh="01/10/2026"),
        _more("kept", "M-14", **correction, **other_name),
        _more(
            "no_longer_entitled",
            "M-15",
            **correction,
            nksNgaySinh="01/02/2019",
            maGCS=None,
            soDinhDanh="",
        ),
    ]


def _third() -> list[dict[str, object]]:
    """The child whose registration was cancelled is registered anew elsewhere, and corrected there."""
    anew = {"ndkksMaXa": NGOC_HA, "soDangKy": "900"}
    return [
        _more("again", "M-11", **anew),
        _more("again", "M-12", **anew, kind="correct", version=2, nksHoTen="NGUYỄN MINH ANH"),
    ]
