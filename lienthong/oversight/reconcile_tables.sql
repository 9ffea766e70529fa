-- Reconcile, tables: where each message of one day stands, for this session alone.
-- Reads: nothing. Writes: two temporary tables. Grain: one message; one province. Repeatable: yes. Refuses nothing.
CREATE TEMPORARY TABLE IF NOT EXISTS oversight_standing (
    source text, message_id text, commune_code text, province_code text, is_listed boolean, is_twice boolean,
    message_ref bigint, dossier_id bigint, area integer, sent_reason text, sent_code text, bytes_reason text,
    bytes_code text, way_book text, way_reason text, way_code text, is_child boolean, is_repeat boolean,
    has_number boolean, has_card boolean
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS oversight_owing (
    source text, province_code text, is_stated boolean, is_awaited boolean
) ON COMMIT DELETE ROWS;
TRUNCATE oversight_standing, oversight_owing;
