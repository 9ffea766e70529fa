-- What is seen with a dossier is asked for row by row, never by making a list of all dossiers first.
-- Reads and writes: no table. OFFSET 0 changes no answer: it only takes from the planner the other way of asking, which
-- it prefers while its figures say that the tables are nearly empty, and which reads every dossier for one event.
ALTER POLICY of_dossier ON dossiers_event
    USING (EXISTS (SELECT 1 FROM dossiers_dossier AS seen WHERE seen.id = dossier_id OFFSET 0));
ALTER POLICY of_dossier ON dossiers_reroute
    USING (EXISTS (SELECT 1 FROM dossiers_dossier AS seen WHERE seen.id = dossier_id OFFSET 0));
ALTER POLICY of_subject ON dossiers_assignment
    USING (EXISTS (SELECT 1 FROM dossiers_dossier AS seen WHERE seen.id = dossier_id OFFSET 0)
           OR EXISTS (SELECT 1 FROM dossiers_task AS seen WHERE seen.id = task_id OFFSET 0));
ALTER POLICY of_subject ON dossiers_escalation
    USING (EXISTS (SELECT 1 FROM dossiers_dossier AS seen WHERE seen.id = dossier_id OFFSET 0)
           OR EXISTS (SELECT 1 FROM dossiers_task AS seen WHERE seen.id = task_id OFFSET 0));
ALTER POLICY of_areas ON dossiers_split
    USING ((SELECT authz.everywhere())
           OR (closed_at IS NULL AND areas && (SELECT authz.areas())::int[])
           OR EXISTS (SELECT 1 FROM dossiers_dossier AS seen WHERE seen.id = dossier_id OFFSET 0));
ALTER POLICY of_dossier ON persons_person
    USING (EXISTS (SELECT 1 FROM dossiers_dossier AS seen WHERE seen.person_id = persons_person.id OFFSET 0));
ALTER POLICY of_dossier ON persons_number
    USING (EXISTS (SELECT 1 FROM dossiers_dossier AS seen WHERE seen.person_id = persons_number.person_id OFFSET 0));
ALTER POLICY of_dossier ON persons_identityrequest
    USING (EXISTS (SELECT 1 FROM dossiers_dossier AS seen
                   WHERE seen.person_id = persons_identityrequest.person_id OFFSET 0));
ALTER POLICY of_dossier_decided ON persons_identityrequest
    USING (EXISTS (SELECT 1 FROM dossiers_dossier AS seen
                   WHERE seen.person_id = persons_identityrequest.person_id OFFSET 0));
