"""A small fictional world for the pages: two provinces, a unit in each, officers, and children at every stage.

Rows are written as the system's steps leave them; the officers' own steps are done by the real actions.
"""

import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import connection

from lienthong.accounts import actions as accounts
from lienthong.accounts import agencies
from lienthong.accounts.permissions import every_permission
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor, system_actor
from lienthong.kernel.names import fold_key, tone_key

SYSTEM = system_actor(every_permission())
PASSWORD = "mot cau that dai de nho 2026"
_WAY = ("RECEIVED", "CREATED", "SENT_TNHS", "EXPORTED_TNHS", "ARISEN", "APPROVAL_REQUESTED")
_OFFICERS = (
    ("trung-uong", "Lê Văn Trung", "003087000010", "centre", "", ""),
    ("tinh-01", "Phạm Thị Bích", "003087000011", "province", "01", ""),
    ("thu-01", "Trần Thị Thu", "003087000012", "collection", "01", ""),
    ("so-the-01", "Nguyễn Thị Hồng", "003087000013", "card_desk", "01", ""),
    ("truong-so-the-01", "Hoàng Thị Trưởng", "003087000018", "head", "01", ""),
    ("thu-24", "Lương Thị Thủy", "003087000019", "collection", "24", ""),
    ("so-the-24", "Hoàng Văn Bắc", "003087000014", "card_desk", "24", ""),
    ("don-vi-01", "Đỗ Văn Xã", "003087000015", "card_desk", "01", "TE01001"),
    ("tiep-nhan-01", "Vũ Thị Nhận", "003087000016", "reception", "01", ""),
    ("cntt", "Bùi Công Nghệ", "003087000017", "administrator", "", ""),
)


@dataclass(frozen=True, slots=True)
class Child:
    """One child as the tests speak of it."""

    name: str
    message_id: str
    dossier_id: int
    dossier_code: str
    card_id: int | None


@dataclass(slots=True)
class World:
    """What there is. `children` by name."""

    at: datetime
    units: dict[str, int] = field(default_factory=dict)
    officers: dict[str, int] = field(default_factory=dict)
    children: dict[str, Child] = field(default_factory=dict)
    serial: int = 0
    agency: int = 0

    def child(
        self,
        name: str,
        *,
        unit: str = "TE01001",
        state: str = "APPROVAL_REQUESTED",
        reason: str = "",
        days_ago: int = 1,
        requester_person: int = 0,
    ) -> Child:
        """A child whose dossier stands in `state`, with a requested card from APPROVAL_REQUESTED on."""
        self.serial += 1
        with acting(SYSTEM, at=self.at - timedelta(days=days_ago)), connection.cursor() as cursor:
            made = _Maker(self, cursor, name, unit, days_ago)
            dossier_id, code, message_id = made.dossier(state, reason)
            has_card = state == "APPROVAL_REQUESTED"
            card_id = made.card(dossier_id, requester_person) if has_card else None
        child = Child(name, message_id, dossier_id, code, card_id)
        self.children[name] = child
        return child


def build(at: datetime) -> World:
    """Units, divisions and officers; no child yet."""
    world = World(at)
    with acting(SYSTEM, at=at), connection.cursor() as cursor:
        for code, name, province in (
            ("TE01001", "BHXH cơ sở Ba Đình – cấp thẻ trẻ em", "01"),
            ("TE24001", "BHXH cơ sở Bắc Giang – cấp thẻ trẻ em", "24"),
        ):
            cursor.execute(
                "INSERT INTO catalogues_unit (code, name, agency_code, province_code)"
                " VALUES (%s, %s, '', %s) RETURNING id",
                [code, name, province],
            )
            world.units[code] = cursor.fetchone()[0]
    for username, full_name, personal_id, role, province, unit in _OFFICERS:
        new = accounts.NewOfficer(username, full_name, personal_id, role, province, unit)
        world.officers[username] = accounts.create_officer(new, PASSWORD, by=SYSTEM, at=at)
    agency = agencies.open_agency("BD-01", "Bưu điện Ba Đình", "TE01001", by=SYSTEM, at=at)
    agent = accounts.NewOfficer(
        "dai-ly-01", "Nguyễn Thị Bưu", "003087000020", "agent", "01", "TE01001", agency
    )
    world.officers["dai-ly-01"] = accounts.create_officer(agent, PASSWORD, by=SYSTEM, at=at)
    world.agency = agency
    return world


class _Maker:
    def __init__(self, world: World, cursor: object, name: str, unit: str, days_ago: int) -> None:
        self.world, self.cursor, self.name = world, cursor, name
        self.unit_code, self.unit_id = unit, world.units[unit]
        self.received_at = world.at - timedelta(days=days_ago)
        self.born_on = date(2026, 11, 1)
        self.number = f"79{world.serial:08d}"
        self.person_id = 0

    def dossier(self, state: str, reason: str) -> tuple[int, str, str]:
        is_parked = state in {"CREATE_FAILED", "RECEIVED"}
        province = self.unit_code[2:4]
        code = f"HS-2026-{self.world.serial:06d}"
        message_id = f"LTKS-2026-{self.world.serial:07d}"
        if not is_parked:
            self._person()
        self._run(
            "INSERT INTO dossiers_dossier (code, source, message_id, channel, state, reason, area, unit_id,"
            " unit_rule, commune_code, district_code, registered_on, resolved_commune_code, province_code,"
            " received_at, due_on, child_name, child_fold_key, child_born_on, child_sex, facility_code,"
            " area_code, urgent, person_id, insurance_number, changed_at)"
            " VALUES (%s, 'BTP', %s, 'electronic', 'RECEIVED', '', %s, %s, '000-0', '00004', '', %s, '00004',"
            " %s, %s, %s, %s, %s, %s, 'female', '', '', false, %s, %s, %s) RETURNING id",
            [
                code,
                message_id,
                -int(province) if is_parked else self.unit_id,
                None if is_parked else self.unit_id,
                self.received_at.date(),
                province,
                self.received_at,
                self.received_at.date() + timedelta(days=3),
                self.name,
                fold_key(self.name),
                self.born_on,
                self.person_id or None,
                self.number if self.person_id else None,
                self.received_at,
            ],
        )
        dossier_id = self.cursor.fetchone()[0]
        for step in [state] if state == "CREATE_FAILED" else _WAY[1 : _WAY.index(state) + 1]:
            self._run(
                "UPDATE dossiers_dossier SET state = %s, reason = %s WHERE id = %s",
                [step, reason, dossier_id],
            )
        self._message(message_id, dossier_id)
        return dossier_id, code, message_id

    def card(self, dossier_id: int, requester_person: int) -> int:
        body = json.dumps({"full_name": self.name}).encode()
        self._run(
            "INSERT INTO cards_request (kind, dossier_id, person_id, unit_id, area, body, requester_person,"
            " requested_by, requested_at) VALUES ('first', %s, %s, %s, %s, %s, %s, 'system', %s) RETURNING id",
            [
                dossier_id,
                self.person_id,
                self.unit_id,
                self.unit_id,
                body,
                requester_person,
                self.received_at,
            ],
        )
        request_id = self.cursor.fetchone()[0]
        province = self.unit_code[2:4]
        self._run(
            "INSERT INTO cards_card (code, person_id, dossier_id, unit_id, area, request_id, status,"
            " insurance_number, beneficiary_group, benefit_level, province_code, valid, five_year_on,"
            " facility_code, area_code, commune_code, full_name, born_on, sex, address, guardian_name, version,"
            " end_reason, print_count) VALUES (%s, %s, %s, %s, %s, %s, 'requested', %s, 'TE', 1, %s,"
            " daterange('2026-11-01', '2032-12-01'), '2031-11-01', '01013', '', '00004', %s, %s, 'female',"
            " 'Số 5 ngõ 2', 'TRẦN THỊ BÌNH', 1, '', 0) RETURNING id",
            [
                f"TE1{province}{self.number}",
                self.person_id,
                dossier_id,
                self.unit_id,
                self.unit_id,
                request_id,
                self.number,
                province,
                self.name,
                self.born_on,
            ],
        )
        return int(self.cursor.fetchone()[0])

    def _person(self) -> None:
        self._run(
            "INSERT INTO persons_person (full_name, tone_key, fold_key, born_on, sex, nationality, entitled, made_at,"
            " personal_id_status, birth_notice_code, mother_name, mother_born, mother_personal_id,"
            " mother_insurance_number, father_name, father_born, father_personal_id, guardian_name,"
            " residence_commune_code, residence_text)"
            " VALUES (%s, %s, %s, %s, 'female', 'VN', daterange('2026-11-01', '2032-12-01'), %s, '', '', '', '', '',"
            " '', '', '', '', '', '', '') RETURNING id",
            [self.name, tone_key(self.name), fold_key(self.name), self.born_on, self.received_at],
        )
        self.person_id = self.cursor.fetchone()[0]
        self._run(
            "INSERT INTO persons_number (number, person_id, status, origin, taken_at)"
            " VALUES (%s, %s, 'active', 'allotted', %s)",
            [self.number, self.person_id, self.received_at],
        )

    def _message(self, message_id: str, dossier_id: int) -> None:
        self._run(
            "INSERT INTO births_registration (commune_code, book, number, year, dossier_id, applied_version,"
            " cancelled_version) VALUES ('00004', '01/2026', %s, 2026, %s, 1, 0) RETURNING id",
            [str(self.world.serial), dossier_id],
        )
        registration_id = self.cursor.fetchone()[0]
        self._run(
            "INSERT INTO births_message (source, message_id, body, received_at, channel, key_id, state, code, field,"
            " warnings, kind, version, commune_code, registration_id, held_for, attempts)"
            " VALUES ('BTP', %s, '{}', %s, 'http', 'k', 'applied', '', '', '{}', 'create', 1, '00004', %s, '', 1)",
            [message_id, self.received_at, registration_id],
        )

    def _run(self, statement: str, arguments: list[object]) -> None:
        self.cursor.execute(statement, arguments)


def actor_of(world: World, username: str) -> Actor:
    """The officer as the console would have him, for calling an action directly."""
    from lienthong.accounts import jurisdiction

    assert username in world.officers
    return jurisdiction.actor_of(username)
