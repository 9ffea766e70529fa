"""The permission matrix: every role × every page, from the one table; and whose rows each officer finds."""

import pytest
from django.test import Client
from django.urls import reverse

from lienthong.accounts.permissions import GRANTS, MACHINE_ROLES, Permission, Role
from lienthong.web.page import PAGES, PageEntry
from tests.web.conftest import SignedIn
from tests.web.world import World

_ACCOUNT_OF = {
    Role.CENTRE: "trung-uong",
    Role.PROVINCE: "tinh-01",
    Role.COLLECTION: "thu-01",
    Role.CARD_DESK: "so-the-01",
    Role.HEAD: "truong-so-the-01",
    Role.RECEPTION: "tiep-nhan-01",
    Role.AGENT: "dai-ly-01",
    Role.ADMINISTRATOR: "cntt",
}
_PARTS = {
    "run": {"run_id": 999_999},
    "run-file": {"run_id": 999_999},
    "trace": {"message_id": "khong-co"},
    "record": {"key": "khong-co"},
    "record-proof": {"key": "khong-co"},
    "contacts": {"message_id": "khong-co"},
    "contacts-of": {"kind": "person", "key": 999_999},
    "late-reason": {"message_id": "khong-co"},
    "declaration": {"code": "00004"},
    "declaration-upload": {"upload_id": 999_999},
    "unit": {"unit_code": "TE01001"},
    "identity": {"person_id": 999_999},
    "merger": {"act_id": 999_999},
    "merger-revise": {"act_id": 999_999},
    "merger-confirm": {"act_id": 999_999, "deed": "ap-dung"},
    "division": {"code": "00004"},
    "electronic-card": {"card_id": 999_999},
    "difficulty": {"difficulty_id": 999_999},
    "article": {"article_id": 999_999},
    "article-edit": {"article_id": 999_999},
    "hospital-article": {"article_id": 999_999},
    "off-process-one": {"finding_id": 999_999},
    "exchange": {"card_id": 999_999},
    "facility": {"code": "01777"},
    "facility-children": {"code": "01777"},
    "facility-offer": {"task_id": 999_999},
    "task-force": {"province_code": "01"},
    "book-difference": {"difference_id": 999_999},
    "coordination-province": {"province_code": "01"},
    "agreement-scan": {"scan_id": 999_999},
    "correction": {"task_id": 999_999},
    "paper": {"paper_id": 999_999},
    "paper-new": {"reason": "C3"},
    "paper-scan": {"scan_id": 999_999},
    "paper-compare": {"task_id": 999_999},
    "double": {"pair_id": 999_999},
    "double-task": {"task_id": 999_999},
    "double-evidence": {"evidence_id": 999_999},
    "merge": {"merge_id": 999_999},
    "number-matter": {"matter_id": 999_999},
    "old-number": {"old_id": 999_999},
    "register-import": {"import_id": 999_999},
    "register-import-file": {"import_id": 999_999, "which": "fault"},
    "hospital": {"machine_id": 999_999},
    "temporary-doubt": {"task_id": 999_999},
    "reduction-new": {"card_id": 999_999},
    "reduction": {"task_id": 999_999},
    "household": {"household_id": 999_999},
    "household-add": {"household_id": 999_999},
    "household-member": {"household_id": 999_999, "person_id": 999_999},
    "household-head": {"household_id": 999_999},
    "household-split": {"household_id": 999_999},
    "household-place": {"household_id": 999_999},
    "agent-household": {"household_id": 999_999},
    "agent-person": {"person_id": 999_999},
    "agent-member": {"household_id": 999_999},
    "agency": {"agency_id": 999_999},
    "linkage": {"linkage_id": 999_999},
    "linkage-file": {"linkage_id": 999_999, "which": "ket-qua"},
    "difference": {"difference_id": 999_999},
    "difference-rule": {"rule_id": 999_999},
    "directive": {"directive_id": 999_999},
    "directive-draft": {"directive_id": 999_999},
    "directive-summary": {"directive_id": 999_999},
    "directive-sheet": {"directive_id": 999_999},
    "directive-print": {"directive_id": 999_999},
    "reply": {"directive_id": 999_999, "province_code": "01"},
    "reply-form": {"reply_id": 999_999},
    "reply-print": {"reply_id": 999_999},
}


def _guarded() -> list[PageEntry]:
    reverse("home")
    return [
        entry for entry in PAGES if entry.needs is not None and entry.path.startswith("can-bo/")
    ]


def test_every_officer_s_role_has_an_account_here() -> None:
    assert set(_ACCOUNT_OF) == set(Role) - MACHINE_ROLES


@pytest.mark.parametrize("role", sorted(_ACCOUNT_OF))
def test_each_page_opens_exactly_for_the_roles_that_hold_its_permission(
    role: Role, signed_in: SignedIn
) -> None:
    client = signed_in(_ACCOUNT_OF[role])
    wrong = {}
    for entry in _guarded():
        address = reverse(entry.name, kwargs=_PARTS.get(entry.name))
        status = client.get(address).status_code
        expected = {200, 303, 404} if entry.needs in GRANTS[role] else {403}
        if status not in expected:
            wrong[entry.name] = status
    assert wrong == {}


def test_only_the_short_list_of_pages_is_open_to_everybody() -> None:
    reverse("home")
    assert {entry.name for entry in PAGES if entry.needs is None} == {
        "front",
        "register",
        "help",
        "public-knowledge",
        "public-article",
        "sign-in",
        "sign-out",
        "stop-notices",
        "follow",
        "follow-card",
        "follow-code",
        "scan",
        "scan-keys",
        "scan-revoked",
        "scan-worker",
        "card-of-link",
        "newest-card-of-link",
        "hospital-sign-in",
        "hospital-sign-out",
    }


def test_every_guarded_page_sends_a_stranger_to_sign_in(world: World) -> None:
    for entry in _guarded():
        response = Client().get(reverse(entry.name, kwargs=_PARTS.get(entry.name)))
        assert response.status_code == 303, entry.name
        assert response.headers["Location"].startswith("/can-bo/dang-nhap/?tiep=")


def test_every_permission_is_granted_to_somebody_and_unknown_roles_get_nothing() -> None:
    granted = {permission for permissions in GRANTS.values() for permission in permissions}
    assert granted == set(Permission)


def test_nobody_who_keeps_accounts_sees_a_child_and_nobody_at_collection_approves() -> None:
    assert not GRANTS[Role.ADMINISTRATOR] & {Permission.DOSSIER_VIEW, Permission.DOSSIER_QUEUE}
    assert Permission.CARD_APPROVE not in GRANTS[Role.COLLECTION]


@pytest.mark.rule("001-9")
@pytest.mark.parametrize(
    ("username", "seen"),
    [
        ("trung-uong", {"AN", "BÌNH", "CHI"}),
        ("tinh-01", {"AN", "CHI"}),
        ("don-vi-01", {"AN"}),
        ("so-the-24", {"BÌNH"}),
    ],
)
def test_an_officer_finds_the_rows_of_his_area_and_no_others(
    username: str, seen: set[str], world: World, signed_in: SignedIn
) -> None:
    names = {"AN": "NGUYỄN HOÀNG AN", "BÌNH": "TRẦN THANH BÌNH", "CHI": "LÊ MAI CHI"}
    world.child(names["AN"])
    world.child(names["BÌNH"], unit="TE24001")
    world.child(names["CHI"], state="CREATE_FAILED", reason="UNIT_NOT_DECLARED")
    text = signed_in(username).get("/can-bo/ho-so/").content.decode()
    assert {short for short, name in names.items() if name in text} == seen


def test_counts_lists_and_searches_do_not_betray_another_area(
    world: World, signed_in: SignedIn
) -> None:
    child = world.child("TRẦN THANH BÌNH", unit="TE24001")
    client = signed_in("so-the-01")
    assert "Chưa có hồ sơ nào" in client.get("/can-bo/").content.decode()
    assert "Chưa có hồ sơ nào" in client.get("/can-bo/ho-so/").content.decode()
    assert "Không có thẻ nào chờ duyệt" in client.get("/can-bo/duyet-the/").content.decode()
    for text in (child.dossier_code, child.message_id, "Trần Thanh Bình"):
        found = client.post("/can-bo/tra-cuu/", {"ma": text}).content.decode()
        assert "Không tìm thấy" in found


def test_a_foreign_dossier_and_an_absent_one_answer_byte_for_byte_the_same(
    world: World, signed_in: SignedIn
) -> None:
    foreign = world.child("TRẦN THANH BÌNH", unit="TE24001")
    client = signed_in("so-the-01")
    answers = [
        client.get(f"/can-bo/tra-cuu/{foreign.message_id}/"),
        client.get("/can-bo/tra-cuu/khong-co/"),
        client.get("/can-bo/trang-khong-co/"),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len({answer.content for answer in answers}) == 1
    names = [sorted(answer.headers) for answer in answers]
    assert names[0] == names[1]


def test_a_foreign_card_cannot_be_approved_and_its_child_is_not_named(
    world: World, signed_in: SignedIn
) -> None:
    foreign = world.child("TRẦN THANH BÌNH", unit="TE24001")
    client = signed_in("so-the-01")
    refused = client.post("/can-bo/duyet-the/", {"the": [foreign.card_id]}).content.decode()
    absent = client.post("/can-bo/duyet-the/", {"the": [999_999]}).content.decode()
    assert "Đã duyệt" not in refused
    assert "TRẦN THANH BÌNH" not in refused
    assert (
        refused.count("Không tìm thấy yêu cầu này")
        == absent.count("Không tìm thấy yêu cầu này")
        == 1
    )
