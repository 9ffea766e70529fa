"""`lienthong accounts …`: the officers who sign in and the ministries whose signatures count."""

import base64
import binascii
import secrets
from pathlib import Path

import click

from lienthong.config import clock
from lienthong.config.commands.console import answer, database, json_option
from lienthong.kernel.errors import Refused

_PASSWORD_BYTES = 15
_KEY_BYTES = 32
_ROLES = ("centre", "province", "collection", "card_desk", "head", "reception", "administrator")


@click.group("accounts")
def accounts() -> None:
    """Tài khoản cán bộ và hệ thống gửi dữ liệu."""


@accounts.command("officer")
@click.argument("username")
@click.option("--name", "full_name", required=True, help="Họ và tên.")
@click.option(
    "--personal-id", required=True, help="Số định danh; chỉ lưu mã băm để nhận ra cùng một người."
)
@click.option("--role", type=click.Choice(_ROLES), required=True, help="Vai trò.")
@click.option(
    "--area", default="", help="Địa bàn: mã tỉnh, hoặc mã tỉnh/mã đơn vị cấp thẻ (01/TE01001)."
)
@json_option
def officer_command(
    username: str, full_name: str, personal_id: str, role: str, area: str, *, as_json: bool
) -> None:
    """Tạo hoặc đặt lại tài khoản cán bộ; in mật khẩu và khóa xác thực hai bước một lần duy nhất."""
    with database():
        from lienthong.accounts import actions
        from lienthong.births import enrolment

        by, at = enrolment.system(), clock.now()
        province, _, unit = area.partition("/")
        new = actions.NewOfficer(
            username=username,
            full_name=full_name,
            personal_id=personal_id,
            role=role,
            province_code=province,
            unit_code=unit,
        )
        password = secrets.token_urlsafe(_PASSWORD_BYTES)
        officer = actions.create_officer(new, password, by=by, at=at)
        second_factor = actions.set_second_factor(officer, by=by, at=at)
        document = {"username": username, "password": password, "second_factor": second_factor}
        answer(document, as_json=as_json)


@accounts.command("agency")
@click.argument("code")
@click.option("--name", required=True, help="Tên đại lý.")
@click.option("--unit", required=True, help="Mã đơn vị quản lý (TE01001).")
@click.option("--commune", "communes", multiple=True, help="Mã xã phụ trách; dùng được nhiều lần.")
@json_option
def agency_command(
    code: str, name: str, unit: str, communes: tuple[str, ...], *, as_json: bool
) -> None:
    """Lập một đại lý thu (Bưu điện…) của một đơn vị, với các xã phụ trách."""
    with database():
        from lienthong.accounts import agencies
        from lienthong.births import enrolment

        by, at = enrolment.system(), clock.now()
        made = agencies.open_agency(code, name, unit, by=by, at=at)
        for commune in communes:
            agencies.add_commune(made, commune, by=by, at=at)
        answer({"agency": code.upper(), "communes": list(communes)}, as_json=as_json)


@accounts.command("agent")
@click.argument("username")
@click.option("--agency", required=True, help="Mã đại lý.")
@click.option("--name", "full_name", required=True, help="Họ và tên.")
@click.option("--personal-id", required=True, help="Số định danh; chỉ lưu mã băm.")
@json_option
def agent_command(
    username: str, agency: str, full_name: str, personal_id: str, *, as_json: bool
) -> None:
    """Tạo hoặc đặt lại tài khoản của một nhân viên đại lý; in mật khẩu một lần duy nhất."""
    with database():
        from lienthong.accounts import actions, agencies
        from lienthong.births import enrolment

        by, at = enrolment.system(), clock.now()
        held = agencies.coded(agency, by=by)
        new = actions.NewOfficer(
            username, full_name, personal_id, "agent", held.province_code, held.unit_code, held.id
        )
        password = secrets.token_urlsafe(_PASSWORD_BYTES)
        actions.create_officer(new, password, by=by, at=at)
        answer({"username": username, "password": password}, as_json=as_json)


@accounts.command("ministry")
@click.argument("name")
@click.option("--source", default="BTP", show_default=True, help="Nơi gửi ghi trong thông điệp.")
@click.option("--key-id", required=True, help="Tên khóa ghi trong chữ ký (keyid).")
@click.option(
    "--key",
    "key_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="Tệp khóa công khai Ed25519: 32 byte thô hoặc base64.",
)
@json_option
def ministry_command(name: str, source: str, key_id: str, key_file: Path, *, as_json: bool) -> None:
    """Nhận khóa công khai của một hệ thống gửi dữ liệu; từ đó chữ ký của hệ thống ấy có giá trị."""
    with database():
        from lienthong.accounts import actions
        from lienthong.births import enrolment

        by, at = enrolment.system(), clock.now()
        public_key = _public_key(key_file)
        new = actions.NewMachine(name, name, "ministry", source=source)
        machine = actions.create_machine(new, None, by=by, at=at)
        actions.accept_key(machine, key_id, public_key, by=by, at=at)
        answer({"name": name, "source": source, "key_id": key_id}, as_json=as_json)


def _public_key(file: Path) -> bytes:
    content = file.read_bytes()
    if len(content) == _KEY_BYTES:
        return content
    try:
        raw = base64.b64decode(content.strip(), validate=True)
    except binascii.Error:
        raw = b""
    if len(raw) != _KEY_BYTES:
        raise Refused(
            "Tệp khóa phải chứa khóa công khai Ed25519: 32 byte thô hoặc base64.",
            code="E-KEY",
            field="key",
        )
    return raw


COMMANDS = (accounts,)
