-- Reconcile, standing: each message of the day, and where it stopped on its way from the ministry to an active card.
-- Reads: oversight_statement, oversight_stated, oversight_resend, births_message, births_delivery, births_conflict,
--        births_registration, births_birth, dossiers_dossier, persons_number, cards_card, catalogues_division.
-- Writes: oversight_standing (this session's). Grain: one message, on the day and commune that its statement names, else
--         on the day it came. Repeatable: into the emptied table. Refuses nothing.
-- What came without a usable id is kept here under a name made of its bytes, and found by their digest.
-- `OFFSET 0`: one look by index for each message, never a hash of everything that was ever stated or born.
-- The reasons are those of `reasons.py`; `stale`: since before then nothing moves by itself any more.
INSERT INTO oversight_standing
WITH claimed AS MATERIALIZED (
    SELECT statement.source, statement.province_code, statement.received_at AS stated_at, line.commune_code,
           line.message_id, line.sha256,
           EXISTS (SELECT 1
                   FROM oversight_stated AS other
                   JOIN oversight_statement AS earlier ON earlier.id = other.statement_id
                   WHERE other.message_id = line.message_id AND earlier.source = statement.source
                     AND earlier.state = 'taken'
                     AND (earlier.day, earlier.id) < (statement.day, statement.id) OFFSET 0) AS is_twice
    FROM oversight_statement AS statement
    JOIN oversight_stated AS line ON line.statement_id = statement.id
    WHERE statement.day = %(day)s AND statement.state = 'taken'
),
unclaimed AS MATERIALIZED (
    SELECT message.id, message.source, message.message_id, message.commune_code
    FROM births_message AS message
    WHERE message.received_at >= %(first)s AND message.received_at < %(next)s AND message.channel <> 'paper'
      AND NOT EXISTS (SELECT 1
                      FROM oversight_stated AS line
                      JOIN oversight_statement AS statement ON statement.id = line.statement_id
                      WHERE line.message_id = message.message_id AND statement.source = message.source
                        AND statement.state = 'taken' OFFSET 0)
      AND NOT (starts_with(message.message_id, 'KHONG-MA-')
               AND EXISTS (SELECT 1
                           FROM oversight_stated AS line
                           JOIN oversight_statement AS statement ON statement.id = line.statement_id
                           WHERE line.sha256 = message.body_sha256 AND statement.source = message.source
                             AND statement.state = 'taken' OFFSET 0))
),
home AS MATERIALIZED (
    SELECT told.commune_code, home.province_code
    FROM (SELECT DISTINCT commune_code FROM unclaimed) AS told
    LEFT JOIN LATERAL (
        SELECT division.province_code FROM catalogues_division AS division
        WHERE division.code = told.commune_code AND division.level = 'commune'
        ORDER BY division.valid @> %(day)s::date DESC, lower(division.valid) DESC LIMIT 1) AS home ON true
),
province AS MATERIALIZED (
    SELECT told.province_code AS old_code, catalogues_province_on(told.province_code, %(day)s) AS province_code
    FROM (SELECT DISTINCT province_code FROM home) AS told
),
place AS MATERIALIZED (
    SELECT home.commune_code, coalesce(province.province_code, '') AS province_code
    FROM home LEFT JOIN province ON province.old_code = home.province_code
),
counted AS MATERIALIZED (
    SELECT claimed.source, claimed.message_id, claimed.commune_code, claimed.province_code, true AS is_listed,
           claimed.is_twice, claimed.sha256, claimed.stated_at,
           (SELECT message.id FROM births_message AS message
            WHERE NOT claimed.is_twice AND message.source = claimed.source AND message.channel <> 'paper'
              AND message.message_id IN (
                  claimed.message_id, 'KHONG-MA-' || upper(left(encode(claimed.sha256, 'hex'), 24)))
            ORDER BY message.message_id = claimed.message_id DESC LIMIT 1) AS message_ref
    FROM claimed
    UNION ALL
    SELECT unclaimed.source, unclaimed.message_id, unclaimed.commune_code, place.province_code, false, false, NULL,
           NULL, unclaimed.id
    FROM unclaimed JOIN place USING (commune_code)
),
met AS MATERIALIZED (
    SELECT counted.*, message.state, message.code, message.held_for, message.kind, message.received_at,
           message.body_sha256, registration.id AS registration_id, dossier.id AS dossier_id, dossier.area,
           dossier.state AS dossier_state, dossier.reason AS dossier_reason, dossier.changed_at,
           coalesce((registration.cancelled_version, registration.cancelled_paper_no)
                    >= (registration.applied_version, registration.applied_paper_no), false) AS is_cancelled,
           persons_family(persons_survivor(dossier.person_id)) AS family,
           EXISTS (SELECT 1 FROM births_birth AS own WHERE own.message_id = message.id OFFSET 0)
           AND NOT EXISTS (SELECT 1
                           FROM births_birth AS birth JOIN births_message AS before ON before.id = birth.message_id
                           WHERE birth.registration_id = registration.id AND before.channel <> 'paper'
                             AND before.id < message.id OFFSET 0) AS is_first
    FROM counted
    LEFT JOIN births_message AS message ON message.id = counted.message_ref
    LEFT JOIN births_registration AS registration ON registration.id = message.registration_id
    LEFT JOIN dossiers_dossier AS dossier
        ON dossier.id = coalesce(registration.dossier_id, registration.joined_dossier_id)
),
followed AS MATERIALIZED (
    SELECT met.*, met.is_first AND met.dossier_id IS NOT NULL AND NOT met.is_cancelled AS is_child,
           met.registration_id IS NOT NULL AND NOT met.is_first AS is_repeat,
           number.status AS number_status, card.status AS card_status, card.end_reason, card.is_valid, card.is_to_come
    FROM met
    LEFT JOIN LATERAL (
        SELECT ledger.status FROM persons_number AS ledger WHERE ledger.person_id = ANY (met.family)
        ORDER BY ledger.status = 'active' DESC, ledger.taken_at DESC LIMIT 1) AS number ON met.is_first
    LEFT JOIN LATERAL (
        SELECT out.status, out.end_reason, out.status = 'active' AND out.valid @> %(on)s::date AS is_valid,
               lower(out.valid) > %(on)s::date AS is_to_come
        FROM cards_card AS out WHERE out.person_id = ANY (met.family)
        ORDER BY out.status = 'active' AND out.valid @> %(on)s::date DESC, out.id DESC LIMIT 1) AS card ON met.is_first
),
judged AS MATERIALIZED (
    SELECT followed.*,
           CASE
               WHEN NOT is_child THEN false
               WHEN dossier_state IN ('CANCELLED', 'REJECTED') THEN false
               ELSE coalesce(number_status = 'active', false) END AS has_number
    FROM followed
)
SELECT judged.source, judged.message_id, judged.commune_code, judged.province_code, judged.is_listed, judged.is_twice,
       judged.message_ref, judged.dossier_id,
       coalesce(judged.area, -nullif(judged.province_code, '')::integer, 0),
       sent.reason, sent.code, bytes.reason, bytes.code, way.book, way.reason, way.code, judged.is_child,
       judged.is_repeat, judged.has_number, judged.has_number AND coalesce(judged.is_valid, false)
FROM judged
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT 1 FROM oversight_owing AS own
                   WHERE own.source = judged.source AND own.province_code = judged.province_code AND own.is_stated)
               AS is_stated,
           EXISTS (SELECT 1 FROM oversight_owing AS own
                   WHERE own.source = judged.source AND own.is_awaited
                     AND judged.province_code IN ('', own.province_code)) AS is_awaited) AS owing
LEFT JOIN LATERAL (
    SELECT refused.code FROM births_delivery AS refused
    WHERE judged.message_ref IS NULL AND NOT judged.is_twice AND refused.sha256 = judged.sha256
      AND refused.outcome = 'refused' LIMIT 1) AS door ON true
LEFT JOIN oversight_resend AS asked
    ON judged.message_ref IS NULL AND asked.source = judged.source AND asked.message_id = judged.message_id
CROSS JOIN LATERAL (
    SELECT CASE
               WHEN judged.is_twice THEN 'STATED_TWICE'
               WHEN judged.is_listed AND judged.message_ref IS NOT NULL THEN ''
               WHEN judged.is_listed AND door.code IS NOT NULL THEN 'REFUSED_AT_DOOR'
               WHEN judged.is_listed AND asked.asked_at > %(resent_since)s THEN 'RESEND_ASKED'
               WHEN judged.is_listed AND asked.asked_at IS NULL AND judged.stated_at > %(stale)s THEN 'ON_ITS_WAY'
               WHEN judged.is_listed AND asked.asked_at IS NULL THEN 'RESEND_DUE'
               WHEN judged.is_listed THEN 'UNEXPLAINED'
               WHEN owing.is_awaited THEN 'STATEMENT_AWAITED'
               WHEN owing.is_stated OR judged.province_code = '' AND %(is_owed)s THEN 'UNEXPLAINED'
               ELSE '' END AS reason,
           CASE
               WHEN judged.is_listed AND judged.message_ref IS NULL AND NOT judged.is_twice
                   THEN coalesce(door.code, CASE WHEN asked.asked_at IS NOT NULL THEN 'NOT_HERE' ELSE '' END)
               WHEN NOT judged.is_listed AND NOT owing.is_awaited THEN 'NOT_STATED'
               ELSE '' END AS code) AS sent
CROSS JOIN LATERAL (
    SELECT CASE WHEN judged.body_sha256 IS NULL OR judged.sha256 IS NULL OR judged.body_sha256 = judged.sha256 THEN ''
                WHEN kept.equivalent THEN 'SAME_MEANING'
                WHEN NOT kept.equivalent THEN 'TWO_CONTENTS'
                ELSE 'UNEXPLAINED' END AS reason,
           CASE WHEN judged.body_sha256 = judged.sha256 OR kept.equivalent IS NOT NULL THEN ''
                ELSE 'OTHER_BYTES' END AS code
    FROM (SELECT 1) AS one
    LEFT JOIN births_conflict AS kept
        ON kept.message_id = judged.message_ref AND kept.body_sha256 = judged.sha256) AS bytes
CROSS JOIN LATERAL (
    SELECT CASE
               WHEN judged.message_ref IS NULL THEN ''
               WHEN NOT judged.is_child THEN 'child'
               WHEN NOT judged.has_number THEN 'number'
               WHEN NOT coalesce(judged.is_valid, false) THEN 'card'
               ELSE '' END AS book) AS stopped
CROSS JOIN LATERAL (
    SELECT stopped.book,
           CASE
               WHEN stopped.book = '' THEN ''
               WHEN stopped.book = 'child' THEN CASE
                   WHEN judged.state = 'pending' AND judged.received_at > %(stale)s THEN 'ON_ITS_WAY'
                   WHEN judged.state = 'pending' THEN 'UNEXPLAINED'
                   WHEN judged.state = 'quarantined' THEN 'QUARANTINED'
                   WHEN judged.state = 'held' THEN 'HELD'
                   WHEN judged.code = 'W-SAME' THEN 'DUPLICATE'
                   WHEN judged.code = 'E-VERSION-CLASH' THEN 'TWO_CONTENTS'
                   WHEN judged.kind = 'cancel' THEN 'CANCELLATION'
                   WHEN judged.is_repeat AND judged.kind = 'correct' THEN 'CORRECTION'
                   WHEN judged.is_repeat AND judged.state = 'superseded' THEN 'SUPERSEDED'
                   WHEN judged.is_repeat THEN 'FURTHER_ENTRY'
                   WHEN judged.is_cancelled THEN 'CANCELLED'
                   WHEN judged.state = 'not_entitled' THEN 'NOT_ENTITLED'
                   WHEN judged.state = 'superseded' THEN 'SUPERSEDED'
                   ELSE 'UNEXPLAINED' END
               WHEN judged.dossier_reason = 'DUPLICATE_CONFIRMED' THEN 'DOUBLE'
               WHEN judged.dossier_state = 'CANCELLED' AND starts_with(judged.dossier_reason, 'REDUCED') THEN 'REDUCED'
               WHEN judged.dossier_state = 'CANCELLED' THEN 'CANCELLED'
               WHEN judged.dossier_state = 'REJECTED' THEN 'NOT_ENTITLED'
               WHEN judged.dossier_state = 'CREATE_FAILED' THEN 'WAITING_UNIT'
               WHEN judged.dossier_state = 'MANUAL_REVIEW' OR judged.dossier_reason = 'NUMBER_EXHAUSTED' THEN 'OFFICER'
               WHEN stopped.book = 'number' AND judged.number_status IS NOT NULL THEN 'NUMBER_WITHDRAWN'
               WHEN judged.dossier_state = 'APPROVAL_REQUESTED' THEN 'AWAITING_APPROVAL'
               WHEN judged.dossier_state IN ('RECEIVED', 'CREATED', 'SENT_TNHS', 'EXPORTED_TNHS', 'ARISEN')
                   THEN CASE WHEN judged.changed_at > %(stale)s THEN 'ON_ITS_WAY' ELSE 'UNEXPLAINED' END
               WHEN stopped.book = 'card' AND judged.card_status = 'active' AND judged.is_to_come THEN 'ON_ITS_WAY'
               WHEN stopped.book = 'card' AND judged.card_status IN ('active', 'expired') THEN 'CARD_EXPIRED'
               WHEN stopped.book = 'card' AND judged.card_status = 'revoked' THEN 'CARD_REVOKED'
               ELSE 'UNEXPLAINED' END AS reason,
           CASE
               WHEN stopped.book = '' THEN ''
               WHEN stopped.book = 'child' THEN coalesce(
                   nullif(judged.code, ''), CASE judged.state WHEN 'pending' THEN 'PENDING' ELSE '' END)
               WHEN stopped.book = 'number' AND judged.number_status IS NOT NULL
                    AND judged.dossier_state NOT IN ('CANCELLED', 'REJECTED', 'CREATE_FAILED', 'MANUAL_REVIEW')
                   THEN judged.number_status
               WHEN judged.dossier_reason <> '' THEN judged.dossier_reason
               WHEN judged.card_status = 'revoked' THEN coalesce(judged.end_reason, '')
               WHEN judged.dossier_state IN ('APPROVED', 'PRINTED', 'RETURNED', 'APPROVAL_REQUESTED') THEN ''
               ELSE judged.dossier_state END AS code) AS way
