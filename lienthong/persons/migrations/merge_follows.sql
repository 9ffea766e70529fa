-- Merge follows: a household that goes to another unit takes along the mergers of those who live or lived in it, so that who
-- answers for them now may confirm, drop or undo, and who no longer answers sees nothing of it.
-- Reads: persons_member, dossiers_dossier. Writes: persons_merge. Grain: one household. Repeatable: yes. Refuses nothing.
-- Of each of the two by the stays that were his when they were merged: the loser's are the survivor's by now, so that
-- `persons_area_of` no longer tells. Whoever has a dossier goes with that one alone (`dossiers_pair_follows`). Who moves from one household to
-- another does not take a merger along: those who decided it answer for it, and such a stay stands against an undoing.
CREATE FUNCTION persons_merge_follows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE persons_merge AS merger
    SET area_loser = CASE WHEN told.of_loser AND merger.area_loser = OLD.area
                               AND NOT EXISTS (SELECT 1 FROM dossiers_dossier WHERE person_id = merger.loser_id)
                          THEN NEW.area ELSE merger.area_loser END,
        area_survivor = CASE WHEN told.of_survivor AND merger.area_survivor = OLD.area
                                  AND NOT EXISTS (SELECT 1 FROM dossiers_dossier WHERE person_id = merger.survivor_id)
                             THEN NEW.area ELSE merger.area_survivor END
    FROM (SELECT each.id, bool_or(each.is_losers) AS of_loser, bool_or(NOT each.is_losers) AS of_survivor
          FROM (SELECT held.id, held.effects @> jsonb_build_array(jsonb_build_object(
                           'table', 'persons_member', 'key', stay.id::text,
                           'before', jsonb_build_object('person_id', held.loser_id))) AS is_losers
                FROM persons_member AS stay JOIN persons_merge AS held ON held.survivor_id = stay.person_id
                WHERE stay.household_id = NEW.id
                UNION ALL
                SELECT held.id, true
                FROM persons_member AS stay JOIN persons_merge AS held ON held.loser_id = stay.person_id
                WHERE stay.household_id = NEW.id) AS each
          GROUP BY each.id) AS told
    WHERE merger.id = told.id AND merger.dropped_at IS NULL AND merger.undone_at IS NULL
      AND OLD.area IN (merger.area_loser, merger.area_survivor);
    RETURN NULL;
END $$;
GRANT CREATE ON SCHEMA public TO lienthong_worker;
ALTER FUNCTION persons_merge_follows() OWNER TO lienthong_worker;
REVOKE CREATE ON SCHEMA public FROM lienthong_worker;
CREATE TRIGGER persons_merge_follows AFTER UPDATE OF area ON persons_household
    FOR EACH ROW WHEN (OLD.area <> NEW.area) EXECUTE FUNCTION persons_merge_follows();
