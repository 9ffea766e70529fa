-- The lane of the personal id on the officers' screen: who sees it, and what an officer may decide.

GRANT SELECT, INSERT, UPDATE ON persons_identitylane, persons_identityhour TO lienthong_worker;
GRANT SELECT ON persons_identitylane, persons_identityhour TO lienthong_web;

-- An officer who checked the papers fills in an id, or decides what becomes of the question; in his own area.
GRANT UPDATE (state, next_at, answer_class, detail, offered_name, offered_born_on, offered_sex, closed_at, decided_by,
              decided_at, note) ON persons_identityrequest TO lienthong_web;
GRANT UPDATE (personal_id, personal_id_status) ON persons_person TO lienthong_web;
CREATE POLICY of_dossier_decided ON persons_identityrequest FOR UPDATE TO lienthong_web
    USING (EXISTS (SELECT 1 FROM dossiers_dossier AS seen WHERE seen.person_id = persons_identityrequest.person_id));
