"""The keys of names, for millions of names at once: each key of a name is the keys of its parts, joined by blanks.

So only distinct parts (some tens of thousands in a country) go through `kernel.names`; the rest is Arrow. A name in an
old character set is compared as what it seems to say; no register is changed by that.
"""

import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lienthong.kernel import charsets, names

_BATCH = 200_000
# The blanks of `kernel.names`, each of which parts a name.
_BLANK = "\t-\r\x1c-\x20\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_EACH_BLANK = "".join(chr(code) for code in range(0x3001) if re.fullmatch(f"[{_BLANK}]", chr(code)))
_LATIN_1 = "^[\\x00-\u00ff]*[\u0080-\u00ff][\\x00-\u00ff]*$"
_SCHEMA = pa.schema([(each, pa.string()) for each in ("name", "tone", "iy", "fold", "plain")])


class _Parts:
    """The key of each part of a name, worked out once."""

    def __init__(self, key: Callable[[str], str]) -> None:
        self._key = key
        self._known: dict[str, str] = {}

    def of(self, parts: pa.Array) -> pa.Array:
        """The key of each of these distinct parts."""
        known = self._known
        for part in parts.to_pylist():
            if part not in known:
                known[part] = self._key(part)
        return pa.array([known[part] for part in parts.to_pylist()], pa.string())


def _plain(part: str) -> str:
    """The part in lower case with its marks: equal to the fold key where a part has none."""
    return names.stored_form(part).lower()


def write(connection: duckdb.DuckDBPyConnection, distinct: str, out: Path) -> None:
    """Write `name, tone, iy, fold, plain` for every name of the query `distinct`, a batch at a time."""
    makers = (_Parts(names.tone_key), _Parts(names.iy_key), _Parts(names.fold_key), _Parts(_plain))
    with pq.ParquetWriter(out, _SCHEMA, compression="zstd") as writer:
        reader = connection.sql(distinct).to_arrow_reader(_BATCH)
        for batch in reader:
            whole = batch.column(0).cast(pa.string())
            columns = [whole, *_keys(_read(whole), makers)]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=_SCHEMA))


def _read(whole: pa.Array) -> pa.Array:
    """The names as they are to be read; only one of Latin-1 letters alone can be in an old character set."""
    doubtful = pc.match_substring_regex(whole, _LATIN_1)
    seen = whole.filter(doubtful).to_pylist()
    suggested = [
        found.text if (found := charsets.legacy_suggestion(name)) else name for name in seen
    ]
    return pc.replace_with_mask(whole, doubtful, pa.array(suggested, pa.string()))


def _keys(whole: pa.Array, makers: tuple[_Parts, ...]) -> list[pa.Array]:
    lists = pc.split_pattern_regex(pc.utf8_trim(whole, characters=_EACH_BLANK), f"[{_BLANK}]+")
    parts = lists.flatten().dictionary_encode()
    return [
        pc.binary_join(
            pa.ListArray.from_arrays(lists.offsets, maker.of(parts.dictionary).take(parts.indices)),
            " ",
        )
        for maker in makers
    ]
