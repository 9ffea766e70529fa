"""The keys of names, for millions of names at once: each key of a name is the keys of its parts, joined by blanks.

So only distinct parts (some tens of thousands in a country) go through `kernel.names`; the rest is Arrow. A name in an
old character set is compared as what it seems to say; no register is changed by that.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lienthong.kernel import charsets, names

_BATCH = 200_000
# The blanks of `kernel.names`, each of which parts a name.
_BLANK = "\t-\r\x1c-\x20\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_ODD_BLANK = _BLANK.replace("\x1c-\x20", "\x1c-\x1f")
_LATIN_1 = "^[\\x00-\u00ff]*[\u0080-\u00ff][\\x00-\u00ff]*$"
_TWICE = "[\u00c2-\u00f4][\u0080-\u00bf]"
_KEYS = ("tone", "iy", "fold")
_Key = TypeVar("_Key", str, bool)


class _Parts(Generic[_Key]):
    """What is to be known of each part of a name, worked out once."""

    def __init__(self, work: Callable[[str], _Key], kind: pa.DataType) -> None:
        self._work: Callable[[str], _Key] = work
        self._kind = kind
        self._known: dict[str, _Key] = {}

    def of(self, parts: pa.Array) -> pa.Array:
        """It, of each of these distinct parts."""
        known, asked = self._known, parts.to_pylist()
        for part in asked:
            if part not in known:
                known[part] = self._work(part)
        return pa.array([known[part] for part in asked], self._kind)


class _Maker:
    """The keys of names, a batch at a time."""

    def __init__(self) -> None:
        functions = (names.tone_key, names.iy_key, names.fold_key)
        self._keys = [_Parts(function, pa.string()) for function in functions]
        self._reads_badly = _Parts(lambda part: not charsets.is_syllable(part), pa.bool_())

    def of(self, whole: pa.Array) -> list[pa.Array]:
        """`tone, iy, fold` of each name; of one in an old character set, those of what it seems to say."""
        lists, parts = _parts(whole)
        keys = self._joined(lists, parts)
        doubtful = self._doubtful(whole, lists, parts)
        if not pc.any(doubtful).as_py():
            return keys
        seen = whole.filter(doubtful).to_pylist()
        read = [
            found.text if (found := charsets.legacy_suggestion(name)) else name for name in seen
        ]
        others = self._joined(*_parts(pa.array(read, pa.string())))
        return [
            pc.replace_with_mask(key, doubtful, other)
            for key, other in zip(keys, others, strict=True)
        ]

    def _joined(self, lists: pa.ListArray, parts: pa.DictionaryArray) -> list[pa.Array]:
        offsets, indices = lists.offsets, parts.indices
        return [
            pc.binary_join(
                pa.ListArray.from_arrays(offsets, key.of(parts.dictionary).take(indices)), " "
            )
            for key in self._keys
        ]

    def _doubtful(
        self, whole: pa.Array, lists: pa.ListArray, parts: pa.DictionaryArray
    ) -> pa.Array:
        """Which names may be in an old set: of Latin-1 letters alone, and a part reads badly or may be UTF-8 twice."""
        bad = self._reads_badly.of(parts.dictionary).take(parts.indices)
        # How many bad parts came before each place: a name has one where that grows between its ends.
        before = pa.concat_arrays(
            [pa.array([0], pa.int32()), pc.cumulative_sum(bad.cast(pa.int32()))]
        )
        reached = before.take(lists.offsets)
        spoilt = pc.or_(
            pc.not_equal(reached[1:], reached[:-1]), pc.match_substring_regex(whole, _TWICE)
        )
        return pc.and_(spoilt, pc.match_substring_regex(whole, _LATIN_1))


def write(connection: duckdb.DuckDBPyConnection, distinct: str, out: Path) -> None:
    """Write `tone, iy, fold` beside every row of the query `distinct`, whose first column is a name; a batch at a time."""
    maker = _Maker()
    reader = connection.sql(distinct).to_arrow_reader(_BATCH)
    given = [pa.field(each.name, each.type) for each in reader.schema]
    schema = pa.schema([*given, *(pa.field(key, pa.string()) for key in _KEYS)])
    with pq.ParquetWriter(out, schema, compression="none", use_dictionary=False) as writer:
        for batch in reader:
            columns = [*batch.columns, *maker.of(batch.column(0).cast(pa.string()))]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))


def _parts(whole: pa.Array) -> tuple[pa.ListArray, pa.DictionaryArray]:
    lists = pc.split_pattern(_single_blanks(whole), " ")
    return lists, lists.flatten().dictionary_encode()


def _single_blanks(whole: pa.Array) -> pa.Array:
    """The names with one blank between two parts; hardly any is written otherwise, and finding those costs little."""
    unusual = pc.match_substring_regex(whole, f"[{_ODD_BLANK}]|^ |  | $")
    if not pc.any(unusual).as_py():
        return whole
    mended = pc.replace_substring_regex(whole.filter(unusual), f"[{_BLANK}]+", " ")
    return pc.replace_with_mask(whole, unusual, pc.utf8_trim(mended, characters=" "))
