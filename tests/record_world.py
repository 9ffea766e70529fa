"""Children whose records change step by step, each step at its own instant, and the records as they stood after each."""

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime, timedelta

from lienthong.accounts.permissions import Role, permissions_of
from lienthong.births import record as records
from lienthong.births.record_lines import DossierLine, MatterLine, MessageLine, Record
from lienthong.cards import actions as cards
from lienthong.cards import printing
from lienthong.database.scope import acting
from lienthong.gateways.population import Answer, AnswerClass, Question
from lienthong.kernel.actor import Actor, ActorKind
from lienthong.persons import identity
from tests import births, papers
from tests.births import AT, NGOC_HA, UNDECLARED, column, message, run, send

OFFICER = Actor("can-bo", ActorKind.OFFICER, permissions_of(Role.CARD_DESK), 77, everywhere=True)
PAUSE = timedelta(minutes=7)
_CARDS_OF = "SELECT card.id FROM cards_card AS card JOIN dossiers_dossier AS dossier ON dossier.id = card.dossier_id"
ON_ITS_OWN_ENTRY = 12
Step = Callable[[datetime], object]


def steps() -> list[Step]:
    """A life of seven children in steps; a step gets its instant."""
    correct = {"kind": "correct", "version": 2}
    return [
        lambda at: send(*_first(), at=at),
        run,
        lambda at: send(_more(1, "M-1", **correct, nksHoTen="NGUYỄN MINH ANH"), at=at),
        run,
        lambda at: cards.approve(_cards(1, 2, 4, 6), by=OFFICER, at=at),
        lambda at: _print(at, 2, 4),
        lambda at: printing.mark_spoilt(_run(), _cards(2), by=OFFICER, at=at, reason="Kẹt giấy"),
        lambda at: _print(at, 2, reason="Kẹt giấy"),
        lambda at: printing.hand_over(
            _cards(2), by=OFFICER, at=at, recipient="TRẦN THỊ BÌNH", relation="Mẹ"
        ),
        lambda at: send(_more(2, "M-2", **correct, nksHoTen="NGUYỄN MINH ANH"), at=at),
        run,
        _answer_wrongly,
        _ask_again,
        _answer,
        lambda _: births.declare("TE01009", UNDECLARED),
        run,
        lambda at: send(_more(4, "M-4", kind="cancel", version=2), at=at),
        run,
        lambda at: send(_more(5, "M-5", kind="cancel", version=2), at=at),
        run,
        lambda at: send(_more(4, "M-6", ndkksMaXa=NGOC_HA, soDangKy="900"), at=at),
        run,
        lambda at: send(_more(1, "M-7", nksHoTen="NGUYỄN MINH ANH"), at=at),
        lambda at: send(
            _more(1, "M-8", kind="correct", version=3, nksNgaySinh="13/11/2026"), at=at
        ),
        run,
        lambda at: send(_more(7, "M-9", version=1), at=at),
        run,
        lambda at: send(
            _more(7, "M-10", kind="correct", version=3, soDinhDanh="003226000707"), at=at
        ),
        run,
    ]


def paper_steps() -> list[Step]:
    """A life of six children of whom papers tell, before, after and beside the electronic records."""
    correct = {"kind": "correct", "version": 2}
    return [
        # One stays on paper, one meets its own entry, two another one (with a card and without), one paper comes later.
        lambda at: _papers(at, 11, 12, 13, 14),
        run,
        lambda at: cards.approve(_cards_of_numbers("913"), by=OFFICER, at=at),
        lambda at: send(message(15), message(16), at=at),
        run,
        lambda at: send(message(12, nksHoTen="NGUYỄN MINH ANH"), at=at),
        run,
        lambda at: send(message(13), at=at),
        run,
        lambda at: send(message(14, chaHoTen="NGUYỄN VĂN CHUNG"), at=at),
        run,
        _paper_too_late,
        run,
        lambda at: send(_more(13, "M-13", **correct, chaHoTen="NGUYỄN VĂN CHUNG"), at=at),
        run,
        lambda at: _correct_on_paper(at, 16, "NGUYỄN MINH ÁNH"),
        run,
        lambda at: _correct_on_paper(at, 11, "NGUYỄN MINH ÁNH", number="911"),
        run,
        lambda at: send(_more(16, "M-16", **correct, nksHoTen="NGUYỄN MINH ANH"), at=at),
        run,
        lambda at: cards.approve(_cards_of_numbers("12", "14", "15"), by=OFFICER, at=at),
        lambda at: _correct_on_paper(at, 15, "NGUYỄN MINH ÁNH"),
        run,
        lambda at: _cancel_on_paper(at, 14),
        run,
        lambda at: send(_more(12, "M-12", kind="cancel", version=2), at=at),
        run,
    ]


def live(steps_: list[Step] | None = None) -> Iterator[datetime]:
    """Take the steps one by one; the instant of each, when it is over."""
    births.small_country()
    for number, step in enumerate(steps_ or steps()):
        at = AT + number * PAUSE
        step(at)
        yield at


def snapshot() -> dict[str, Record]:
    """The record of every dossier there is, as it stands now."""
    by = births.system()
    with acting(by, at=AT):
        codes = column("SELECT code FROM dossiers_dossier ORDER BY id")
        return {code: records.record(by, code, on=births.ON) for code in codes}


def comparable(record: Record) -> Record:
    """Without what no event keeps: how a question stands in between, what is held, whom the person's row names."""
    return replace(
        record,
        as_of=None,
        unknown_vi=(),
        personal_id_status="",
        entitled=record.entitled if record.cards else None,
        child=None if record.child is None or record.child.rank is None else record.child,
        dossiers=tuple(_dossier(each) for each in record.dossiers),
        messages=tuple(_message(each) for each in record.messages if each.state is not None),
        matters=tuple(_matter(each) for each in record.matters),
    )


def _dossier(line: DossierLine) -> DossierLine:
    is_routed = line.state not in ("RECEIVED", "CREATE_FAILED")
    return replace(
        line,
        unit_code=line.unit_code if is_routed else "",
        unit_name=line.unit_name if is_routed else "",
        unit_rule="",
        commune_code="",
        commune_name="",
        province_name="",
        person_id=None,
        person_made_at=None,
        personal_id=None,
        personal_id_status=None,
        entitled_from=None,
        entitled_end=None,
        guardian_name=None,
        mother_name=None,
        father_name=None,
    )


def _message(line: MessageLine) -> MessageLine:
    return replace(line, dossier_id=0) if line.state == "held" else line


def _matter(line: MatterLine) -> MatterLine:
    return replace(line, detail={}) if line.matter == "question" else line


def _first() -> list[dict[str, object]]:
    return [
        message(1),
        message(2),
        message(3, nksNoiCuTru=births.living_in(UNDECLARED)),
        message(4),
        message(5),
        message(6, soDinhDanh=""),
        message(7, kind="cancel", version=2),
    ]


def _more(number: int, message_id: str, **changes: object) -> dict[str, object]:
    return message(number, message_id=message_id, **changes)


def _cards(*numbers: int) -> list[int]:
    ids = [f"LTKS-2026-{number:07}" for number in numbers]
    return column(
        f"{_CARDS_OF} WHERE dossier.message_id = ANY (%s) AND card.status IN ('requested', 'active')",
        ids,
    )


def _papers(at: datetime, *children: int) -> None:
    """Each under its own entry: of 12 the electronic one, of the others one that starts with 9."""
    for child in children:
        number = str(child) if child == ON_ITS_OWN_ENTRY else f"9{child}"
        files = [papers.PDF, papers.picture("PNG")]
        papers.enter(child, "C3", at=at, number=number, files=files, seen=_everybody())


def _paper_too_late(at: datetime) -> None:
    """Of a child that came electronically meanwhile, and whose record was not there when the officer looked."""
    send(message(17), at=at)
    papers.enter(17, "C3", at=at, number="917", seen=_everybody())


def _everybody() -> frozenset[int]:
    """All these children are alike; the officer was shown them."""
    return frozenset(column("SELECT id FROM dossiers_dossier"))


def _correct_on_paper(at: datetime, child: int, name: str, number: str = "") -> None:
    twin = _dossier_of(child, number)
    papers.enter(child, "A1", at=at, twin=twin, child_name=name, number=number or str(child))


def _cancel_on_paper(at: datetime, child: int) -> None:
    papers.enter(child, "A3", at=at, twin=_dossier_of(child), is_cancellation=True)


def _dossier_of(child: int, number: str = "") -> int:
    """The dossier that stands on the entry of this number."""
    (found,) = column(
        "SELECT dossier_id FROM births_registration WHERE number = %s", number or str(child)
    )
    return int(found)


def _cards_of_numbers(*numbers: str) -> list[int]:
    return column(
        "SELECT card.id FROM cards_card AS card"
        " JOIN births_registration AS registration ON registration.dossier_id = card.dossier_id"
        " WHERE registration.number = ANY (%s) AND card.status = 'requested'",
        list(numbers),
    )


def _run() -> int:
    return int(column("SELECT max(id) FROM cards_printrun")[0])


def _print(at: datetime, *numbers: int, reason: str = "") -> None:
    printing.print_cards(_cards(*numbers), by=OFFICER, at=at, reason=reason)


class _Population:
    """Answers every question with one name."""

    def __init__(self, full_name: str) -> None:
        self._full_name = full_name

    def ask(self, question: Question) -> Answer:
        return Answer(
            question.key,
            AnswerClass.FOUND,
            "003226000606",
            self._full_name,
            date(2026, 11, 12),
            "male",
        )

    def ready(self) -> bool:
        return True

    def suspect(self) -> bool:
        return False

    def distrust(self) -> None:
        raise AssertionError


def _answered(full_name: str, at: datetime) -> None:
    client = _Population(full_name)
    claimed = identity.due(10, by=births.system(), at=at)
    assert len(claimed) == 1
    answers = identity.ask(client, claimed)
    identity.settle(claimed, answers, client=client, by=births.system(), at=at)


def _answer_wrongly(at: datetime) -> None:
    _answered("LÊ THỊ KHÁC", at)


def _ask_again(at: datetime) -> None:
    waiting = column("SELECT person_id FROM persons_identityrequest WHERE state = 'quarantined'")
    assert identity.ask_again(waiting, by=OFFICER, at=at) == 1


def _answer(at: datetime) -> None:
    _answered("NGUYỄN MINH AN", at)


def differences(then: object, stood: object, path: str = "") -> list[str]:
    """Where two records differ, field by field, so that a failure says what."""
    if is_dataclass(then) and type(then) is type(stood):
        names = [each.name for each in fields(then)]
        pairs = [(f"{path}.{n}", getattr(then, n), getattr(stood, n)) for n in names]
    elif isinstance(then, tuple) and isinstance(stood, tuple) and len(then) == len(stood):
        pairs = [(f"{path}[{n}]", *pair) for n, pair in enumerate(zip(then, stood, strict=True))]
    else:
        return [] if then == stood else [f"{path}: {then!r} is not {stood!r}"]
    return [said for name, a, b in pairs for said in differences(a, b, name)]
