"""Ways of breaking each promise that `verify` checks: what the owner of the tables could do with triggers off."""

from tests.births import rows
from tests.breaking_case import Breaking
from tests.breakings_of_cards import BREAKINGS_OF_CARDS
from tests.breakings_of_households import BREAKINGS_OF_HOUSEHOLDS
from tests.finished_world import CHILDREN, id_of

_KEYS_OF = """
    SELECT message.id AS message, message.registration_id AS registration, registration.dossier_id AS dossier,
           (SELECT max(card.id) FROM cards_card AS card WHERE card.dossier_id = registration.dossier_id) AS card,
           (SELECT max(card.id) FROM cards_card AS card JOIN dossiers_dossier AS dossier ON dossier.id = card.dossier_id
            WHERE dossier.message_id = message.message_id AND dossier.kind = 'exchange') AS further
    FROM births_message AS message
    LEFT JOIN births_registration AS registration ON registration.id = message.registration_id
    WHERE message.message_id = %s
"""


BREAKINGS = (
    *BREAKINGS_OF_CARDS,
    *BREAKINGS_OF_HOUSEHOLDS,
    Breaking(
        "DOSSIER_OWNER",
        "a dossier on its way belongs to nobody",
        ("dossiers_dossier",),
        "UPDATE dossiers_dossier SET unit_id = NULL WHERE message_id = %(requested)s RETURNING id",
    ),
    Breaking(
        "MERGER_OWNER",
        "a dossier lies where its commune was merged long ago",
        ("dossiers_dossier",),
        "UPDATE dossiers_dossier SET resolved_commune_code = '00004', resolved_since = '2008-08-01'"
        " WHERE message_id = %(twice)s RETURNING id",
    ),
    Breaking(
        "SPLIT_QUEUE",
        "a divided commune's dossier that nobody is shown",
        ("dossiers_dossier",),
        "UPDATE dossiers_dossier SET state = 'MANUAL_REVIEW', reason = 'H-AREA-SPLIT'"
        " WHERE message_id = %(parked)s RETURNING id",
        also=("DOSSIER_EVENTS",),
    ),
    Breaking(
        "NOTICE_LETTER",
        "a notice whose letter was never owed",
        ("notices_notice",),
        "INSERT INTO notices_notice (kind, key, channel, recipient, subject_kind, subject_id, area, made_at, made_by)"
        " VALUES ('CARD_REVOKED', %(approved)s, 'email', 'person:1', 'person', 1, 0, now(), 'system') RETURNING id",
    ),
    Breaking(
        "BIRTH_PERSON",
        "a child bears another name than was registered",
        ("persons_person",),
        "UPDATE persons_person SET full_name = 'LÊ VĂN KHÁC' WHERE id ="
        " (SELECT person_id FROM dossiers_dossier WHERE message_id = %(approved)s) RETURNING id",
    ),
    Breaking(
        "BIRTH_PERSON",
        "a child under correction bears a name of no version",
        ("persons_person",),
        "UPDATE persons_person SET full_name = 'LÊ VĂN KHÁC' WHERE id ="
        " (SELECT person_id FROM dossiers_dossier WHERE message_id = %(corrected_after)s) RETURNING id",
    ),
    Breaking(
        "BIRTH_PERSON",
        "a correction was put aside without a decision",
        ("dossiers_task",),
        "UPDATE dossiers_task SET closed_at = now(), closed_by = 'x'"
        " WHERE dossier_id = %(corrected_after_dossier)s RETURNING person_id",
    ),
    Breaking(
        "BIRTH_PERSON",
        "the decision to keep a child's facts vanished",
        ("births_decision",),
        "WITH gone AS (DELETE FROM births_decision WHERE kind = 'keep' RETURNING task_id)"
        " SELECT task.person_id FROM gone JOIN dossiers_task AS task ON task.id = gone.task_id",
    ),
    Breaking(
        "CARD_COVER",
        "another entitlement than the card's",
        ("persons_person",),
        "UPDATE persons_person SET entitled = daterange(lower(entitled) + 1, upper(entitled)) WHERE id ="
        " (SELECT person_id FROM dossiers_dossier WHERE message_id = %(approved)s)"
        " RETURNING (SELECT id FROM cards_card AS card WHERE card.person_id = persons_person.id)",
    ),
    Breaking(
        "CARD_DOSSIER",
        "a card ended in form, without its dossier",
        (),
        "WITH ended AS (UPDATE cards_card SET status = 'superseded', end_reason = 'x'"
        " WHERE id = %(approved_card)s RETURNING dossier_id) SELECT dossier_id FROM ended",
    ),
    Breaking(
        "DOSSIER_AREA",
        "a dossier in a foreign area",
        ("dossiers_dossier",),
        "UPDATE dossiers_dossier SET area = 999 WHERE message_id = %(approved)s RETURNING id",
    ),
    Breaking(
        "CLOSED_COUNTS",
        "a dossier was closed and not counted",
        ("dossiers_closedcount",),
        "UPDATE dossiers_closedcount SET count = count - 1 WHERE id = (SELECT min(id) FROM dossiers_closedcount)"
        " RETURNING concat_ws(' ', area, state)",
    ),
    Breaking(
        "CLOSED_COUNTS",
        "a closed dossier that nobody would find by name",
        ("dossiers_syllable",),
        "DELETE FROM dossiers_syllable WHERE text = 'nguyen' RETURNING text",
    ),
    Breaking(
        "DOSSIER_ENTRY",
        "what arose was voided",
        ("collection_entry",),
        "UPDATE collection_entry SET voided_at = now(), void_reason = 'x'"
        " WHERE dossier_id = %(approved_dossier)s RETURNING dossier_id",
    ),
    Breaking(
        "DOSSIER_ENTRY",
        "it arose for another child",
        ("collection_entry",),
        "UPDATE collection_entry SET person_id ="
        " (SELECT person_id FROM dossiers_dossier WHERE message_id = %(printed)s)"
        " WHERE dossier_id = %(approved_dossier)s RETURNING dossier_id",
    ),
    Breaking(
        "DOSSIER_EVENTS",
        "a state nobody moved to",
        ("dossiers_dossier",),
        "UPDATE dossiers_dossier SET state = 'MANUAL_REVIEW' WHERE message_id = %(parked)s RETURNING id",
    ),
    Breaking(
        "DOSSIER_EVENTS",
        "a dossier without events",
        ("dossiers_event",),
        "WITH gone AS (DELETE FROM dossiers_event WHERE dossier_id = %(parked_dossier)s"
        " RETURNING dossier_id) SELECT DISTINCT dossier_id FROM gone",
        also=("EVENT_DIGESTS",),
    ),
    Breaking(
        "EVENT_DIGESTS",
        "an event with another author",
        ("dossiers_event",),
        "UPDATE dossiers_event SET by = 'officer:khac' WHERE to_state = 'APPROVED'"
        " AND dossier_id = %(approved_dossier)s RETURNING batch",
    ),
    Breaking(
        "EVENT_DIGESTS",
        "a deleted event",
        ("dossiers_event",),
        "DELETE FROM dossiers_event WHERE to_state = 'APPROVED'"
        " AND dossier_id = %(approved_dossier)s RETURNING batch",
        also=("DOSSIER_EVENTS",),
    ),
    Breaking(
        "MESSAGE_ANSWERED",
        "an answer that vanished",
        ("database_outbox",),
        "DELETE FROM database_outbox WHERE key = %(unreadable_message)s::text RETURNING key",
    ),
    Breaking(
        "MESSAGE_BYTES",
        "a blank more in a message",
        ("births_message",),
        "UPDATE births_message SET body = body || ' '::bytea WHERE message_id = %(approved)s RETURNING id",
    ),
    Breaking(
        "MESSAGE_BYTES",
        "a message nobody delivered",
        ("births_delivery",),
        "DELETE FROM births_delivery WHERE message_ref = %(held_message)s RETURNING message_ref",
    ),
    Breaking(
        "MESSAGE_BYTES",
        "another name in a message",
        ("births_message",),
        "UPDATE births_message SET body = convert_to(replace(convert_from(body, 'UTF8'), ' THỊ ', ' THẾ '), 'UTF8')"
        " WHERE message_id = %(approved)s RETURNING id",
        also=("BIRTH_FACTS",),
    ),
    Breaking(
        "MESSAGE_SIGNATURE",
        "the signature of another message",
        ("births_signature",),
        "INSERT INTO births_signature (correlation_id, key_id, public_key, valid_from, base, signature_input, signature,"
        " coding, items) SELECT correlation_id, 'btp-1', sha256, received_at, '\"content-digest\": sha-256=:AAAA:', '', '',"
        " '', 1 FROM births_delivery WHERE message_ref = %(held_message)s RETURNING correlation_id",
    ),
    Breaking(
        "MESSAGE_PENDING",
        "a message put back into the queue and forgotten",
        ("births_message",),
        "UPDATE births_message SET state = 'pending' WHERE message_id = %(unreadable)s RETURNING id",
    ),
    Breaking(
        "NUMBER_OF_PERSON",
        "another child's number on a dossier",
        ("dossiers_dossier",),
        "UPDATE dossiers_dossier SET insurance_number ="
        " (SELECT insurance_number FROM cards_card WHERE dossier_id ="
        " %(printed_dossier)s) WHERE message_id = %(approved)s RETURNING id",
    ),
    Breaking(
        "REGISTRATION_DOSSIER",
        "a cancelled entry whose card lives on",
        ("births_registration",),
        "UPDATE births_registration SET cancelled_version = 99"
        " WHERE id = %(approved_registration)s RETURNING id",
    ),
    Breaking(
        "REGISTRATION_DOSSIER",
        "a birth that nothing was done about",
        ("births_registration",),
        "UPDATE births_registration SET dossier_id = NULL"
        " WHERE id = %(approved_registration)s RETURNING id",
    ),
    Breaking(
        "REGISTRATION_DOSSIER",
        "a birth that vanished",
        ("births_birth",),
        "DELETE FROM births_birth WHERE registration_id = %(approved_registration)s"
        " RETURNING registration_id",
    ),
    Breaking(
        "INV-09",
        "a call given up without an alarm",
        ("database_outbox",),
        "UPDATE database_outbox SET state = 'dead' WHERE id = (SELECT max(id) FROM database_outbox)"
        " RETURNING 'database_outbox:' || id",
    ),
    Breaking(
        "DECOY_NUMBER",
        "a decoy that is a child's number",
        ("persons_number",),
        "INSERT INTO authz.decoy (number, name_key, born_on) SELECT insurance_number, 'x', '2024-01-01' FROM cards_card"
        " WHERE id = %(approved_card)s RETURNING number",
    ),
)


def parameters() -> dict[str, object]:
    """What the statements name: `approved` is a message id, `approved_card` the key of that child's card, and so on."""
    told: dict[str, object] = {}
    for child in CHILDREN:
        (keys,) = rows(_KEYS_OF, id_of(child))
        names = (
            f"{child}_{kind}" for kind in ("message", "registration", "dossier", "card", "further")
        )
        told |= {child: id_of(child), **dict(zip(names, keys, strict=True))}
    return told
