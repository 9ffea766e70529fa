"""Reporting a difficulty (báo vướng mắc) from where it was met: the page, the rule or error shown, the matter by its id.

    report(Question("card", "Không in được thẻ", "…"), Met(page="print", code="E-PRINTER"), by=officer, at=now)

No name, number or birth date goes along: the texts are masked first, with the help of what is known of the matter. The
matter itself is an id, which opens for those alone who may see it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version

import msgspec
from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.cards.actions import need
from lienthong.cards.lookup import Asker
from lienthong.database.scope import acting
from lienthong.dossiers.clocks import task_due
from lienthong.kernel.actor import Actor, ActorKind
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import Conflict, Refused, Unavailable
from lienthong.kernel.names import match_key
from lienthong.oversight import moving
from lienthong.oversight.difficulties import PROVINCE, TOPICS_VI, DifficultyLine, level_of
from lienthong.oversight.masking import Known, Masked, masked, tidy
from lienthong.oversight.moving import LONGEST_TEXT, LONGEST_TITLE, Standing

_INSERT = """
    INSERT INTO oversight_difficulty (asked_at, asked_by, asker_id, topic, title, question, page, code, subject_kind,
        subject_id, software, level, state, since, due_on, facility_code, answer, basis, answered_by, act, said, changed_at)
    VALUES (%(at)s, %(label)s, %(asker)s, %(topic)s, %(title)s, %(question)s, %(page)s, %(code)s, %(kind)s, %(subject)s,
            %(software)s, %(level)s, 'new', %(at)s, %(due_on)s, '', '', '', '', 'reported', '', %(at)s)
    RETURNING id
"""
_HOME = "SELECT province_code, unit_code FROM accounts_officer WHERE id = %s"
# By its message as a trace finds it, or by its code: dossiers have no index by message.
_DOSSIER_OF = """
    WITH message AS MATERIALIZED (SELECT registration_id FROM births_message WHERE message_id = %(key)s),
    -- Found first, put in order afterwards: else all dossiers are read from the newest on until one fits.
    found AS MATERIALIZED (
        SELECT dossier.id
        FROM message JOIN births_registration AS registration ON registration.id = message.registration_id
        JOIN dossiers_dossier AS dossier
            ON dossier.id = CASE WHEN registration.dossier_id IS NULL THEN registration.joined_dossier_id
                                 ELSE registration.dossier_id END
        UNION ALL SELECT id FROM dossiers_dossier WHERE code = %(key)s
    )
    SELECT id FROM found ORDER BY id DESC LIMIT 1
"""
# Whom a matter is about, as far as the reporter sees it: every name and birth date, to be masked in what he writes.
_OF_DOSSIERS = """
    SELECT ARRAY[dossier.child_name, person.full_name, person.mother_name, person.father_name, person.guardian_name],
           ARRAY[dossier.child_born_on, person.born_on]
    FROM dossiers_dossier AS dossier LEFT JOIN persons_person AS person ON person.id = dossier.person_id
    WHERE dossier.id = ANY (ARRAY(
        SELECT %(id)s WHERE %(kind)s = 'dossier'
        UNION ALL SELECT task.dossier_id FROM dossiers_task AS task WHERE %(kind)s = 'task' AND task.id = %(id)s
        UNION ALL SELECT card.dossier_id FROM cards_card AS card WHERE %(kind)s = 'card' AND card.id = %(id)s
        UNION ALL SELECT found.dossier_id FROM cards_finding AS found WHERE %(kind)s = 'finding' AND found.id = %(id)s
    )) OR (%(kind)s = 'person' AND dossier.person_id = %(id)s)
    ORDER BY dossier.id DESC LIMIT 20
"""
_REPORTS = "SELECT verdict, difficulty, facility, province FROM oversight_hospital_reports(%s::jsonb, %s::jsonb)"
_SAYS = "SELECT oversight_hospital_says(%s::jsonb, %s::jsonb)"
_OWN = "SELECT * FROM oversight_hospital_difficulties(%s::jsonb)"
_MOST_CODE = 60


@dataclass(frozen=True, slots=True)
class Question:
    """What an officer asks."""

    topic: str
    title: str
    question: str


@dataclass(frozen=True, slots=True)
class Met:
    """Where he met it: the page's name, the rule or error shown there, the matter by kind and internal id."""

    page: str = ""
    code: str = ""
    subject_kind: str = ""
    subject_id: int | None = None


@dataclass(frozen=True, slots=True)
class OwnLine:
    """A facility's difficulty as its counter shows it."""

    id: int
    asked_at: datetime
    topic: str
    title: str
    question: str
    state: str
    act: str
    said: str
    answer: str
    basis: str
    answered_at: datetime | None
    due_on: object = field(default=None)

    number = DifficultyLine.number
    topic_vi = DifficultyLine.topic_vi
    state_vi = DifficultyLine.state_vi


def known_of(met: Met, *, by: Actor) -> Known:
    """The names and birth dates of whom the matter is about, as far as the actor sees them. One statement."""
    del by  # row-level security reads the actor of the transaction
    if not met.subject_kind or met.subject_id is None:
        return Known()
    with connection.cursor() as cursor:
        cursor.execute(_OF_DOSSIERS, {"kind": met.subject_kind, "id": met.subject_id})
        rows = cursor.fetchall()
    names = {name for found, _ in rows for name in found if name}
    days = {day for _, found in rows for day in found if day}
    return Known(tuple(sorted(names)), tuple(sorted(days)))


def dossier_of(key: str, *, by: Actor) -> int | None:
    """The dossier with this message id or code, when the actor sees it. One statement."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_DOSSIER_OF, {"key": key})
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def clean(asked: Question, met: Met, *, by: Actor) -> tuple[Question, str]:
    """The question as it would be stored, and what was masked in it, in words; '' for nothing."""
    known = known_of(met, by=by)
    title, question = masked(asked.title, known), masked(asked.question, known)
    return Question(asked.topic, title.text, question.text), _found_vi(title, question)


def report(asked: Question, met: Met, *, by: Actor, at: datetime) -> int:
    """Its id; it waits at the level above the reporter, whose officers are told.

    Raises Refused with the field: no subject of the list, no title or question, too much of either.
    """
    need(by, Permission.DIFFICULTY_REPORT)
    with acting(by, at=at):
        kept, _ = clean(asked, met, by=by)
        _check(kept)
        level, due_on = _first_level(by, at=at), task_due(at)
        with connection.cursor() as cursor:
            cursor.execute(
                _INSERT,
                {
                    "at": at,
                    "label": by.label,
                    "asker": by.account_id,
                    "topic": kept.topic,
                    "title": kept.title,
                    "question": kept.question,
                    "page": _code(met.page),
                    "code": _code(met.code),
                    "kind": met.subject_kind if met.subject_id else "",
                    "subject": met.subject_id,
                    "software": version("lienthong"),
                    "level": level,
                    "due_on": due_on,
                },
            )
            made = int(cursor.fetchone()[0])
        _told(made, by=by, at=at)
    return made


def report_from_hospital(asked: Question, met: Met, *, asker: Asker, at: datetime) -> int:
    """As `report`, from a facility's counter: it waits at the province. At most 20 a day and facility.

    Raises Refused, and Unavailable when the facility's door is shut or has asked too much.
    """
    by = counter(asker)
    title, question = masked(asked.title), masked(asked.question)
    kept = Question(asked.topic, title.text, question.text)
    _check(kept)
    told = {
        "at": at,
        "on_day": vietnam_date(at),
        "due_on": task_due(at),
        "topic": kept.topic,
        "title": kept.title,
        "question": kept.question,
        "page": _code(met.page),
        "code": _code(met.code),
        "software": version("lienthong"),
    }
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_REPORTS, [_asked(asker), msgspec.json.encode(told).decode()])
        verdict, made, facility, province = cursor.fetchone()
        if verdict:
            raise Unavailable(
                "Cơ sở đã báo nhiều vướng mắc trong ngày. Hãy gọi tổ công tác của tỉnh nếu cần gấp."
                if verdict == "over_limit"
                else "Tài khoản của cơ sở hiện không gửi được. Hãy gọi tổ công tác của tỉnh.",
                code=verdict,
            )
        trail.record(by, "difficulty.reported", at=at, subject_kind="difficulty", subject_id=made)
        home = Standing(
            int(made),
            -int(province),
            province,
            facility_code=facility,
            topic=kept.topic,
            due_on=task_due(at),
        )
        moving.tell(home, "DIFFICULTY_NEW", moving.takers(home, PROVINCE, at=at), by=by, at=at)
    return int(made)


def of_hospital(asker: Asker) -> list[OwnLine]:
    """The facility's own difficulties, the latest first, 100 at most. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_OWN, [_asked(asker)])
        names = [column[0] for column in cursor.description]
        return [OwnLine(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


def say_from_hospital(
    difficulty_id: int, act: str, words: str, *, asker: Asker, at: datetime
) -> None:
    """The facility replies to a question (`replied`), confirms (`confirmed`) or asks once more (`reopened`).

    Raises Refused without words where they are needed, Conflict when that is not the step due.
    """
    said = "" if act == "confirmed" else moving.said_in(words, field="noi-dung", what_vi="nội dung")
    told = {"id": difficulty_id, "act": act, "words": said, "at": at, "due_on": task_due(at)}
    with acting(counter(asker), at=at), connection.cursor() as cursor:
        cursor.execute(_SAYS, [_asked(asker), msgspec.json.encode(told).decode()])
        if not cursor.fetchone()[0]:
            raise Conflict(
                "Vướng mắc này vừa đổi tình trạng. Hãy xem lại trong danh sách.", code="CHANGED"
            )


def counter(asker: Asker) -> Actor:
    """The facility's account as who acts."""
    return Actor(asker.account, ActorKind.MACHINE, frozenset(), person_key=0, role="hospital")


def _check(kept: Question) -> None:
    if kept.topic not in TOPICS_VI:
        raise Refused("Vui lòng chọn nội dung trong danh sách.", code="TOPIC", field="chu-de")
    moving.said_in(kept.title, field="tieu-de", what_vi="tiêu đề", longest=LONGEST_TITLE)
    moving.said_in(
        kept.question, field="cau-hoi", what_vi="vướng mắc gặp phải", longest=LONGEST_TEXT
    )


def _first_level(by: Actor, *, at: datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute(_HOME, [by.account_id])
        province_code, unit_code = cursor.fetchone() or ("", "")
    home = Standing(province_code=province_code, unit_code=unit_code, asker_id=by.account_id)
    return moving.next_level(home, level_of(by), at=at)


def _told(difficulty_id: int, *, by: Actor, at: datetime) -> None:
    made = moving.locked([difficulty_id])[difficulty_id]
    detail = {"topic": made.topic, "level": made.level}
    trail.record(
        by,
        "difficulty.reported",
        at=at,
        subject_kind="difficulty",
        subject_id=difficulty_id,
        detail=detail,
    )
    moving.tell(made, "DIFFICULTY_NEW", moving.takers(made, made.level, at=at), by=by, at=at)


def _found_vi(*texts: Masked) -> str:
    return ", ".join(it.found_vi for it in texts if it.found)


def _code(text: str) -> str:
    """A code of a page, rule or error: one short word; what looks like anything else is left out."""
    code = tidy(text)[:_MOST_CODE]
    return code if code == masked(code).text and " " not in code else ""


def _asked(asker: Asker) -> str:
    said = {
        "account": asker.account,
        "token_at": asker.token_at,
        "asks_staff": asker.staff_personal_id is not None,
        "staff_personal_id": asker.staff_personal_id,
        "staff_name_key": match_key(asker.staff_name),
    }
    return msgspec.json.encode(said).decode()
