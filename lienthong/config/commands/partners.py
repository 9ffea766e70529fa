"""`lienthong partners check`: which other systems are configured, and whether each answers."""

import click

from lienthong.config.commands.console import answer, json_option
from lienthong.kernel.errors import LienthongError

_RESTS_VI = "chưa cấu hình, làn này nghỉ"


@click.group("partners")
def partners() -> None:
    """Các hệ thống bên ngoài khai báo trong partners.toml."""


@partners.command("check")
@json_option
def check_command(*, as_json: bool) -> None:
    """Cho biết hệ thống nào đã khai báo và có trả lời không; không gửi thư hay tin nào."""
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lienthong.config.settings")
    django.setup()
    from lienthong.config import partners as configuration
    from lienthong.config import paths, wiring

    found = configuration.read(paths.partners_file())
    said = {
        "mail": _said(wiring.mail_client(found)),
        "sms": _said(wiring.sms_client(found)),
        "population": _said(wiring.population_client(found)),
        "justice": _said(wiring.justice_client(found)),
    }
    answer(said, as_json=as_json, text=lambda: "\n".join(map(_sentence, said.items())))
    if any(each["configured"] and not each["ok"] for each in said.values()):
        raise click.exceptions.Exit(1)


def _said(client: object) -> dict[str, object]:
    if client is None:
        return {"configured": False, "ok": False, "answer": ""}
    try:
        text = client.check()  # type: ignore[attr-defined]
    except LienthongError as error:
        return {"configured": True, "ok": False, "answer": error.code}
    return {"configured": True, "ok": True, "answer": text}


def _sentence(line: tuple[str, dict[str, object]]) -> str:
    name, said = line
    if not said["configured"]:
        return f"{name}: {_RESTS_VI}"
    return f"{name}: {'trả lời' if said['ok'] else 'KHÔNG trả lời'} ({said['answer']})"


COMMANDS = (partners,)
