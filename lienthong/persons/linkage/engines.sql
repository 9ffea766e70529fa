-- How DuckDB makes a table of a linkage: as a file, or in memory.
-- Reads: what the query given reads. Writes: the file or the table. Grain: the query's. Repeatable: yes. Refuses: nothing.
-- A file is read once or twice and then thrown away: looking for what repeats in it costs more than it saves.

-- name: file
COPY ($query) TO '$path' (FORMAT parquet, COMPRESSION uncompressed, DICTIONARY_SIZE_LIMIT 1)

-- name: memory
CREATE OR REPLACE TEMP TABLE $name AS $query
