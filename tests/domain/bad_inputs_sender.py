"""Rows 32-56: sender, signature, identity and order of messages."""

from tests.domain.bad_input_case import Case
from tests.gateways.samples import ABSENT, body

SENDER = [
    Case(32, "no client certificate, a wrong or an old one", "server", outcome="refused"),
    Case(33, "key of another ministry", "door", [body()], "refused", "E-SENDER"),
    Case(34, "no signature", "door", [body()], "refused", "E-SIG-NONE"),
    Case(35, "one bit wrong", "door", [body()], "refused", "E-SIG-BAD"),
    Case(36, "signed while the key was good", "door", [body()], "stored", "W-KEY-OLD"),
    Case(37, "revoked key", "door", [body()], "refused", "E-SIG-REVOKED"),
    Case(38, "signature of another message", "door", [body()], "refused", "E-SIG-BAD"),
    Case(39, "the same again", "intake", outcome="duplicate"),
    Case(40, "the same 400 days later", "intake", outcome="duplicate"),
    Case(41, "the same with other blanks", "intake", outcome="conflict", code="E-ID-CONFLICT"),
    Case(42, "the same id, another content", "intake", outcome="conflict", code="E-ID-CONFLICT"),
    Case(43, "16 copies at once", "intake", outcome="duplicate"),
    Case(
        44,
        "message id missing or unfit",
        "judge",
        [
            body({"message_id": text})
            for text in (
                ABSENT,
                None,
                "",
                "x" * 300,
                "a b",
                "../etc",
                "a/b",
                "KHONG-MA-00",
                ".",
                "-a",
                " a",
            )
        ],
        "quarantined",
        "E-MSGID",
        "message_id",
    ),
    Case(45, "ids that differ in case or typing of marks", "intake", code="W-MSGID-SIMILAR"),
    Case(46, "new id, same content", "pipeline"),
    Case(47, "two sources, one id", "intake", outcome="stored"),
    Case(48, "correction before create", "pipeline"),
    Case(49, "cancel before create", "pipeline"),
    Case(50, "cancel of nothing", "pipeline"),
    Case(51, "version 3 before 2", "pipeline"),
    Case(52, "same version, other content", "pipeline"),
    Case(
        53,
        "version negative, zero, missing",
        "judge",
        [body({"version": version}) for version in (-1, 0, ABSENT, None, 2**31)],
        "quarantined",
        "E-VERSION-NO",
        "version",
    ),
    Case(
        54,
        "sender's clock",
        "judge",
        [
            body({"sent_at": text})
            for text in (
                "2026-11-25T09:00:00+07:00",
                "1970-01-01T00:00:00Z",
                "2026-11-20T09:15:00",
                "x",
                "",
                ABSENT,
            )
        ],
        "accepted",
        "W-CLOCK",
    ),
    Case(55, "create after the final cancel", "pipeline"),
    Case(56, "10,000 cancels", "pipeline"),
]
