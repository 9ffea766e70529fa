"""`lienthong births …`: take in a file of messages, trace one child, let go of what the brake holds."""

import json
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from lienthong.config import clock
from lienthong.config.commands.console import answer, database, json_option, say
from lienthong.kernel.dates import vietnam_date


@click.group("births")
def births() -> None:
    """Dữ liệu khai sinh từ Bộ Tư pháp."""


@births.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", default="BTP", show_default=True, help="Nơi gửi.")
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="Tệp kết quả từng dòng."
)
@json_option
def import_command(file: Path, source: str, report: Path | None, *, as_json: bool) -> None:
    """Nhận một tệp NDJSON: lưu từng dòng, xác nhận, kiểm tra, rồi chạy các bước."""
    with database():
        from lienthong.births import enrolment, intake

        at, by = clock.now(), enrolment.system()
        say("Đang nhận dữ liệu…")
        lines = [
            line
            for batch in intake.import_lines(file, source=source, by=by, at=at)
            for line in batch.lines
        ]
        say(f"Đã nhận {len(lines)} thông điệp; đang xử lý…")
        enrolment.advance_all(at=at, on=at.date())
        counts = _write_report(intake.report_lines(lines, by=by), report)
        document = {"lines": sum(counts.values()), "by_outcome": counts}
        answer(document, as_json=as_json)


def _write_report(told: Iterable[dict[str, object]], report: Path | None) -> dict[str, int]:
    """Count the outcomes, and write one JSON line each where a report is asked for."""
    counts: Counter[str] = Counter()
    with ExitStack() as stack:
        stream = stack.enter_context(report.open("w", encoding="utf-8")) if report else None
        for line in told:
            counts[str(line["outcome"])] += 1
            if stream is not None:
                stream.write(json.dumps(line, ensure_ascii=False) + "\n")
    return dict(counts)


@births.command("statements")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", default="BTP", show_default=True, help="Nơi gửi.")
@json_option
def statements_command(file: Path, source: str, *, as_json: bool) -> None:
    """Nhận các bảng kê ngày của Bộ Tư pháp (NDJSON, mỗi dòng một bảng kê), rồi đối soát những ngày đó."""
    with database():
        from lienthong.births import enrolment
        from lienthong.oversight import reconciling, statements

        at, by = clock.now(), enrolment.system()
        taken = list(statements.import_lines(file, source=source, by=by, at=at))
        days = sum(iter(lambda: reconciling.reconcile(by=by, at=at), 0))
        refused = [
            {"line": line, "code": it.code, "field": it.field or None, "message_vi": it.message_vi}
            for line, it in taken
            if it.state == "refused"
        ]
        document = {
            "lines": len(taken),
            "taken": sum(it.state == "taken" and it.is_new for _, it in taken),
            "superseded": sum(it.state == "superseded" for _, it in taken),
            "duplicate": sum(not it.is_new for _, it in taken),
            "refused": refused,
            "days": days,
        }
        answer(document, as_json=as_json)


@births.command("trace")
@click.argument("message_id")
@json_option
def trace_command(message_id: str, *, as_json: bool) -> None:
    """Tra cứu hồ sơ của một trẻ theo mã thông điệp."""
    with database():
        from lienthong.audit import trail
        from lienthong.births import enrolment, queries
        from lienthong.database.scope import acting

        at, by = clock.now(), enrolment.system()
        with acting(by, at=at):
            found = queries.trace(by, message_id, on=at.date())
            if found.row.dossier_id is not None:
                subjects = [("dossier", found.row.dossier_id)]
                trail.viewed(by, at=at, subjects=subjects, purpose="Tra cứu tại máy chủ")
        answer(found.as_json(), as_json=as_json)


@births.command("release")
@click.argument("message_ids", nargs=-1, required=True)
@click.option("--by", "username", required=True, help="Tài khoản của cán bộ.")
@click.option("--source", default="BTP", show_default=True, help="Nơi gửi.")
@json_option
def release_command(
    message_ids: tuple[str, ...], username: str, source: str, *, as_json: bool
) -> None:
    """Cho các thông điệp hủy đang bị giữ được xử lý tiếp: một cán bộ đề nghị, một cán bộ khác xác nhận."""
    with database():
        from lienthong.accounts import jurisdiction
        from lienthong.births import actions, enrolment, queries

        at, by = clock.now(), jurisdiction.actor_of(username)
        refs = queries.message_refs(by, message_ids, source=source)
        told = actions.release(list(refs.values()), by=by, at=at)
        names = {ref: message_id for message_id, ref in refs.items()}
        refused = [_refusal(each, actions.NOT_HELD_VI) for each in set(message_ids) - set(refs)]
        refused += [_refusal(names[no.subject], no.message_vi, no.code) for no in told.refused]
        if told.released:
            enrolment.advance_all(at=at, on=at.date())
        document = {
            "asked": [names[ref] for ref in told.asked],
            "released": [names[ref] for ref in told.released],
            "refused": refused,
        }
    answer(document, as_json=as_json)
    if not told.asked and not told.released:
        raise click.exceptions.Exit(1)


@births.command("proof")
@click.argument("message_id")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@json_option
def proof_command(message_id: str, out: Path, *, as_json: bool) -> None:
    """Xuất gói chứng cứ của một trẻ thành tệp ZIP; việc xuất được ghi nhật ký."""
    with database():
        from lienthong.births import enrolment, proof, record
        from lienthong.database.scope import acting
        from lienthong.kernel.errors import NotFound

        at, by = clock.now(), enrolment.system()
        with acting(by, at=at):
            key = record.code_of(by, message_id)
            if not key:
                raise NotFound("Không tìm thấy hồ sơ của thông điệp này.", code="NOT_FOUND")
            pack = proof.export(by, key, at=at, on=vietnam_date(at))
        _write_whole(out, pack.content)
        document = {"out": str(out), "sha256": pack.sha256, "bytes": len(pack.content)}
        answer(document, as_json=as_json)


@births.command("sent-body")
@click.argument("correlation_id", type=click.UUID)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@json_option
def sent_body_command(correlation_id: UUID, out: Path, *, as_json: bool) -> None:
    """Xuất nội dung cả lô của một lần gửi, đúng từng byte như đã nhận; việc xuất được ghi nhật ký của từng trẻ."""
    with database():
        from lienthong.births import enrolment, signatures

        at, by = clock.now(), enrolment.system()
        body = signatures.hand_out_body(correlation_id, by=by, at=at)
        _write_whole(out, body)
        answer({"out": str(out), "bytes": len(body)}, as_json=as_json)


@births.command("verify-proof")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--keys",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Tệp khóa công khai đã công bố (dạng keys.json của gói).",
)
@click.option(
    "--witness",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Tệp của bên làm chứng, giữ các điểm chốt của nhật ký.",
)
@click.option(
    "--sender-keys",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Tệp khóa công khai do bên gửi công bố (dạng phần keys trong signatures.json của gói).",
)
@click.option(
    "--sent",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Tệp của cả lô như bên gửi đã gửi; dùng được nhiều lần.",
)
@json_option
def verify_proof_command(
    file: Path,
    keys: Path | None,
    witness: Path | None,
    sender_keys: Path | None,
    sent: tuple[Path, ...],
    *,
    as_json: bool,
) -> None:
    """Kiểm tra gói chứng cứ, không cần mạng và không cần cơ sở dữ liệu."""
    from lienthong.audit.witness import Witness
    from lienthong.births import proofcheck

    told = None if witness is None else list(Witness(witness).checkpoints())
    verdict = proofcheck.check(
        file.read_bytes(),
        keys=_keys_in(keys),
        witness=told,
        sender_keys=_keys_in(sender_keys),
        sent=[path.read_bytes() for path in sent],
    )
    if as_json:
        answer(verdict.document or {"broken": list(verdict.broken_vi)}, as_json=True)
    else:
        for line in verdict.broken_vi or ("Gói chứng cứ đúng, không bị sửa.",):
            click.echo(line)
        for line in verdict.checked_vi:
            click.echo(line)
        for line in verdict.remarks_vi:
            say(f"Lưu ý: {line}")
    if not verdict.is_whole:
        raise click.exceptions.Exit(1)


def _write_whole(out: Path, content: bytes) -> None:
    """The file is there whole or not at all."""
    part = out.with_name(out.name + ".part")
    part.write_bytes(content)
    part.replace(out)


def _keys_in(file: Path | None) -> dict[str, Any] | None:
    try:
        return None if file is None else dict(json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise click.ClickException("Tệp khóa công khai không đúng định dạng.") from error


def _refusal(message_id: str, message_vi: str, code: str = "NOT_FOUND") -> dict[str, str]:
    return {"message_id": message_id, "code": code, "message_vi": message_vi}


COMMANDS = (births,)
