"""Ways of breaking each promise that `verify` checks: what the owner of the tables could do with triggers off."""

from dataclasses import dataclass

from tests.births import rows
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


@dataclass(frozen=True, slots=True)
class Breaking:
    """One way of breaking a promise: the tables whose triggers are off, and a statement that returns the subjects.

    `constraint` is dropped from the first table. `also` are the other promises that this breaks.
    """

    promise: str
    what: str
    tables: tuple[str, ...]
    statement: str
    constraint: str = ""
    also: tuple[str, ...] = ()


BREAKINGS = (
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
        "CARD_CAUSE",
        "who asked has approved",
        ("cards_approval",),
        "UPDATE cards_approval SET approver_person = requester_person WHERE request_id ="
        " (SELECT request_id FROM cards_card WHERE id = %(approved_card)s)"
        " RETURNING (SELECT id FROM cards_card AS card WHERE card.request_id = cards_approval.request_id)",
        constraint="approval_four_eyes",
    ),
    Breaking(
        "CARD_CAUSE",
        "a card without an approval",
        ("cards_card",),
        "UPDATE cards_card SET approval_id = NULL WHERE id = %(printed_card)s RETURNING id",
        constraint="card_approved_before_active",
    ),
    Breaking(
        "CARD_CAUSE",
        "the request was changed after the approval",
        ("cards_approval", "cards_request"),
        "UPDATE cards_request SET body = convert_to(replace(convert_from(body, 'UTF8'), 'NGUYỄN', 'LÊ'), 'UTF8')"
        " WHERE dossier_id = %(approved_dossier)s"
        " RETURNING (SELECT id FROM cards_card AS card WHERE card.request_id = cards_request.id)",
        constraint="approval_same_content",
        also=("CARD_CONTENT",),
    ),
    Breaking(
        "CARD_CONTENT",
        "another address on the card",
        ("cards_card",),
        "UPDATE cards_card SET address = 'Nơi khác' WHERE id = %(approved_card)s RETURNING id",
    ),
    Breaking(
        "CARD_CONTENT",
        "a card that still waits says something else than its request",
        ("cards_card",),
        "UPDATE cards_card SET facility_code = '01A08' WHERE id = %(requested_card)s RETURNING id",
    ),
    Breaking(
        "CARD_CONTENT",
        "a further card says something else than its request",
        ("cards_card",),
        "UPDATE cards_card SET facility_code = '01013' WHERE id = %(exchanged_further)s RETURNING id",
    ),
    Breaking(
        "CARD_COPIES",
        "a print less on the card",
        ("cards_card",),
        "UPDATE cards_card SET print_count = 1 WHERE id = %(returned_card)s RETURNING id",
    ),
    Breaking(
        "CARD_COPIES",
        "a copy that vanished",
        ("cards_copy",),
        "DELETE FROM cards_copy WHERE copy_number = 1 AND card_id = %(returned_card)s RETURNING card_id",
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
        "CARD_COVER",
        "another five-year day than the law's",
        ("cards_card",),
        "UPDATE cards_card SET five_year_on = five_year_on + 1"
        " WHERE id = %(approved_card)s RETURNING id",
        also=("CARD_CONTENT",),
    ),
    Breaking(
        "CARD_COVER",
        "a further card that covers a day less than the one before",
        ("cards_card",),
        "UPDATE cards_card SET valid = daterange(lower(valid), upper(valid) - 1)"
        " WHERE id = %(redated_further)s RETURNING id",
        also=("CARD_CONTENT",),
    ),
    Breaking(
        "CARD_DOSSIER",
        "a request waits that was taken back with its dossier",
        ("cards_card",),
        "UPDATE cards_card SET status = 'requested' WHERE id = %(exchange_withdrawn_further)s RETURNING dossier_id",
        also=("CARD_EVENTS",),
    ),
    Breaking(
        "CARD_DOSSIER",
        "a dossier whose card nobody replaced has none any more",
        ("cards_card",),
        "UPDATE cards_card SET status = 'revoked' WHERE id = %(exchanged_card)s RETURNING dossier_id",
        also=("CARD_EVENTS",),
    ),
    Breaking(
        "CARD_DOSSIER",
        "a card ended in form, without its dossier",
        (),
        "WITH ended AS (UPDATE cards_card SET status = 'superseded', end_reason = 'x'"
        " WHERE id = %(approved_card)s RETURNING dossier_id) SELECT dossier_id FROM ended",
    ),
    Breaking(
        "CARD_EVENTS",
        "a status nobody moved to",
        ("cards_card",),
        "UPDATE cards_card SET status = 'superseded' WHERE id = %(revoked_card)s RETURNING id",
    ),
    Breaking(
        "CARD_EVENTS",
        "a card without events",
        ("cards_event",),
        "WITH gone AS (DELETE FROM cards_event WHERE card_id = %(requested_card)s RETURNING card_id)"
        " SELECT DISTINCT card_id FROM gone",
        also=("EVENT_DIGESTS",),
    ),
    Breaking(
        "DOSSIER_AREA",
        "a dossier in a foreign area",
        ("dossiers_dossier",),
        "UPDATE dossiers_dossier SET area = 999 WHERE message_id = %(approved)s RETURNING id",
    ),
    Breaking(
        "DOSSIER_AREA",
        "a card in a foreign area",
        ("cards_card",),
        "UPDATE cards_card SET area = 999 WHERE id = %(approved_card)s RETURNING id",
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
        "an event at another instant",
        ("cards_event",),
        "UPDATE cards_event SET at = at + interval '1 microsecond' WHERE to_state = 'active'"
        " AND card_id = %(approved_card)s RETURNING batch",
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
        "EVENT_DIGESTS",
        "an added event",
        ("cards_event",),
        "INSERT INTO cards_event (card_id, machine, batch, at, from_state, to_state, by, reason)"
        " SELECT card_id, machine, 999999, at, 'active', 'revoked', by, reason FROM cards_event"
        " WHERE card_id = %(approved_card)s LIMIT 1 RETURNING batch",
        also=("CARD_EVENTS",),
    ),
    Breaking(
        "EVENT_DIGESTS",
        "the log says another digest",
        ("audit_entry",),
        "UPDATE audit_entry SET digest = sha256('x') WHERE action = 'card.moved'"
        " AND id = (SELECT max(id) FROM audit_entry WHERE action = 'card.moved')"
        " RETURNING (detail ->> 'batch')::bigint",
        also=("INV-35",),
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
        "UPDATE births_message SET body = convert_to(replace(convert_from(body, 'UTF8'), 'BÌNH', 'BÍNH'), 'UTF8')"
        " WHERE message_id = %(approved)s RETURNING id",
        also=("BIRTH_FACTS",),
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
        "NUMBER_OF_PERSON",
        "a card whose code is not its number",
        ("cards_card",),
        "UPDATE cards_card SET insurance_number = '2600999999'"
        " WHERE id = %(approved_card)s RETURNING id",
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
        "INV-35",
        "the guard of the log switched off and left so",
        ("audit_leaf",),
        "SELECT 'trigger:audit_leaf'",
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
