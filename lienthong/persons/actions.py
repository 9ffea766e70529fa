"""Every write of the person register that a birth causes: correct the facts, attach a late personal id."""

from datetime import datetime
from typing import Any

from django.db import connection

from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import DateRange

_LOCK_ID = """
    SELECT id FROM persons_person
    WHERE personal_id = %s AND merged_into_id IS NULL AND id <> %s
"""
_CORRECT = """
    UPDATE persons_person
    SET full_name = %(full_name)s, tone_key = %(tone_key)s, fold_key = %(fold_key)s, born_on = %(born_on)s,
        sex = %(sex)s, nationality = %(nationality)s, personal_id = %(personal_id)s,
        personal_id_status = %(personal_id_status)s, birth_notice_code = %(birth_notice_code)s,
        mother_name = %(mother_name)s, mother_born = %(mother_born)s, mother_personal_id = %(mother_personal_id)s,
        mother_insurance_number = %(mother_insurance_number)s, father_name = %(father_name)s,
        father_born = %(father_born)s, father_personal_id = %(father_personal_id)s,
        guardian_name = coalesce(nullif(%(mother_name)s, ''), nullif(%(father_name)s, ''), %(requester_name)s),
        residence_commune_code = %(residence_commune_code)s, residence_text = %(residence_text)s,
        entitled = daterange(%(entitled_from)s, %(entitled_end)s), died_on = %(died_on)s
    WHERE id = %(id)s
"""
_ATTACH = """
    UPDATE persons_person SET personal_id = %s, personal_id_status = ''
    WHERE id = %s AND personal_id IS NULL
"""
_RESTATE_PARENTS = """
    UPDATE persons_person
    SET mother_name = %(mother_name)s, mother_born = %(mother_born)s, mother_personal_id = %(mother_personal_id)s,
        father_name = %(father_name)s, father_born = %(father_born)s, father_personal_id = %(father_personal_id)s,
        guardian_name = %(guardian_name)s
    WHERE id = %(id)s
"""
_RESTATE_RESIDENCE = """
    UPDATE persons_person SET residence_text = %s, residence_commune_code = %s WHERE id = %s
"""
_CLOSE_QUESTION = """
    UPDATE persons_identityrequest
    SET state = 'answered', closed_at = %s, detail = '', offered_name = '', offered_born_on = NULL, offered_sex = ''
    WHERE person_id = %s AND state <> 'answered'
"""
# Whatever was answered, was answered about the old facts: asked again about the new ones.
_ASK = """
    INSERT INTO persons_identityrequest (person_id, state, attempts, next_at, answer_class, detail, made_at)
    VALUES (%(id)s, 'waiting', 0, %(at)s, %(class)s, '', %(at)s)
    ON CONFLICT (person_id) DO UPDATE
    SET state = 'waiting', next_at = excluded.next_at, answer_class = excluded.answer_class, detail = '',
        offered_name = '', offered_born_on = NULL, offered_sex = '', closed_at = NULL
"""
_SILENT = "PID_NO_ANSWER"


def personal_id_taken(personal_id: str, person_id: int) -> bool:
    """True when another living record holds this personal id."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_ID, [personal_id, person_id])
        return cursor.fetchone() is not None


def correct(
    person_id: int, facts: dict[str, object], entitled: DateRange, *, by: Actor, at: datetime
) -> bool:
    """Replace the registered facts of a person who has no active card. The number never changes.

    `facts` are the fields of a birth. False when the personal id among them is another person's: it is then
    left off, and everything else is written.
    """
    personal_id = facts["personal_id"] or None
    taken = personal_id is not None and personal_id_taken(str(personal_id), person_id)
    written: dict[str, Any] = facts | {
        "id": person_id,
        "personal_id": None if taken else personal_id,
        "personal_id_status": "E-PID-TAKEN" if taken else facts["personal_id_status"],
        "entitled_from": entitled.start,
        "entitled_end": entitled.end,
        "died_on": facts["died_on"] or None,
    }
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_CORRECT, written)
        if written["personal_id"] is not None:
            cursor.execute(_CLOSE_QUESTION, [at, person_id])
        elif written["personal_id_status"] != "PID_NOT_APPLICABLE":
            status = str(written["personal_id_status"])
            said = "" if status == _SILENT else status
            cursor.execute(_ASK, {"id": person_id, "at": at, "class": said})
    return not taken


def restate_parents(person_id: int, parents: dict[str, str], *, by: Actor, at: datetime) -> None:
    """Write the parents and the guardian as registered now, of a child whose cards say nothing of them."""
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_RESTATE_PARENTS, parents | {"id": person_id})


def restate_residence(
    person_id: int, residence_text: str, *, commune_code: str, by: Actor, at: datetime
) -> None:
    """Write where the child lives as registered now, when no card of it says where."""
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_RESTATE_RESIDENCE, [residence_text, commune_code, person_id])


def attach_personal_id(person_id: int, personal_id: str, *, by: Actor, at: datetime) -> bool:
    """Fill in a late personal id; card and number stay as they are. False when it is another person's."""
    if personal_id_taken(personal_id, person_id):
        return False
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_ATTACH, [personal_id, person_id])
        cursor.execute(_CLOSE_QUESTION, [at, person_id])
    return True
