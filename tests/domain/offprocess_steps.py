"""OP-01 … OP-06: slow steps, approvals, their order."""

from datetime import timedelta

from lienthong.cards import actions as cards
from lienthong.cards import printing
from tests import offprocess
from tests.domain.offprocess_case import MONDAY_NIGHT, SOON, Looked, case
from tests.offprocess import (
    APPROVER,
    FRIDAY,
    hour,
    past_the_constraints,
    request_of,
    write,
)

# ---------------------------------------------------------------- OP-01 … OP-03: slow steps


@case("OP-01", "a request of Friday waits on Monday")
def _() -> Looked:
    return request_of(offprocess.requested()), MONDAY_NIGHT


@case("OP-01", "approved on the next working day")
def _() -> Looked:
    card = offprocess.requested()
    cards.approve([card], by=APPROVER, at=hour(23, "08:00"))
    printing.print_cards([card], by=APPROVER, at=hour(23, "09:00"))
    return request_of(card), hour(23, "10:00")


@case("OP-01", "approved on Friday, late in the evening", nearly=True)
def _() -> Looked:
    card = offprocess.approved(at=hour(20, "23:59"))
    printing.print_cards([card], by=APPROVER, at=hour(20, "23:59"))
    return request_of(card), MONDAY_NIGHT


@case("OP-01", "waits over the weekend", nearly=True)
def _() -> Looked:
    return request_of(offprocess.requested()), hour(22, "23:30")


@case("OP-01", "asked for after the cut-off hour: of Monday", nearly=True)
def _() -> Looked:
    card = offprocess.requested(at=hour(20, "17:01"))
    return request_of(card), hour(23, "23:30")


@case("OP-02", "approved on Friday, not printed on Monday")
def _() -> Looked:
    return offprocess.approved(), MONDAY_NIGHT


@case("OP-02", "printed on Friday", nearly=True)
def _() -> Looked:
    return offprocess.printed(at=hour(20, "16:59")), MONDAY_NIGHT


@case("OP-03", "printed on Friday, with the family on no day up to Wednesday")
def _() -> Looked:
    return offprocess.printed(), hour(26, "00:30")


@case("OP-03", "handed over on the second working day, past a holiday", nearly=True)
def _() -> Looked:
    card = offprocess.printed()
    offprocess.hand_over(card, at=hour(25, "16:30"))
    return card, hour(26, "00:30")


# ---------------------------------------------------------------- OP-04 … OP-06: approval and order


@case("OP-04", "in force without an approval")
def _() -> Looked:
    card = offprocess.approved()
    past_the_constraints()
    write("UPDATE cards_card SET approval_id = NULL WHERE id = %s", card)
    write("DELETE FROM cards_approval")
    return card, SOON


@case("OP-04", "printed while it still waits for its approval")
def _() -> Looked:
    printed, card = offprocess.printed(2), offprocess.requested(1)
    past_the_constraints()
    write(
        "INSERT INTO cards_copy (run_id, card_id, area, copy_number, reason, spoilt_by, spoilt_reason)"
        " SELECT run_id, %s, area, 1, '', '', '' FROM cards_copy WHERE card_id = %s",
        card,
        printed,
    )
    return card, SOON


@case("OP-04", "approved, then printed", nearly=True)
def _() -> Looked:
    return offprocess.printed(), SOON


@case("OP-05", "who asked has approved")
def _() -> Looked:
    card = offprocess.approved()
    past_the_constraints()
    write("UPDATE cards_approval SET approver_person = requester_person")
    return request_of(card), SOON


@case("OP-05", "approved after the request was withdrawn")
def _() -> Looked:
    card = offprocess.approved()
    past_the_constraints()
    write("UPDATE cards_request SET withdrawn_at = %s", FRIDAY - timedelta(minutes=1))
    return request_of(card), SOON


@case("OP-05", "the request was withdrawn later", nearly=True)
def _() -> Looked:
    card = offprocess.approved()
    past_the_constraints()
    write("UPDATE cards_request SET withdrawn_at = %s", FRIDAY + timedelta(minutes=1))
    return request_of(card), SOON


@case("OP-06", "printed a minute before the approval")
def _() -> Looked:
    card = offprocess.printed()
    past_the_constraints()
    write("UPDATE cards_printrun SET at = %s", FRIDAY - timedelta(minutes=1))
    return card, SOON


@case("OP-06", "approved before it was asked for")
def _() -> Looked:
    card = offprocess.approved()
    past_the_constraints()
    write("UPDATE cards_request SET requested_at = %s", FRIDAY + timedelta(minutes=1))
    return card, SOON


@case("OP-06", "asked for, approved and printed in one instant", nearly=True)
def _() -> Looked:
    return offprocess.printed(), SOON
