"""Đại lý thu by HTTP: the purpose is asked and logged, elsewhere is nowhere, proposals are decided, agencies are managed."""

from datetime import date, datetime

import pytest
from django.test import Client

from lienthong.accounts import agencies
from lienthong.catalogues import routes
from lienthong.kernel.dates import vietnam_date
from lienthong.persons import completeness, households, newcomers
from lienthong.persons.newcomers import Newcomer
from lienthong.persons.relations import Relation
from tests import births
from tests.births import AT, BA_DINH, NGOC_HA, ON, message, run, send
from tests.households import adult, couple, household
from tests.officers import SYSTEM, as_worker
from tests.web.conftest import SignedIn
from tests.web.world import World

PURPOSE = "Tra cứu mã số BHXH theo đề nghị của người dân"


@pytest.fixture(autouse=True)
def family(world: World) -> dict[str, int]:
    """A couple in Ba Đình with a child and a grandfather of whom little is known; somebody in Ngọc Hà."""
    births.small_country()
    routes.ensure(ON)
    home, mother, father = couple()
    send(message())
    run()
    elder = newcomers.make(Newcomer("NGUYỄN VĂN PHÚC", date(1950, 2, 3), "male"), by=SYSTEM, at=AT)
    households.take_in(
        home, {elder: Relation.OTHER}, on=AT.date(), by=SYSTEM, at=AT, seen={elder: None}
    )
    far = adult("LÊ THỊ XA", date(1970, 1, 1), "female", "003170000555")
    household((far, Relation.HEAD), commune=NGOC_HA, code="NGOCHA01")
    agencies.add_commune(world.agency, BA_DINH, by=SYSTEM, at=AT)
    completeness.tally(by=SYSTEM, at=AT)
    return {"home": home, "mother": mother, "father": father, "elder": elder, "far": far}


def _text(client: Client, address: str, form: dict[str, object] | None = None) -> str:
    response = client.get(address) if form is None else client.post(address, form)
    assert response.status_code == 200, (address, response.status_code)
    return response.content.decode()


def test_a_look_needs_a_purpose_and_is_logged_with_it(
    family: dict[str, int], signed_in: SignedIn
) -> None:
    client = signed_in("dai-ly-01")
    assert "Hãy chọn mục đích" in _text(client, "/can-bo/dai-ly/", {"so": "003196000456"})
    asked = {"so": "003196000456", "muc-dich": "tra-ma-so"}
    found = client.post("/can-bo/dai-ly/", asked)
    mine = f"/can-bo/dai-ly/nguoi/{family['mother']}/"
    assert (found.status_code, found.headers["Location"]) == (303, f"{mine}?vi=tra-ma-so")
    shown = _text(client, found.headers["Location"])
    assert "TRẦN THỊ BÌNH" in shown
    assert "003196000456" not in shown
    assert client.get(mine).status_code == 303
    logged = as_worker(
        "SELECT purpose, by FROM audit_entry WHERE action = 'viewed' AND subject_kind = 'person'"
        " AND subject_id = %s AND by = 'officer:dai-ly-01'",
        family["mother"],
    )
    assert logged == [(PURPOSE, "officer:dai-ly-01")]


def test_elsewhere_and_nowhere_read_the_same(family: dict[str, int], signed_in: SignedIn) -> None:
    client = signed_in("dai-ly-01")
    answers = {
        _text(client, "/can-bo/dai-ly/", {"so": number, "muc-dich": "tra-ma-so"})
        .replace(number, "")
        .partition("<main")[2]
        .partition("csrfmiddlewaretoken")[0]
        for number in ("003170000555", "003170000556")
    }
    assert len(answers) == 1
    assert "Không thuộc địa bàn" in answers.pop()
    assert client.get(f"/can-bo/dai-ly/nguoi/{family['far']}/?vi=bo-sung").status_code == 404
    for address in ("/can-bo/ho-so/", "/can-bo/ho-gia-dinh/", "/can-bo/day-du-du-lieu/"):
        assert client.get(address).status_code == 403


def test_a_page_opened_by_its_address_is_counted_and_answers_like_the_search(
    family: dict[str, int], signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in("dai-ly-01")
    far = client.get(f"/can-bo/dai-ly/nguoi/{family['far']}/?vi=bo-sung")
    none = client.get("/can-bo/dai-ly/ho/999999/?vi=bo-sung")
    assert (far.status_code, none.status_code) == (404, 404)
    for page in (far, none):
        assert "Không thuộc địa bàn của đại lý" in page.content.decode()
    mine = f"/can-bo/dai-ly/nguoi/{family['mother']}/?vi=bo-sung"
    assert client.get(mine).status_code == 200
    assert as_worker("SELECT look_count, miss_count FROM accounts_agentday") == [(3, 2)]
    monkeypatch.setattr(agencies, "MOST_LOOKS_AN_HOUR", 3)
    for address in (mine, f"/can-bo/dai-ly/nguoi/{family['far']}/?vi=bo-sung"):
        shut = client.get(address)
        assert shut.status_code == 429
        assert "quá số lần cho phép" in shut.content.decode()


def test_what_an_agent_brings_waits_for_the_unit_which_confirms_and_returns(
    family: dict[str, int], signed_in: SignedIn
) -> None:
    agent = signed_in("dai-ly-01")
    address = f"/can-bo/dai-ly/nguoi/{family['elder']}/"
    wrong = {"vi": "bo-sung", "personal_id": "003150000123", "relation": "03"}
    kept = _text(agent, address, wrong)
    assert "Chưa gửi" in kept
    assert 'value="003150000123"' in kept
    sent = agent.post(address, wrong | {"personal_id": "003050000123", "ghi-chu": "Thẻ căn cước"})
    assert "2 thông tin chờ" in _text(agent, sent.headers["Location"])
    new = {
        "vi": "bo-sung",
        "ho-ten": "Nguyễn Thị Mai",
        "ngay-sinh": "1955-06-07",
        "gioi-tinh": "female",
        "quan-he": "04",
    }
    added = agent.post(f"/can-bo/dai-ly/ho/{family['home']}/them/", new)
    assert "Nguyễn Thị Mai" in _text(agent, added.headers["Location"])
    officer = signed_in("thu-01")
    listed = _text(officer, "/can-bo/dai-ly/cho-xac-nhan/")
    assert "Giấy tờ: Thẻ căn cước" in listed
    keys = dict(as_worker("SELECT field, id FROM persons_proposal"))
    done = _text(
        officer,
        "/can-bo/dai-ly/cho-xac-nhan/",
        {"chon": [keys["personal_id"], keys["member"]], "thao-tac": "xac-nhan"},
    )
    assert "Đã xác nhận 2 đề nghị" in done
    assert "Hãy ghi lý do" in _text(
        officer,
        "/can-bo/dai-ly/cho-xac-nhan/",
        {"chon": [keys["relation"]], "thao-tac": "tra-lai"},
    )
    back = {"chon": [keys["relation"]], "thao-tac": "tra-lai", "ly-do": "Là bác"}
    assert "Đã trả lại 1" in _text(officer, "/can-bo/dai-ly/cho-xac-nhan/", back)
    assert "Là bác" in _text(agent, "/can-bo/dai-ly/da-gui/")
    report = _text(officer, "/can-bo/day-du-du-lieu/dai-ly/")
    assert "Nguyễn Thị Bưu (dai-ly-01)" in report
    assert "NGUYỄN VĂN PHÚC" not in report


def test_scores_open_the_list_behind_them_and_come_as_a_workbook(
    family: dict[str, int], signed_in: SignedIn
) -> None:
    client = signed_in("thu-01")
    table = _text(client, "/can-bo/day-du-du-lieu/")
    assert "Đơn vị" in table
    for level in ("unit", "commune", "agency"):
        assert "Bưu điện Ba Đình" in _text(client, "/can-bo/day-du-du-lieu/?theo=agency")
        file = client.get(f"/can-bo/day-du-du-lieu/tep/?theo={level}")
        assert file.content.startswith(b"PK")
    listed = _text(client, f"/can-bo/day-du-du-lieu/con-thieu/?xa={BA_DINH}&tieu-chi=SO-DINH-DANH")
    assert "NGUYỄN VĂN PHÚC" in listed
    assert "TRẦN THỊ BÌNH" not in listed
    file = client.get("/can-bo/day-du-du-lieu/con-thieu/tep/")
    assert file.content.startswith(b"PK")
    empty = _text(client, "/can-bo/day-du-du-lieu/?ngay=2020-01-01").partition("<main")[2]
    assert "Số liệu" not in empty
    del family


def test_a_criterion_is_tried_before_it_is_set(signed_in: SignedIn, now: datetime) -> None:
    client = signed_in("cntt")
    new = {
        "ma": "me-lon",
        "noi-dung": "Có họ tên mẹ",
        "thong-tin": "parent",
        "doi-tuong": "older",
        "trong-so": "10",
        "tu-ngay": vietnam_date(now).isoformat(),
        "can-cu": "Kế hoạch",
    }
    tried = _text(client, "/can-bo/day-du-du-lieu/tieu-chi/", new | {"thao-tac": "thu"})
    assert "Thử trên dữ liệu hôm nay" in tried
    assert not as_worker("SELECT id FROM persons_criterion WHERE code = 'ME-LON'")
    client.post("/can-bo/day-du-du-lieu/tieu-chi/", new | {"thao-tac": "dat"})
    assert as_worker("SELECT count(*) FROM persons_criterion WHERE code = 'ME-LON'") == [(1,)]
    again = _text(
        client, "/can-bo/day-du-du-lieu/tieu-chi/", new | {"thao-tac": "dat", "ma": "HAI"}
    )
    assert "Đã có tiêu chí khác" in again


def test_the_head_opens_an_agency_gives_an_account_and_ends_it(
    world: World, signed_in: SignedIn
) -> None:
    head = signed_in("truong-so-the-01")
    new = {"ma": "bd-2", "ten": "Bưu điện Ngọc Hà", "don-vi": "TE01002"}
    made = head.post("/can-bo/dai-ly/quan-ly/", new)
    address = made.headers["Location"]
    assert "đã có" in _text(head, "/can-bo/dai-ly/quan-ly/", new)
    assert "đơn vị trong địa bàn" in _text(
        head, "/can-bo/dai-ly/quan-ly/", new | {"ma": "BD-3", "don-vi": "TE24001"}
    )
    assert "không thuộc đơn vị" in _text(head, address, {"thao-tac": "them-xa", "xa": BA_DINH})
    assert head.post(address, {"thao-tac": "them-xa", "xa": NGOC_HA}).status_code == 303
    person = {
        "thao-tac": "cap-tai-khoan",
        "ten-dang-nhap": "dai-ly-09",
        "ho-ten": "Trần Văn Điện",
        "so-dinh-danh": "003089000022",
    }
    assert "chỉ hiện lần này" in _text(head, address, person)
    assert "Tên đăng nhập này" in _text(head, address, person | {"ten-dang-nhap": "thu-01"})
    (row,) = as_worker("SELECT id FROM accounts_officer WHERE username = 'dai-ly-09'")
    world.officers["dai-ly-09"] = int(str(row[0]))
    agent = signed_in("dai-ly-09")
    asked = {"so": "003170000555", "muc-dich": "thu-bhyt"}
    assert agent.post("/can-bo/dai-ly/", asked).status_code == 303
    head.post(address, {"thao-tac": "ngung-tai-khoan", "nhan-vien": row[0]})
    assert agent.get("/can-bo/dai-ly/").status_code == 303
    stranger = signed_in("tinh-01").get(f"/can-bo/dai-ly/quan-ly/{world.agency}/")
    assert stranger.status_code == 200
