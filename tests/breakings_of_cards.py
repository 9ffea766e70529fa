"""Ways of breaking the promises about cards and hospitals' accounts."""

from tests.breaking_case import Breaking

BREAKINGS_OF_CARDS = (
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
        "CARD_REPLACES",
        "a further card that names another one than its request",
        ("cards_card",),
        "UPDATE cards_card SET replaces_id = NULL WHERE replaces_id IS NOT NULL RETURNING id",
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
        "a card in a foreign area",
        ("cards_card",),
        "UPDATE cards_card SET area = 999 WHERE id = %(approved_card)s RETURNING id",
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
        "NUMBER_OF_PERSON",
        "a card whose code is not its number",
        ("cards_card",),
        "UPDATE cards_card SET insurance_number = '2600999999'"
        " WHERE id = %(approved_card)s RETURNING id",
    ),
    Breaking(
        "INV-32",
        "a hospital suspended for two minutes, and nobody told",
        ("accounts_suspension",),
        "WITH account AS (INSERT INTO accounts_machine (name, title_vi, role, source, facility_code, is_active, created_at)"
        " VALUES ('01013_BV', 'x', 'hospital', '', '01013', true, now()) RETURNING id, name)"
        " INSERT INTO accounts_suspension (machine_id, reason, by, at) SELECT id, 'misses', 'system',"
        " now() - interval '2 minutes' FROM account RETURNING (SELECT name FROM account)",
    ),
    Breaking(
        "INV-35",
        "the guard of the log switched off and left so",
        ("audit_leaf",),
        "SELECT 'trigger:audit_leaf'",
    ),
)
