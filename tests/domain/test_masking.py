"""Nothing that names a person leaves its place: texts are masked, and no planted fact reaches a row, a notice, a file."""

import io
import json
import re
import zipfile
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from lienthong.database.scope import acting
from lienthong.oversight import answering, publishing, reporting, tallies
from lienthong.oversight.masking import Known, Telling, masked, tidy
from lienthong.oversight.publishing import Draft
from lienthong.oversight.reporting import Met, Question
from tests.births import AT, ON
from tests.conftest import BecomeWeb
from tests.difficulties import House, house
from tests.officers import as_worker
from tests.web.world import build

BORN = date(2026, 11, 3)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("Cháu Lê Gia Huy, sinh 03/11/2026, thẻ TE1010123456789 không in được.", "[họ tên], sinh [ngày sinh], thẻ [số] không in được."),
        ("NGUYỄN VĂN AN số 001 087 000 001", "[họ tên] số [số]"),
        ("gọi 0912.345.678 hoặc +84 912 345 678", "gọi [số] hoặc [số]"),
        ("thư an.nv@bhxh.gov.vn nhé", "thư [thư điện tử] nhé"),
        ("số ٠٠١٠٨٧٠٠٠٠٠١ và ００１０８７０００００１", "số [số] và [số]"),
        ("0\u200b0\u200b1087\u200b000\u200b001", "[số]"),
        ("con bà Trần Thị Bình, mẹ H'Điêu Niê", "con bà [họ tên], mẹ [họ tên]"),
        ("Gọi Nguyễn Văn An 0912345678.", "Gọi [họ tên] [số]."),
        ("NGUYỄN VĂN AN 1912345678", "[họ tên] [số]"),
        ("bé Minh chưa có thẻ", "bé [họ tên] chưa có thẻ"),
        ("ngày sinh 3/11/26 sai", "ngày sinh [ngày sinh] sai"),
        ("sinh ngày 3 tháng 11 năm 2026", "sinh [ngày sinh]"),
        ("Nguyễn Thị Lan (12-05-1990)", "[họ tên] ([ngày sinh])"),
        ("CCCD 001187000123 / MST 0101234567", "CCCD [số] / MST [số]"),
        # Parted, joined, spelt and written otherwise.
        ("Nguyễn.Văn.An và Nguyễn-Văn-An và Nguyễn_Văn_An và NguyễnVănAn", "[họ tên] và [họ tên] và [họ tên] và [họ tên]"),
        ("N.V.An sinh 03/11/2026", "[họ tên] sinh [ngày sinh]"),
        ("cháu lê gia huy chưa có thẻ", "cháu [họ tên] chưa có thẻ"),
        ("nguyễn văn an gọi lên; bé nguyen thi hoa sinh ngày mùng 3 tháng 11", "[họ tên] gọi lên; bé [họ tên] sinh [ngày sinh]"),
        ("Ｎguyễn Văn An", "[họ tên]"),
        ("(024) 3775 3944, 0912,345,678, 079203o12345", "[số], [số], [số]"),
        ("TE1-01-01-234-56789 và 079-203-012-345", "[số] và [số]"),
        ("DOB 2026-11-03, s.n. 03.11.2026", "DOB [ngày sinh], s.n. [ngày sinh]"),
        ("an.nguyen @ gmail . com, an(at)gmail.com", "[thư điện tử], [thư điện tử]"),
        # Where somebody lives, up to the commune.
        ("Thường trú số 12 ngõ 5 đường Láng, phường Láng, Hà Nội", "Thường trú [địa chỉ], phường Láng, Hà Nội"),
        ("Nhà ở 25 Lê Lợi, phường Bến Thành", "Nhà ở [địa chỉ], phường Bến Thành"),
        ("địa chỉ: thôn Đông, xã An Bình", "địa chỉ: [địa chỉ], xã An Bình"),
        ("mẹ ở hẻm 45/3", "mẹ ở [địa chỉ]"),
    ],
)  # fmt: skip
def test_what_names_somebody_is_taken_out(said: str, left: str) -> None:
    assert masked(said).text == left


@pytest.mark.parametrize(
    "said",
    [
        "Quyết định số 595/QĐ-BHXH ngày 14/4/2017 của BHXH Việt Nam",
        "Luật Hộ tịch 60/2014/QH13, Nghị định 63/2024/NĐ-CP từ 01/07/2024, 3 ngày làm việc",
        "Hồ sơ HS-2026-000123 báo E-PHONE; xem VM-12",
        "Thành phố Hồ Chí Minh, tỉnh Lâm Đồng, phường Nguyễn Du, đường Lê Lợi",
        "Khai sinh trước 01/07/2025 thì chọn đơn vị nào? Mức 2.530.000 đồng.",
        "Trẻ TE có thẻ BHYT; Bộ Tư pháp gửi lại; Trang In thẻ mở chậm.",
        "LÝ DO HỒ SƠ QUÁ HẠN",
        "Tổng Giám đốc, Vụ Pháp chế, Chánh Văn phòng, đảo Hoàng Sa, CoverageEligibilityRequest",
        "Từ 01/07/2026-31/07/2026 và 01-07-2026 nhận 12 (5), còn 1.250 hồ sơ",
        "Sai địa chỉ của đơn vị; thường trú xã Phù Đổng; nơi ở hiện tại chưa có; tổ công tác số 3",
        "trẻ do bà mẹ, cháu hồ sơ chưa đủ, trẻ lý do khác",
    ],
)
def test_what_names_nobody_stays(said: str) -> None:
    assert masked(said).text == said
    assert masked(said).found == ()


def test_names_that_the_page_knew_are_masked_in_any_spelling() -> None:
    known = Known(("CÔNG TẰNG TÔN NỮ HOÀNG BẢO TRÂM", "Trần Thị Bình"), (BORN,))
    said = (
        "cong tang ton nu hoang bao tram lúc 2026-11-03, me la tran thi binh; 3/11/2026 và 03112026"
    )
    assert (
        masked(said, known).text
        == "[họ tên] lúc [ngày sinh], me la [họ tên]; [ngày sinh] và [ngày sinh]"
    )
    assert dict(masked(said, known).found) == {Telling.NAME: 2, Telling.DATE: 3}


def test_a_name_that_reads_like_a_mask_is_masked_once() -> None:
    known = Known(("HỒ TÊN", "SỐ"))
    assert (
        masked("ho ten và Hồ Tên, số 079203012345", known).text == "[họ tên] và [họ tên], số [số]"
    )


_PIECES = st.lists(
    st.sampled_from(
        [
            "cháu",
            "Lê",
            "lê",
            "Gia",
            "huy",
            "thị",
            "văn",
            "sinh",
            "03/11/2026",
            "079203012345",
            "0912",
            "345",
            "678",
            "số",
            "12",
            "ngõ",
            "5",
            "đường",
            "Láng",
            "xã",
            ",",
            ".",
            ";",
            "-",
            "@",
            "gmail",
            ".",
            "com",
            "thường",
            "trú",
            "địa",
            "chỉ",
            "[",
            "]",
            "ngày",
            "3",
            "tháng",
            "11",
            "(",
            ")",
            "o",
            "NguyễnVănAn",
            "N.V.An",
            "tại",
            "25",
            "Lợi",
        ]
    ),
    max_size=25,
)


@example("ĐƯỜNG000000000NGUyA")
@given(st.one_of(st.text(max_size=300), _PIECES.map(" ".join), _PIECES.map("".join)))
def test_masking_is_done_once_and_needs_no_second_look(text: str) -> None:
    once = masked(text)
    assert masked(once.text).text == once.text
    assert tidy(once.text) == once.text


# ---------------------------------------------------------------- nothing planted arrives


def _name(surname: str, middle: str, given_name: str, *, is_upper: bool) -> str:
    name = f"{surname} {middle} {given_name}"
    return name.upper() if is_upper else name


_SURNAMES = re.split(
    " ",
    "Nguyễn Trần Lê Phạm Hoàng Đặng Bùi Đỗ Vũ Lương Tô Ksor Y Hà Cao Thái Lâm Hồ Lý Phùng An Ninh Quang Âu Sơn",
)
_NAMES = st.builds(
    _name,
    st.sampled_from(_SURNAMES),
    st.sampled_from(
        ("Văn", "Thị", "Minh", "Gia", "Hoàng Bảo", "Thị Mỹ", "Đức", "Quỳnh", "Nam", "Giang")
    ),
    st.sampled_from(("An", "Huy", "Trâm", "Khôi", "Nhi", "Ngọc", "Vy", "Đạt", "Ánh", "Phượng")),
    is_upper=st.booleans(),
)
_NUMBERS = st.builds(
    lambda digits, gap: gap.join(digits[at : at + 3] for at in range(0, len(digits), 3)),
    st.text("0123456789", min_size=9, max_size=15),
    st.sampled_from(("", " ", ".", "-")),
)
_DAYS = st.dates(date(1960, 1, 1), date(2026, 11, 20))
_FORMS = ("%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d", "%d.%m.%Y")


@settings(deadline=None)
@given(
    _NAMES, _NUMBERS, _DAYS, st.sampled_from(_FORMS),
    st.sampled_from((
        "{name} sinh {day}, số {number}, không in được thẻ.",
        "Trẻ {name} ({day}) có số định danh {number}",
        "Đã tra {number}: ra {name}, ngày sinh {day}.",
        "mẹ cháu là {name}; sinh ngày {day}; đt {number}",
        "Gọi {name} {number} {day}",
    )),
)  # fmt: skip
def test_no_planted_fact_survives(
    name: str, number: str, day: date, form: str, sentence: str
) -> None:
    written = day.strftime(form)
    left = masked(sentence.format(name=name, number=number, day=written)).text
    for planted in (name, number, written):
        assert planted not in left
    assert not any(part in left.split() for part in name.split()[1:])


@pytest.fixture
def them(as_web_role: BecomeWeb) -> House:
    return house(as_web_role)


@pytest.mark.django_db
@settings(
    max_examples=10,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(name=_NAMES, number=_NUMBERS, day=_DAYS)
def test_no_planted_fact_reaches_a_row_a_notice_a_file_or_the_log(
    them: House, name: str, number: str, day: date
) -> None:
    written = day.strftime("%d/%m/%Y")
    said = f"{name} sinh {written}, số {number}"
    key = them.ask(them.desk, Question("card", f"Lỗi của {name}", said), Met("print", number))
    with them.acting(them.head):
        answering.ask_back(key, f"Gọi {name}, số {number}?", by=them.head, at=AT)
    with them.acting(them.desk):
        answering.reply(key, said, by=them.desk, at=AT)
    with them.acting(them.province):
        answering.answer(
            key, f"Đã sửa cho {name}, sinh {written}.", basis=said, by=them.province, at=AT
        )
        draft = Draft("card", f"Trường hợp {name}", said, ON, basis=number, keywords=name)
        publishing.publish(draft, by=them.province, at=AT, difficulty_id=key)
        sheet = tallies.as_xlsx(them.province, at=AT)
    tables = (
        "oversight_difficulty", "oversight_difficultystep", "oversight_article", "oversight_articleversion",
        "notices_notice", "audit_entry", "database_outbox", "database_alarm",
    )  # fmt: skip
    with acting(them.desk, at=AT):
        kept = [
            json.dumps(
                as_worker(f"SELECT to_jsonb(kept)::text FROM {table} AS kept"),  # noqa: S608
                ensure_ascii=False,
            )
            for table in tables
        ]
    kept.append(_words_of(sheet))
    for planted in (name, number, written):
        assert [
            table for table, text in zip((*tables, "file"), kept, strict=True) if planted in text
        ] == []


def _words_of(sheet: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(sheet)) as packed:
        return "".join(packed.read(it).decode(errors="ignore") for it in packed.namelist())


@pytest.mark.django_db
def test_a_dossier_s_own_names_are_masked_and_its_id_opens_for_who_may_see_it(
    as_web_role: BecomeWeb,
) -> None:
    """In small letters, without marks: only the page knew that it is a name."""
    from lienthong.accounts import sessions
    from lienthong.accounts.jurisdiction import scope_of
    from lienthong.oversight import difficulties
    from tests.officers import become

    world = build(AT)
    child = world.child("ĐẶNG PHÚC KHANG")

    def signed_in(username: str, role: str, province: str) -> object:
        become("lienthong_web")
        scope = scope_of(role, province_code=province, unit_code="")
        by = sessions.resume(sessions.open_session(world.officers[username], scope))
        become("lienthong_worker")
        return by

    asker = signed_in("so-the-01", "card_desk", "01")
    stranger = signed_in("so-the-24", "card_desk", "24")
    with as_web_role(), acting(asker, at=AT):  # type: ignore[arg-type]
        dossier_id = reporting.dossier_of(child.message_id, by=asker)  # type: ignore[arg-type]
        assert dossier_id == child.dossier_id
        met = Met("trace", "", "dossier", dossier_id)
        asked = Question("card", "be dang phuc khang khong co the", "dang phuc khang 01/11/2026")
        key = reporting.report(asked, met, by=asker, at=AT)  # type: ignore[arg-type]
        line = difficulties.one(asker, key, on=ON)  # type: ignore[arg-type]
        assert (line.title, line.question) == ("be [họ tên] khong co the", "[họ tên] [ngày sinh]")
        assert difficulties.opens(asker, "dossier", dossier_id)  # type: ignore[arg-type]
    head = signed_in("truong-so-the-01", "head", "01")
    with as_web_role(), acting(head, at=AT):  # type: ignore[arg-type]
        words = "da in lai the cho dang phuc khang"
        answering.answer(key, words, by=head, at=AT)  # type: ignore[arg-type]
        line = difficulties.one(head, key, on=ON)  # type: ignore[arg-type]
        assert line.answer == "da in lai the cho [họ tên]"
    with as_web_role(), acting(stranger, at=AT):  # type: ignore[arg-type]
        assert reporting.dossier_of(child.message_id, by=stranger) is None  # type: ignore[arg-type]
        assert not difficulties.opens(stranger, "dossier", dossier_id)  # type: ignore[arg-type]
