"""Every step of a difficulty but its report and the clock's: taken, asked back, answered, passed up, merged, settled.

    take(12, by=head, at=now); answer(12, "Chọn lý do …", basis="…", by=head, at=now); confirm(12, by=asker, at=now)

Who answers at a level may also answer below it, and the matter comes up to him. One transaction a step; a stale page gets
Conflict. Who has the next word is told.
"""

from dataclasses import replace
from datetime import datetime

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.cards.actions import need
from lienthong.database.scope import acting
from lienthong.dossiers.clocks import task_due
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import NotAllowed, Refused
from lienthong.oversight import moving, reporting
from lienthong.oversight.difficulties import CENTRE, LEVELS, answers_at, level_of
from lienthong.oversight.masking import Known
from lienthong.oversight.moving import Standing
from lienthong.oversight.reporting import Met

LONGEST_BASIS = 500
_MATTER = "SELECT subject_kind, subject_id FROM oversight_difficulty WHERE id = %s"
_DOUBLES = """
    SELECT id FROM oversight_difficulty WHERE same_as_id = %s AND state = 'merged' ORDER BY id
"""


def take(difficulty_id: int, *, by: Actor, at: datetime) -> None:
    """The actor answers it from now on; one of a lower level comes up to his, its days as they were.

    Raises NotAllowed when it is answered higher up, Conflict when it waits for nobody.
    """
    need(by, Permission.DIFFICULTY_ANSWER)
    with acting(by, at=at):
        now = _answerable(difficulty_id, "new", "taken", by=by)
        moving.write(_taken(now, by=by, at=at), "taken", by=by, at=at)


def ask_back(difficulty_id: int, words: str, *, by: Actor, at: datetime) -> None:
    """The asker is asked for more; the days stand still until he replies. Raises Refused without words."""
    need(by, Permission.DIFFICULTY_ANSWER)
    with acting(by, at=at):
        known = _known(difficulty_id, by=by)
        said = moving.said_in(words, field="hoi-them", what_vi="nội dung cần bổ sung", known=known)
        now = _taken(_answerable(difficulty_id, "new", "taken", by=by), by=by, at=at)
        if now.taken_at == at:
            moving.write(now, "taken", by=by, at=at)
        asked = now.resting("asked_back")
        moving.write(asked, "asked_back", said=said, by=by, at=at)
        moving.tell(asked, "DIFFICULTY_ASKED", [asked.asker_id], by=by, at=at)


def answer(
    difficulty_id: int, words: str, *, basis: str = "", by: Actor, at: datetime
) -> tuple[int, ...]:
    """The answer, for this one and every double merged into it; their ids. Raises Refused without words."""
    need(by, Permission.DIFFICULTY_ANSWER)
    law = (
        moving.said_in(basis, field="can-cu", what_vi="căn cứ", longest=LONGEST_BASIS)
        if basis.strip()
        else ""
    )
    with acting(by, at=at):
        known = _known(difficulty_id, by=by)
        said = moving.said_in(words, field="tra-loi", what_vi="nội dung trả lời", known=known)
        now = _taken(_answerable(difficulty_id, "new", "taken", by=by), by=by, at=at)
        every = [now, *_doubles(difficulty_id)]
        for each in every:
            done = replace(
                each.resting("answered"),
                answer=said,
                basis=law,
                answered_at=at,
                answered_by=by.label,
                level=now.level,
                taker_id=now.taker_id,
                taken_at=now.taken_at,
            )
            moving.write(done, "answered", by=by, at=at)
            moving.tell(done, "DIFFICULTY_ANSWERED", [done.asker_id], by=by, at=at)
    return tuple(each.id for each in every)


def pass_up(difficulty_id: int, words: str, *, by: Actor, at: datetime) -> str:
    """To the next level above the actor's at which somebody answers; that level. Its days begin there.

    Raises Refused at the centre, or without words: whoever gets it must read what was tried.
    """
    need(by, Permission.DIFFICULTY_ANSWER)
    with acting(by, at=at):
        known = _known(difficulty_id, by=by)
        said = moving.said_in(words, field="ly-do", what_vi="lý do chuyển cấp trên", known=known)
        now = _answerable(difficulty_id, "new", "taken", by=by)
        own = max(level_of(by), now.level, key=LEVELS.index)
        if own == CENTRE:
            raise Refused("Vướng mắc đã ở cấp cao nhất.", code="TOP", field="ly-do")
        up = now.running(moving.next_level(now, own, at=at), at=at)
        moving.write(up, "passed_up", said=said, by=by, at=at)
        told = moving.takers(up, up.level, at=at)
        moving.tell(up, "DIFFICULTY_UP", [*told, up.asker_id], by=by, at=at)
    return up.level


def close(difficulty_id: int, words: str, *, by: Actor, at: datetime) -> None:
    """Nothing to answer, here and in its doubles; the reason stays. Raises Refused without one."""
    need(by, Permission.DIFFICULTY_ANSWER)
    with acting(by, at=at):
        known = _known(difficulty_id, by=by)
        said = moving.said_in(words, field="ly-do", what_vi="lý do đóng", known=known)
        now = _answerable(difficulty_id, "new", "taken", "asked_back", "answered", by=by)
        for each in (now, *_doubles(difficulty_id)):
            closed = each.resting("closed")
            moving.write(closed, "closed", said=said, by=by, at=at)
            moving.tell(closed, "DIFFICULTY_CLOSED", [closed.asker_id], by=by, at=at)


def merge(difficulty_id: int, into_id: int, *, by: Actor, at: datetime) -> None:
    """The same question as another, which stays: its answer will be this one's too.

    The other comes up to a level that answers for both places. One that is answered already answers this one at once.
    Raises Refused for itself, for one that is merged or over, or where the actor may not answer for both.
    """
    need(by, Permission.DIFFICULTY_ANSWER)
    if difficulty_id == into_id:
        raise Refused("Hãy chọn một vướng mắc khác để gộp.", code="ITSELF", field="gop-vao")
    with acting(by, at=at):
        # Both under lock in the order of their ids, so that two merges never wait for each other.
        moving.locked([difficulty_id, into_id])
        now = _answerable(difficulty_id, "new", "taken", by=by)
        other = _answerable(into_id, "new", "taken", "answered", "confirmed", by=by)
        level = moving.common_level(now, other)
        if not answers_at(by, level):
            raise NotAllowed(
                "Hai vướng mắc thuộc hai nơi: cấp quản lý chung mới gộp được.", code="LEVEL"
            )
        merged = replace(now.resting("merged"), level=level, same_as_id=into_id)
        moving.write(merged, "merged", said=f"Gộp vào VM-{into_id}", by=by, at=at)
        for double in _doubles(difficulty_id):
            moving.write(replace(double, same_as_id=into_id, level=level), "merged", by=by, at=at)
        if other.state in {"answered", "confirmed"}:
            _answer_as(merged, other, by=by, at=at)
        elif LEVELS.index(level) > LEVELS.index(other.level):
            moving.write(_taken(other, by=by, at=at), "taken", by=by, at=at)


def part(difficulty_id: int, *, by: Actor, at: datetime) -> None:
    """Not the same question after all: it waits for its own answer again, its days beginning anew."""
    need(by, Permission.DIFFICULTY_ANSWER)
    with acting(by, at=at):
        now = _answerable(difficulty_id, "merged", by=by)
        alone = replace(now.running(now.level, at=at), same_as_id=None)
        moving.write(alone, "parted", by=by, at=at)


# ---------------------------------------------------------------- the asker


def reply(difficulty_id: int, words: str, *, by: Actor, at: datetime) -> None:
    """What the asker was asked for; who took it goes on, with new days. Raises Refused without words."""
    with acting(by, at=at):
        known = _known(difficulty_id, by=by)
        said = moving.said_in(words, field="bo-sung", what_vi="nội dung bổ sung", known=known)
        now = _own(difficulty_id, "asked_back", by=by)
        back = replace(now, state="taken", since=at, due_on=task_due(at))
        moving.write(back, "replied", said=said, by=by, at=at)
        moving.tell(back, "DIFFICULTY_REPLIED", [back.taker_id], by=by, at=at)


def confirm(difficulty_id: int, *, by: Actor, at: datetime) -> None:
    """The answer did it."""
    with acting(by, at=at):
        now = _own(difficulty_id, "answered", by=by)
        moving.write(now.resting("confirmed"), "confirmed", by=by, at=at)


def reopen(difficulty_id: int, words: str, *, by: Actor, at: datetime) -> None:
    """The answer did not do it: it waits at the same level again. Raises Refused without words."""
    with acting(by, at=at):
        known = _known(difficulty_id, by=by)
        said = moving.said_in(
            words, field="bo-sung", what_vi="điều chưa giải quyết được", known=known
        )
        now = _own(difficulty_id, "answered", by=by)
        again = replace(now.running(now.level, at=at), same_as_id=None)
        moving.write(again, "reopened", said=said, by=by, at=at)
        told = moving.takers(again, again.level, at=at)
        moving.tell(again, "DIFFICULTY_REOPENED", told, by=by, at=at)


def withdraw(difficulty_id: int, *, by: Actor, at: datetime) -> None:
    """The asker no longer needs an answer."""
    with acting(by, at=at):
        now = _own(difficulty_id, "new", "taken", "asked_back", by=by)
        moving.write(now.resting("closed"), "withdrawn", by=by, at=at)


# ---------------------------------------------------------------- shared


def _known(difficulty_id: int, *, by: Actor) -> Known:
    """Whom the difficulty is about, as far as the actor sees it: masked in whatever he writes, in any spelling."""
    with connection.cursor() as cursor:
        cursor.execute(_MATTER, [difficulty_id])
        kind, subject_id = cursor.fetchone() or ("", None)
    return reporting.known_of(Met("", "", kind, subject_id), by=by)


def _answerable(difficulty_id: int, *states: str, by: Actor) -> Standing:
    now = moving.locked_one(difficulty_id, *states)
    if not answers_at(by, now.level):
        raise NotAllowed("Vướng mắc này đang do cấp trên trả lời.", code="LEVEL")
    return now


def _own(difficulty_id: int, *states: str, by: Actor) -> Standing:
    need(by, Permission.DIFFICULTY_REPORT)
    now = moving.locked_one(difficulty_id, *states)
    if now.asker_id != by.account_id:
        raise NotAllowed("Chỉ người đã báo vướng mắc mới làm được việc này.", code="ASKER")
    return now


def _taken(now: Standing, *, by: Actor, at: datetime) -> Standing:
    """Taken by the actor at his own level; as it is when he has it already."""
    level = max(level_of(by), now.level, key=LEVELS.index)
    if now.state == "taken" and now.taker_id == by.account_id and now.level == level:
        return now
    return replace(now, level=level, state="taken", taker_id=by.account_id or None, taken_at=at)


def _doubles(difficulty_id: int) -> list[Standing]:
    with connection.cursor() as cursor:
        cursor.execute(_DOUBLES, [difficulty_id])
        ids = [row[0] for row in cursor.fetchall()]
    return list(moving.locked(ids).values())


def _answer_as(merged: Standing, other: Standing, *, by: Actor, at: datetime) -> None:
    done = replace(
        merged.resting("answered"),
        answer=other.answer,
        basis=other.basis,
        answered_at=at,
        answered_by=other.answered_by,
        article_id=other.article_id,
    )
    moving.write(done, "answered", by=by, at=at)
    moving.tell(done, "DIFFICULTY_ANSWERED", [done.asker_id], by=by, at=at)
