-- Owes calls to the outside. Repeatable: a (kind, key, version) that stands already is left as it is.
-- Writes: database_outbox. Grain: one call.
INSERT INTO database_outbox (kind, key, version, payload)
SELECT kind, key, version, payload::jsonb
FROM unnest(%(kinds)s::text[], %(keys)s::text[], %(versions)s::int[], %(payloads)s::text[])
    AS owed (kind, key, version, payload)
ON CONFLICT (kind, key, version) DO NOTHING
