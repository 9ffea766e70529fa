-- Wishes: families that chose a facility which could not be had, and what has become of it since.
-- Reads: dossiers_task (open, H-FACILITY and T-FACILITY-OFFER), dossiers_dossier, cards_card, catalogues_facility.
-- Writes: dossiers_task. Grain: one open task. Repeatable: an answered task has left the open ones.
-- Refuses nothing, and changes no card: a facility that is there now is offered, as a task of its own (rules 001-7).
-- The detail of a settled task says why: `listed` the facility can be had and is offered; `has_it` the card names it;
-- `other` the family has another card facility since; `changed` the registration names another; `over` no card any more.
WITH asked AS MATERIALIZED (
    SELECT task.id, task.kind, task.subject_key, task.area, task.dossier_id, task.person_id,
           task.detail ->> 'facility_code' AS wished, coalesce(task.detail ->> 'used_instead', '') AS given
    FROM dossiers_task AS task
    WHERE task.closed_at IS NULL AND task.kind IN ('H-FACILITY', 'T-FACILITY-OFFER')
      AND task.detail ? 'facility_code' AND task.dossier_id IS NOT NULL
    ORDER BY task.id
    FOR UPDATE SKIP LOCKED
),
judged AS MATERIALIZED (
    SELECT asked.*,
           CASE WHEN held.facility_code = asked.wished THEN 'has_it'
                WHEN dossier.facility_code <> asked.wished THEN 'changed'
                WHEN held.facility_code <> asked.given THEN 'other'
                WHEN held.facility_code IS NULL AND dossier.closed_on IS NOT NULL THEN 'over'
                WHEN held.facility_code IS NOT NULL AND asked.kind = 'H-FACILITY' AND EXISTS (
                    SELECT 1 FROM catalogues_facility AS facility
                    WHERE facility.code = asked.wished AND facility.registers_children
                      AND facility.contract @> %(on)s::date) THEN 'listed' END AS answer
    FROM asked
    JOIN dossiers_dossier AS dossier ON dossier.id = asked.dossier_id
    LEFT JOIN LATERAL (
        SELECT card.facility_code FROM cards_card AS card
        WHERE card.person_id = coalesce(asked.person_id, dossier.person_id) AND card.status IN ('requested', 'active')
        ORDER BY card.version DESC, card.id DESC LIMIT 1) AS held ON true
),
offers AS (
    INSERT INTO dossiers_task (kind, subject_key, area, dossier_id, person_id, detail, opened_at, closed_by)
    SELECT 'T-FACILITY-OFFER', subject_key, area, dossier_id, person_id,
           jsonb_build_object('facility_code', wished, 'used_instead', given), %(at)s, ''
    FROM judged WHERE answer = 'listed'
    ON CONFLICT (kind, subject_key) DO UPDATE
    SET closed_at = NULL, closed_by = '', opened_at = excluded.opened_at, area = excluded.area, detail = excluded.detail
    WHERE dossiers_task.closed_by = 'system'
)
UPDATE dossiers_task AS task
SET closed_at = %(at)s, closed_by = 'system', detail = task.detail || jsonb_build_object('answer', judged.answer)
FROM judged
WHERE task.id = judged.id AND judged.answer IS NOT NULL
RETURNING task.id, judged.answer
