"""Rows 57-79: names and text."""

from tests.domain.bad_input_case import Case
from tests.gateways.samples import body


def _named(*names: str) -> list[bytes]:
    return [body(nksHoTen=name) for name in names]


NAMES = [
    Case(
        57,
        "empty",
        "judge",
        _named("", "   ", "\u00a0", "\u200b", " \u200b\u00a0"),
        "quarantined",
        "E-NAME-EMPTY",
        "data.nksHoTen",
    ),
    Case(
        58,
        "decomposed",
        "judge",
        _named("Nguye\u0302\u0303n Minh An", "NGUYE\u0302\u0303N AN BI\u0300NH"),
        "accepted",
        "W-NFC",
    ),
    Case(59, "place of the tone mark", "pipeline"),
    Case(
        60,
        "digits",
        "judge",
        _named("Nguyễn Văn A2", "Nguyễn Văn ２"),
        "quarantined",
        "E-NAME-CHAR",
        "data.nksHoTen",
    ),
    Case(
        61,
        "300 characters",
        "judge",
        _named("An " * 100, "A" + "n" * 299),
        "quarantined",
        "E-NAME-LONG",
    ),
    Case(
        62,
        "one word, one letter",
        "judge",
        _named("Ý", "Nhung", "Nguyễn Ý"),
        "accepted",
        "W-NAME-SHORT",
    ),
    Case(
        63,
        "Central-Highland letters",
        "judge",
        _named("H'Mun Niê Kdăm", "Y Ngông", "K’Sor Kpă", "Rơ Châm H\u02bcBlút"),
        "accepted",
    ),
    Case(
        64,
        "breve on a horned letter",
        "judge",
        _named("Siu Kơ\u0306", "Rah Lan Mư\u0306"),
        "accepted",
    ),
    Case(
        65,
        "hyphen, dot, F J W Z",
        "judge",
        _named(
            "Jean-Paul Wolf", "Ma. Theresa Zorn", "Jürgen Müller", "François Noël", "Dušan Šimić"
        ),
        "accepted",
    ),
    Case(66, "Eth for Đ", "judge", _named("Ðỗ Văn An", "NGUYỄN ÐỨC AN"), "accepted", "W-ETH"),
    Case(
        67,
        "look-alikes",
        "judge",
        _named("Аnna Nguyễn", "Nguyễn Ο", "Nguyễn Văn А", "阮文安"),
        "quarantined",
        "E-NAME-SCRIPT",
    ),
    Case(
        68,
        "TCVN3",
        "judge",
        _named("NguyÔn V¨n §øc", "TrÇn ThÞ B×nh", "NguyÔn"),
        "quarantined",
        "E-TCVN3",
    ),
    Case(
        69,
        "VNI",
        "judge",
        _named("Nguyeãn Vaên Ñöùc", "NGUYEÃN VAÊN ÑÖÙC", "Nguyeãn Thò Hoaø"),
        "quarantined",
        "E-VNI",
    ),
    Case(
        70,
        "UTF-8 twice",
        "judge",
        _named(
            "Nguyá»…n VÄƒn An", "Nguyá»\x85n VÄ\x83n An".replace("\x85", "…").replace("\x83", "ƒ")
        ),
        "quarantined",
        "E-MOJIBAKE",
    ),
    Case(
        71,
        "lost letters",
        "judge",
        _named("Nguy?n V?n An", "Nguy\ufffdn An"),
        "quarantined",
        "E-REPLACED",
    ),
    Case(
        72,
        "control characters",
        "judge",
        _named("Nguyễn\tAn", "Nguyễn\r\nAn", "Nguyễn An\n", "Nguyễn\x1bAn", "Nguyễn\x85An"),
        "quarantined",
        "E-CONTROL",
    ),
    Case(
        73,
        "hidden characters",
        "judge",
        _named("Nguyễn \u202eAn", "Ng\u200duyễn An", "Nguyễn\ufeff An", "Nguyễn\u200b An"),
        "quarantined",
        "E-BIDI",
    ),
    Case(
        74,
        "emoji, private use, unassigned",
        "judge",
        _named("Nguyễn 😀", "Nguyễn \ue000", "Nguyễn \u0378", "Ｎguyễn"),
        "quarantined",
        "E-NAME-CHAR",
    ),
    Case(
        75,
        "code",
        "judge",
        _named("<script>", "{{7*7}}", "${jndi:ldap://x}", "'; DROP TABLE", "<b>An?</b>"),
        "quarantined",
        "E-NAME-CHAR",
    ),
    Case(
        76,
        "formulas",
        "judge",
        _named('=HYPERLINK("x")', "+1", "@x", "=An"),
        "quarantined",
        "E-NAME-CHAR",
    ),
    Case(
        77,
        "small letters, blanks",
        "judge",
        _named("nguyễn minh an", "Nguyễn  Minh An", " Nguyễn Minh An "),
        "accepted",
        "W-SPACE",
    ),
    Case(
        78,
        "Zalgo",
        "judge",
        _named("A" + "\u0301" * 200, "Nguyễn A\u0301\u0302\u0303\u0308n"),
        "quarantined",
        "E-NAME-CHAR",
    ),
    Case(
        79,
        "placeholder",
        "judge",
        _named("TEST", "KHÔNG TÊN", "AAAA", "Chưa đặt tên", "aaa"),
        "quarantined",
        "E-NAME-TEST",
    ),
]
