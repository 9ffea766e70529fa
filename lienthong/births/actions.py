"""What officers do to messages: let go of the cancellations that the brake holds, two persons together.

More cancellations an hour than life brings may be an attack, or a mistake of the sender (guarantees T5): one officer
asks, another confirms, and the next check applies them. The database itself refuses anything less.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.births.settle import RELEASED
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor, ActorKind
from lienthong.kernel.errors import NotAllowed
from lienthong.kernel.outcomes import Outcome, Refusal

# A province's officer reaches the entries whose dossier is in his province; the centre reaches all.
_LOCK = """
    SELECT message.id FROM births_message AS message
    LEFT JOIN births_registration AS registration ON registration.id = message.registration_id
    LEFT JOIN dossiers_dossier AS dossier ON dossier.id = registration.dossier_id
    WHERE message.id = ANY (%(refs)s) AND message.state = 'held' AND message.held_for = 'brake'
      AND (%(everywhere)s OR dossier.province_code = %(province)s)
    ORDER BY message.id FOR UPDATE OF message
"""
_ASKED = "SELECT message_id, asked_person FROM births_release WHERE message_id = ANY (%s)"
_ASK = """
    INSERT INTO births_release (message_id, asked_person, asked_by, asked_at, confirmed_by)
    SELECT id, %s, %s, %s, '' FROM unnest(%s::bigint[]) AS held (id)
"""
_CONFIRM = """
    UPDATE births_release SET confirmed_person = %s, confirmed_by = %s, confirmed_at = %s
    WHERE message_id = ANY (%s)
"""
_RELEASE = """
    UPDATE births_message SET state = 'pending', held_for = %s, code = '', field = '' WHERE id = ANY (%s)
"""

NOT_HELD_VI = "Không có thông điệp hủy nào đang bị giữ với mã này trong địa bàn của bạn."
ALREADY_ASKED_VI = "Thông điệp này đã được đề nghị cho xử lý tiếp; cần một cán bộ khác xác nhận."
NOT_ASKED_VI = "Chưa có cán bộ nào đề nghị cho thông điệp này được xử lý tiếp."
SAME_PERSON_VI = "Người đề nghị không được tự xác nhận. Vui lòng chuyển cán bộ khác xác nhận."


@dataclass(frozen=True, slots=True)
class Released:
    """What one call did: messages now asked for, messages let go, and the rest with the reason."""

    asked: tuple[int, ...]
    released: tuple[int, ...]
    refused: tuple[Refusal, ...]


def ask_release(message_refs: Sequence[int], *, by: Actor, at: datetime) -> Outcome:
    """Ask that held cancellations be let go; nothing is applied until another person confirms.

    Raises NotAllowed without MESSAGE_RELEASE. Refused with a sentence: not held by the brake, or outside the actor's
    area (NOT_FOUND), asked for before (ALREADY_ASKED).
    """
    with acting(by, at=at):
        held, asked = _lock(message_refs, by)
        refused = [
            *_not_held(message_refs, held),
            *(Refusal(ref, "ALREADY_ASKED", ALREADY_ASKED_VI) for ref in held if ref in asked),
        ]
        fresh = [ref for ref in held if ref not in asked]
        with connection.cursor() as cursor:
            cursor.execute(_ASK, [by.person_key, by.label, at, fresh])
        _note(by, "message.release_asked", fresh, at)
    return Outcome(tuple(fresh), tuple(refused))


def confirm_release(message_refs: Sequence[int], *, by: Actor, at: datetime) -> Outcome:
    """Let go of held cancellations that another person asked for; the next check applies them.

    Raises NotAllowed without MESSAGE_RELEASE. Refused with a sentence: not held by the brake, or outside the actor's
    area (NOT_FOUND), not asked for yet (NOT_ASKED), asked for by the same human being (FOUR_EYES).
    """
    with acting(by, at=at):
        held, asked = _lock(message_refs, by)
        refused = _not_held(message_refs, held)
        done: list[int] = []
        for ref in held:
            if ref not in asked:
                refused.append(Refusal(ref, "NOT_ASKED", NOT_ASKED_VI))
            elif asked[ref] == by.person_key:
                refused.append(Refusal(ref, "FOUR_EYES", SAME_PERSON_VI))
            else:
                done.append(ref)
        with connection.cursor() as cursor:
            cursor.execute(_CONFIRM, [by.person_key, by.label, at, done])
            cursor.execute(_RELEASE, [RELEASED, done])
        _note(by, "message.released", done, at)
    return Outcome(tuple(done), tuple(refused))


def release(message_refs: Sequence[int], *, by: Actor, at: datetime) -> Released:
    """Ask for what nobody asked for yet, confirm what somebody else did: the same call by two officers.

    Raises NotAllowed without MESSAGE_RELEASE. One transaction.
    """
    with acting(by, at=at):
        held, asked = _lock(message_refs, by)
        fresh = ask_release([ref for ref in held if ref not in asked], by=by, at=at)
        confirmed = confirm_release([ref for ref in held if ref in asked], by=by, at=at)
        refused = (*_not_held(message_refs, held), *fresh.refused, *confirmed.refused)
    return Released(tuple(fresh.done), tuple(confirmed.done), refused)


def _lock(message_refs: Sequence[int], by: Actor) -> tuple[list[int], dict[int, int]]:
    """The messages that the brake holds and the actor reaches, locked in order, and who asked for which."""
    if by.kind is not ActorKind.OFFICER or not by.may(Permission.MESSAGE_RELEASE):
        raise NotAllowed(
            "Bạn không có quyền cho thông điệp đang bị giữ được xử lý tiếp.",
            code=str(Permission.MESSAGE_RELEASE),
        )
    words: dict[str, Any] = {
        "refs": list(message_refs),
        "everywhere": by.everywhere,
        "province": by.province_code,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, words)
        held = [row[0] for row in cursor.fetchall()]
        cursor.execute(_ASKED, [held])
        return held, dict(cursor.fetchall())


def _not_held(message_refs: Sequence[int], held: Sequence[int]) -> list[Refusal]:
    missing = sorted(set(message_refs) - set(held))
    return [Refusal(ref, "NOT_FOUND", NOT_HELD_VI) for ref in missing]


def _note(by: Actor, action: str, refs: Sequence[int], at: datetime) -> None:
    trail.record_each(by, action, at=at, subject_kind="message", subject_ids=refs)
