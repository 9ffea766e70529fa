"""The population client against its twin: every answer classified, every fault an outage, no call too many."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from socketserver import BaseRequestHandler, ThreadingTCPServer

import httpx
import msgspec
import pytest

from lienthong.gateways import http
from lienthong.gateways.fakes import BROKEN, Citizen, Mode, PopulationTwin, made_up
from lienthong.gateways.population import (
    ONE_TRY,
    PATH,
    Answer,
    AnswerClass,
    Breaker,
    PopulationClient,
    Question,
    TokenBucket,
    contradicts,
    read_answer,
)

AN = Citizen("Nguyễn Minh An", date(2026, 11, 12), "male", "003226000123")
QUESTION = Question(7, "NGUYỄN MINH AN", date(2026, 11, 12), "male", "Trần Thị Bình")


class Hands:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def client_of(twin: httpx.BaseTransport, hands: Hands | None = None) -> PopulationClient:
    now = hands or Hands()
    return PopulationClient(
        http.Client("https://dan-cu.invalid", ONE_TRY, transport=twin),
        Breaker(now=now),
        TokenBucket(1000.0, burst=1000.0, now=now),
    )


def asked(mode: Mode, question: Question = QUESTION) -> Answer:
    answer = client_of(PopulationTwin([AN], mode)).ask(question)
    assert answer is not None
    return answer


def test_an_honest_answer_brings_the_id_and_the_facts_of_the_database() -> None:
    answer = asked(Mode.HONEST)
    assert answer == Answer(
        7, AnswerClass.FOUND, "003226000123", "NGUYỄN MINH AN", date(2026, 11, 12), "male"
    )
    assert not contradicts(QUESTION, answer)


@pytest.mark.parametrize("mode", [m for m in BROKEN if m not in {Mode.WRONG_CHILD, Mode.DUPLICATE}])
def test_a_broken_database_gives_no_answer_and_never_an_error(mode: Mode) -> None:
    answer = asked(mode)
    assert answer.answer_class is AnswerClass.PID_NO_ANSWER
    assert answer.personal_id == ""
    assert answer.outage is (mode is not Mode.NEVER)
    assert "MINH" not in answer.detail


def test_an_answer_about_somebody_else_contradicts_the_question() -> None:
    assert contradicts(QUESTION, asked(Mode.WRONG_CHILD))


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("Nghi trùng thông tin công dân đã cấp số", AnswerClass.PID_SUSPECT_DUPLICATE),
        ("THÔNG TIN CẦN XÁC MINH", AnswerClass.PID_VERIFY_REQUIRED),
        ("Không thuộc diện cấp số định danh", AnswerClass.PID_NOT_APPLICABLE),
        ("Tạm dừng tiếp nhận cải chính", AnswerClass.PID_CORRECTION_PENDING),
        ("Yêu cầu đang xử lý", AnswerClass.PID_NO_ANSWER),
        ("Hệ thống quá tải", AnswerClass.PID_NO_ANSWER),
        ("Object reference not set to an instance", AnswerClass.PID_TECH_ERROR),
        ("", AnswerClass.PID_TECH_ERROR),
    ],
)
def test_free_text_is_classified_by_its_signs(text: str, meaning: AnswerClass) -> None:
    body = msgspec.json.encode({"maKetQua": "01", "thongBao": text})
    assert read_answer(QUESTION, 200, body).answer_class is meaning


def test_a_verdict_in_a_500_is_read_as_the_verdict_it_is() -> None:
    body = msgspec.json.encode({"maKetQua": "01", "thongBao": "Thông tin cần xác minh"})
    answer = read_answer(QUESTION, 500, body)
    assert (answer.answer_class, answer.outage) == (AnswerClass.PID_VERIFY_REQUIRED, False)


@pytest.mark.parametrize(
    "change",
    [
        {"soDinhDanh": "12345"},
        {"soDinhDanh": ""},
        {"ngaySinh": "2026-11-12"},
        {"ngaySinh": "31/02/2026"},
    ],
)
def test_an_id_without_its_form_or_its_birth_date_is_an_outage(change: dict[str, str]) -> None:
    found = {
        "maKetQua": "00",
        "soDinhDanh": "003226000123",
        "hoTen": "Nguyễn Minh An",
        "ngaySinh": "12/11/2026",
        "gioiTinh": 1,
    }
    good = read_answer(QUESTION, 200, msgspec.json.encode(found))
    assert good.answer_class is AnswerClass.FOUND
    bad = read_answer(QUESTION, 200, msgspec.json.encode(found | change))
    assert (bad.answer_class, bad.outage) == (AnswerClass.PID_NO_ANSWER, True)


def test_a_name_with_its_tone_elsewhere_is_the_same_name() -> None:
    twin = PopulationTwin([replace(AN, full_name="Lê Hoà Thuý")])
    answer = client_of(twin).ask(replace(QUESTION, full_name="LÊ HÒA THÚY"))
    assert answer is not None
    assert answer.answer_class is AnswerClass.FOUND
    assert not contradicts(replace(QUESTION, full_name="LÊ HÒA THÚY"), answer)
    assert contradicts(replace(QUESTION, full_name="Lê Hoa Thúy"), answer)


def test_a_late_database_answers_in_the_end() -> None:
    client = client_of(PopulationTwin([AN], Mode.LATE, late_after=2))
    classes = [answer.answer_class for _ in range(3) if (answer := client.ask(QUESTION))]
    assert classes == [AnswerClass.PID_NO_ANSWER] * 2 + [AnswerClass.FOUND]


def test_after_five_failures_the_other_side_is_left_alone_but_for_one_probe_at_a_time() -> None:
    hands = Hands()
    twin = PopulationTwin([AN], Mode.RESET)
    client = client_of(twin, hands)
    answers = [client.ask(QUESTION) for _ in range(20)]
    assert twin.asked == 5
    assert answers[5:] == [None] * 15
    assert client.suspect()
    assert not client.ready()
    hands.at = 30.0
    assert client.ready()
    client.ask(QUESTION)
    client.ask(QUESTION)
    assert twin.asked == 6, "the probe failed: the pause doubles"
    hands.at = 60.0
    assert client.ask(QUESTION) is None
    hands.at = 90.0
    twin.mode = Mode.HONEST
    assert client.ask(QUESTION) is not None
    assert not client.suspect()
    assert client.ask(QUESTION) is not None
    assert twin.asked == 8


def test_a_probe_under_way_lets_no_second_one_through() -> None:
    hands = Hands()
    breaker = Breaker(now=hands)
    breaker.trip()
    hands.at = 31.0
    assert breaker.enter()
    assert not breaker.enter()
    breaker.record(ok=True)
    assert breaker.enter()


def test_the_pause_between_probes_grows_to_five_minutes_and_no_further() -> None:
    hands = Hands()
    breaker = Breaker(now=hands)
    breaker.trip()
    waits = []
    for _ in range(7):
        start = hands.at
        while not breaker.enter():
            hands.at += 1.0
        waits.append(hands.at - start)
        breaker.record(ok=False)
    assert waits == [30, 60, 120, 240, 300, 300, 300]


def test_wrong_answers_running_count_as_failures() -> None:
    twin = PopulationTwin([AN], Mode.WRONG_CHILD)
    client = client_of(twin)
    for _ in range(20):
        client.ask(QUESTION)
    assert twin.asked == 5
    assert client.suspect()


def test_one_id_for_child_after_child_counts_as_failures() -> None:
    children = [replace(AN, full_name=f"Nguyễn Minh {given}") for given in "ABCDEGHIKL"]
    twin = PopulationTwin(children, Mode.DUPLICATE)
    client = client_of(twin)
    for key, child in enumerate(children):
        client.ask(replace(QUESTION, key=key, full_name=child.full_name))
    assert twin.asked == 6
    assert client.suspect()


def test_the_same_child_asked_again_is_no_failure() -> None:
    client = client_of(PopulationTwin([AN]))
    assert all(client.ask(QUESTION) for _ in range(9))
    assert not client.suspect()


def test_the_agreed_rate_is_kept() -> None:
    hands = Hands()
    bucket = TokenBucket(2.0, burst=3.0, now=hands)
    assert [bucket.take() for _ in range(5)] == [True, True, True, False, False]
    hands.at = 1.0
    assert [bucket.take() for _ in range(3)] == [True, True, False]
    hands.at = 1000.0
    assert sum(bucket.take() for _ in range(10)) == 3, "nothing is saved up beyond the burst"


def test_a_used_up_rate_asks_nothing() -> None:
    twin = PopulationTwin([AN])
    client = PopulationClient(
        http.Client("https://dan-cu.invalid", ONE_TRY, transport=twin),
        bucket=TokenBucket(0.0001, burst=2.0, now=Hands()),
    )
    assert [client.ask(QUESTION) is None for _ in range(4)] == [False, False, True, True]
    assert twin.asked == 2


def test_the_question_holds_what_is_needed_and_no_key_of_ours() -> None:
    seen: list[bytes] = []

    def handle(request: httpx.Request) -> httpx.Response:
        assert request.url.path == PATH
        assert http.TRACE_HEADER in request.headers
        seen.append(request.read())
        return httpx.Response(200, json={"maKetQua": "01", "thongBao": "Thông tin cần xác minh"})

    client_of(httpx.MockTransport(handle)).ask(QUESTION)
    assert msgspec.json.decode(seen[0]) == {
        "hoTen": "NGUYỄN MINH AN",
        "ngaySinh": "12/11/2026",
        "gioiTinh": 1,
        "meHoTen": "Trần Thị Bình",
    }


def test_nothing_personal_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="lienthong")
    for mode in Mode:
        client_of(PopulationTwin([AN], mode)).ask(QUESTION)
    said = " ".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert caplog.records
    assert "NGUYỄN" not in said
    assert "003226000123" not in said


def test_made_up_ids_belong_to_nobody_and_never_change() -> None:
    first = made_up("Lê An", date(2026, 1, 2), "female")
    assert first == made_up("LÊ AN", date(2026, 1, 2), "female") or first.personal_id
    assert first.personal_id.startswith("005326")
    assert first.personal_id == made_up("LÊ  AN", date(2026, 1, 2), "female").personal_id


class _Peer(BaseRequestHandler):
    """Reads the request, then does to the socket what `way` says."""

    way = "drip"

    def handle(self) -> None:
        self.request.recv(65536)
        if self.way == "reset":
            return
        self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n")
        stop = threading.Event()
        for _ in range(60):
            stop.wait(0.05)
            try:
                self.request.sendall(b" ")
            except OSError:
                return


@contextmanager
def _peer(way: str) -> Iterator[str]:
    handler = type("_ThisPeer", (_Peer,), {"way": way})
    with ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.parametrize("way", ["drip", "reset"])
def test_a_real_socket_that_drips_or_drops_is_an_outage_within_its_time(way: str) -> None:
    patience = http.Patience(connect=0.5, read=0.3, whole=0.4, attempts=1)
    with _peer(way) as base_url, http.Client(base_url, patience) as wire:
        answer = PopulationClient(wire).ask(QUESTION)
    assert answer is not None
    assert (answer.answer_class, answer.outage) == (AnswerClass.PID_NO_ANSWER, True)


def test_a_closed_port_is_an_outage() -> None:
    with _peer("reset") as base_url:
        pass
    with http.Client(base_url, http.Patience(connect=0.5, attempts=1)) as wire:
        answer = PopulationClient(wire).ask(QUESTION)
    assert answer is not None
    assert answer.outage
