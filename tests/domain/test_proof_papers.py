"""The proof of children of whom papers tell: the scans are in it, bound by the log; the log and the tables stay whole."""

import hashlib
import json

import pytest
from django.conf import settings

from lienthong.audit import checks, sealing
from lienthong.births import proof, proofcheck, proofpack, rebuild
from lienthong.births.proof import ProofPack
from lienthong.config.commands.upkeep import invariants_folder
from lienthong.database.address import Address
from lienthong.database.scope import acting
from tests import births, papers, record_world
from tests.births import column
from tests.domain.test_proof import AT, ON, Members, resigned

pytestmark = pytest.mark.timeout(300)


def _pack_of_paper(number: str) -> ProofPack:
    """The pack of the child of a register entry in the world of papers."""
    by = births.system()
    (code_,) = column(
        "SELECT dossier.code FROM births_registration AS registration JOIN dossiers_dossier AS dossier"
        " ON dossier.id = coalesce(registration.dossier_id, registration.joined_dossier_id)"
        " WHERE registration.number = %s",
        number,
    )
    with acting(by, at=AT):
        return proof.compose(by, code_, at=AT, on=ON)


def _typist(members: Members) -> str:
    told = json.loads(members["messages.json"])
    next(each for each in told if each["paper"])["paper"]["entered_by"] = "officer:nguoi-khac"
    members["messages.json"] = proofpack.json_bytes(told)
    return "khác với lúc ghi nhật ký"


def _scan(members: Members) -> str:
    name = next(n for n in sorted(members) if n.startswith("papers/"))
    members[name] += b" "
    return "Bản quét 1 của hồ sơ giấy"


def _scan_and_its_hash(members: Members) -> str:
    _scan(members)
    told = json.loads(members["messages.json"])
    (paper,) = [each["paper"] for each in told if each["paper"]]
    body = members[paper["scans"][0]["file"]]
    paper["scans"][0]["sha256"] = hashlib.sha256(body).hexdigest()
    members["messages.json"] = proofpack.json_bytes(told)
    return "khác với lúc ghi nhật ký"


def test_papers_are_proved_with_their_evidence_and_the_log_stays_whole(
    committed_db: Address,
) -> None:
    """Of a child on paper, one met by its own entry, two joined under another one, one corrected: every pack holds."""
    for _ in record_world.live(record_world.paper_steps()):
        pass
    assert list(rebuild.breaches(on=ON)) == []
    sealing.seal_once(AT)
    broken = checks.verify([invariants_folder()])
    assert [each for each in broken if not each.name.startswith("INV-3")] == []
    for number, messages in (("911", 2), ("12", 3), ("13", 3), ("14", 3), ("15", 2), ("17", 2)):
        pack = _pack_of_paper(number)
        verdict = proofcheck.check(pack.content)
        assert verdict.broken_vi == (), number
        assert verdict.document["messages"] == messages, number
    members = proofpack.members_of(_pack_of_paper("913").content)
    assert members["papers/3.1.pdf"] == papers.PDF
    for forge in (_typist, _scan, _scan_and_its_hash):
        changed = dict(members)
        said = forge(changed)
        verdict = proofcheck.check(resigned(changed, settings.KEYRING))
        assert any(said in line for line in verdict.broken_vi), (forge, verdict.broken_vi)
