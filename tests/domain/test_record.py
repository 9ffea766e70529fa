"""The record of a child: all of it in one place, and the past read from events equal to what stood at the time."""

import random
import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lienthong.births import changes, instants
from lienthong.births import record as records
from lienthong.births.record_lines import MessageLine, Record
from lienthong.database.scope import acting
from lienthong.kernel.errors import NotFound
from tests import births, mergers, record_world
from tests.births import AT
from tests.record_world import comparable, differences

pytestmark = pytest.mark.django_db
MOST_STATEMENTS = 15


@pytest.fixture
def lived(db: None) -> list[tuple[datetime, dict[str, Record]]]:
    """The instant and the records after each step."""
    return [(at, record_world.snapshot()) for at in record_world.live()]


@pytest.fixture
def on_paper(db: None) -> list[tuple[datetime, dict[str, Record]]]:
    """The same of children of whom papers tell."""
    steps = record_world.paper_steps()
    return [(at, record_world.snapshot()) for at in record_world.live(steps)]


def test_the_past_read_from_events_is_what_stood_at_the_time(
    lived: list[tuple[datetime, dict[str, Record]]],
) -> None:
    assert _compare(lived) > 300


def test_the_past_of_papers_is_what_stood_before_and_after_they_joined(
    on_paper: list[tuple[datetime, dict[str, Record]]],
) -> None:
    assert _compare(on_paper) > 300


def _of_entry(number: str) -> Record:
    """The record of the child of that register entry, by the message that came first about it."""
    by = births.system()
    (message_id,) = births.column(
        "SELECT message.message_id FROM births_message AS message"
        " JOIN births_registration AS registration ON registration.id = message.registration_id"
        " WHERE registration.number = %s ORDER BY message.id LIMIT 1",
        number,
    )
    with acting(by, at=AT):
        return records.record(by, records.code_of(by, message_id), on=births.ON)


def _paper_of(found: Record) -> MessageLine:
    return next(message for message in found.messages if message.paper is not None)


def test_a_paper_is_told_with_reason_evidence_and_who_typed_it_wherever_it_joined(
    on_paper: list[tuple[datetime, dict[str, Record]]],
) -> None:
    assert _of_entry("13") == _of_entry("913")
    joined = _of_entry("13")
    (dossier,) = joined.dossiers
    assert (dossier.number, dossier.channel, dossier.paper_reason) == ("13", "paper", "C3")
    assert joined.child is not None
    assert (joined.child.rank, joined.personal_id) == ((2, 0), "003226000013")
    line = _paper_of(joined)
    assert line.paper is not None
    assert (line.number, line.state, line.rank) == ("913", "applied", (0, 1))
    assert (line.paper.reason, line.paper.entered_by) == ("C3", "officer:can-bo-501")
    assert [(scan.place, scan.form) for scan in line.paper.scans] == [(1, "pdf"), (2, "png")]
    judged_at = line.judged_at
    assert judged_at is not None
    before = instants.at_instant(joined, judged_at + timedelta(minutes=1))
    assert before.child is not None
    assert (before.dossiers[0].number, before.child.rank, before.personal_id) == (
        "913",
        (0, 1),
        None,
    )
    # Of the one that came later the electronic entry was never left.
    late = _of_entry("17")
    assert (late.dossiers[0].number, _paper_of(late).number) == ("17", "917")
    told = {change.what_vi for change in changes.changes_of(late)}
    assert "Đăng ký khai sinh, bản giấy: nhập vào hồ sơ điện tử của trẻ" in told
    corrected = _of_entry("15")
    assert corrected.child is not None
    assert (corrected.child.rank, corrected.child.full_name) == ((1, 1), "NGUYỄN MINH ÁNH")


def test_who_typed_a_paper_and_what_it_changed_stand_among_the_changes(
    on_paper: list[tuple[datetime, dict[str, Record]]],
) -> None:
    told = changes.changes_of(_of_entry("16"))
    typed = next(each for each in told if each.what_vi == "Nhập hồ sơ giấy, lý do A1")
    assert (typed.by, typed.note) == ("officer:can-bo-501", "1 bản quét")
    read = next(each for each in told if each.what_vi.endswith("bản giấy, sau phiên bản 1"))
    assert ("Họ tên", "NGUYỄN MINH AN", "NGUYỄN MINH ÁNH") in [
        (d.label_vi, d.before, d.after) for d in read.differences
    ]


def _compare(lived: list[tuple[datetime, dict[str, Record]]]) -> int:
    chance = random.Random(20261120)
    _, last = lived[-1]
    different: list[str] = []
    compared = 0
    for place, (at, stood) in enumerate(lived):
        until = lived[place + 1][0] if place + 1 < len(lived) else at + timedelta(hours=1)
        between = at + (until - at) * chance.random()
        for instant in (at, between, until - timedelta(microseconds=1)):
            for code, now in last.items():
                then = instants.at_instant(now, instant)
                if code not in stood:
                    assert code not in {d.code for d in then.dossiers}
                    continue
                compared += 1
                told = differences(comparable(then), comparable(stood[code]))
                different += [f"{instant:%H:%M} {code}{each}" for each in told]
    assert different == [], "\n".join(different[:30])
    return compared


def _record(number: int) -> Record:
    by = births.system()
    with acting(by, at=AT):
        return records.record(by, records.code_of(by, f"LTKS-2026-{number:07}"), on=births.ON)


def test_a_record_holds_everything_in_few_statements_each_by_index(
    lived: list[tuple[datetime, dict[str, Record]]],
) -> None:
    by, code = births.system(), _record(2).dossiers[0].code
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    with acting(by, at=AT), CaptureQueriesContext(connection) as asked:
        found = records.record(by, code, on=births.ON)
    assert len(asked) <= MOST_STATEMENTS
    with connection.cursor() as cursor:
        for query in asked.captured_queries:
            if query["sql"].lstrip().startswith(("SELECT set_config", "SAVEPOINT", "RELEASE")):
                continue
            cursor.execute(f"EXPLAIN {query['sql']}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
            read_whole = re.findall(r"Seq Scan on (\w+)", plan)
            assert set(read_whole) <= {"catalogues_unit"}, plan
    card = found.cards[0]
    assert (card.status, card.recipient, [c.copy_number for c in card.copies]) == (
        "active",
        "TRẦN THỊ BÌNH",
        [1, 2],
    )
    assert card.copies[0].spoilt_reason == "Kẹt giấy"
    assert [m.version for m in found.messages] == [1, 2]
    assert {m.name for m in found.of("task")} == {"T-CORRECTION-AFTER-CARD"}
    assert found.of("number")[0].name == card.insurance_number


def test_two_dossiers_of_one_child_are_one_record_whichever_is_asked_for(
    lived: list[tuple[datetime, dict[str, Record]]],
) -> None:
    """The registration that was cancelled and the one made anew elsewhere: one number, both cards."""
    _, last = lived[-1]
    anew = [code for code, found in last.items() if len(found.dossiers) == 2]
    assert len(anew) == 2
    first, second = (last[code] for code in anew)
    assert first == second
    assert [card.status for card in first.cards] == ["revoked", "requested"]
    assert len({card.insurance_number for card in first.cards}) == 1


def test_every_change_has_who_when_before_and_after(
    lived: list[tuple[datetime, dict[str, Record]]],
) -> None:
    told = changes.changes_of(_record(1))
    assert [each.at for each in told] == sorted((each.at for each in told), reverse=True)
    assert all(each.by and each.what_vi for each in told)
    correction = next(each for each in told if each.about == "M-1")
    assert correction.by == "machine:BTP"
    assert [(d.label_vi, d.before, d.after) for d in correction.differences] == [
        ("Họ tên", "NGUYỄN MINH AN", "NGUYỄN MINH ANH")
    ]
    born = next(each for each in told if each.about == "M-8")
    assert ("Ngày sinh", "12/11/2026", "13/11/2026") in [
        (d.label_vi, d.before, d.after) for d in born.differences
    ]
    card = next(each for each in told if each.differences and each.what_vi == "Thẻ: Chờ duyệt")
    assert ("Họ tên trên thẻ", "NGUYỄN MINH AN", "NGUYỄN MINH ANH") in [
        (d.label_vi, d.before, d.after) for d in card.differences
    ]
    handed = next(e for e in changes.changes_of(_record(2)) if e.what_vi == "Trả thẻ")
    assert (handed.by, handed.note) == ("officer:can-bo", "Người nhận: TRẦN THỊ BÌNH (Mẹ)")
    attached = [e.what_vi for e in changes.changes_of(_record(6))]
    assert {"Gắn số định danh", "Cho hỏi lại số định danh"} <= set(attached)


def test_a_personal_id_is_known_from_the_instant_it_was_attached(
    lived: list[tuple[datetime, dict[str, Record]]],
) -> None:
    now = _record(6)
    at = next(act.at for act in now.acts if act.action == "identity.attached")
    assert now.personal_id == "003226000606"
    assert instants.at_instant(now, at - timedelta(seconds=1)).personal_id is None
    assert instants.at_instant(now, at).personal_id == "003226000606"


def test_what_no_event_keeps_is_said_to_be_unknown(
    lived: list[tuple[datetime, dict[str, Record]]],
) -> None:
    now = _record(1)
    received = next(m.received_at for m in now.messages if m.message_id == "M-8")
    between = instants.at_instant(now, received + timedelta(minutes=1))
    assert [m.state for m in between.messages if m.message_id == "M-8"] == [None]
    assert any("M-8" in line for line in between.unknown_vi)
    assert instants.at_instant(now, AT - timedelta(days=1)).dossiers == ()


def test_a_child_is_found_by_any_of_its_numbers_and_by_nothing_else(
    lived: list[tuple[datetime, dict[str, Record]]],
) -> None:
    by, now = births.system(), _record(2)
    card, code = now.cards[0].code, now.dossiers[0].code
    with acting(by, at=AT):
        for text in (card, f"{card[:5]} {card[5:]}", now.cards[0].insurance_number, "003226000002"):
            assert records.code_of(by, text) == code, text
        assert records.code_of(by, "M-2") == code
        for text in ("", "9999999999", "003226999999", "TE-khong-co"):
            assert records.code_of(by, text) == "", text
        with pytest.raises(NotFound):
            records.record(by, "TE-khong-co", on=births.ON)
        assert records.record(by, str(now.person_id), on=births.ON) == now


def test_a_merger_s_old_unit_stands_in_the_past_and_the_new_one_now() -> None:
    mergers.country()
    sent_at = mergers.THEN - timedelta(days=3)
    message_id = mergers.bring(1, "SENT_TNHS", commune=mergers.OLD, at=sent_at)
    mergers.apply(mergers.WHOLE, mergers.DAY, at=mergers.THEN)
    by = births.system()
    with acting(by, at=mergers.LATER):
        now = records.record(by, records.code_of(by, message_id), on=mergers.DAY)
    moved = now.places[0].at
    before = instants.at_instant(now, moved - timedelta(seconds=1))
    assert (before.dossiers[0].unit_code, now.dossiers[0].unit_code) == ("TE-OLD", "TE-NEW")
    change = next(each for each in changes.changes_of(now) if each.at == moved and each.differences)
    assert "TE-NEW" in change.differences[0].after
