"""What the cards in a family's hands say, card by card: on which form, with which address, parent and area code.

An electronic card shows what form 1666 prints. A card that is not printed yet will take the form that its province prints.
"""

from dataclasses import dataclass
from datetime import date

from django.db import connection

from lienthong.cards import forms
from lienthong.database.rows import rows_as
from lienthong.kernel.actor import Actor
from lienthong.law.card_forms import CardForm

_IN_HAND = """
    SELECT card.id, card.province_code, card.address, card.guardian_name, card.area_code, coalesce(copy.form, '') AS form,
           dossier.state IN ('APPROVED', 'PRINTED', 'APPROVAL_REQUESTED') AS is_on_its_way
    FROM cards_card AS card
    JOIN dossiers_dossier AS dossier ON dossier.id = card.dossier_id
    LEFT JOIN LATERAL (
        SELECT printed.form FROM cards_copy AS printed
        WHERE printed.card_id = card.id AND printed.spoilt_at IS NULL
        ORDER BY printed.copy_number DESC LIMIT 1) AS copy ON true
    WHERE card.person_id = %s AND card.status = 'active' AND upper(card.valid) > %s
    ORDER BY lower(card.valid), card.id
"""


@dataclass(frozen=True, slots=True)
class InHand:
    """One card still to be used; `form` is '' while it has no good copy."""

    id: int
    province_code: str
    address: str
    guardian_name: str
    area_code: str
    form: str
    is_on_its_way: bool


def in_hand(by: Actor, person_id: int, *, on: date) -> list[tuple[InHand, CardForm]]:
    """The cards of a child that are still to be used, each with the form that the family reads. Two statements."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_HAND, [person_id, on])
        found = rows_as(InHand, cursor)
    used = forms.forms_in_use({it.province_code for it in found}, on=on, by=by)
    return [(it, _form_of(it, used[it.province_code])) for it in found]


def _form_of(card: InHand, printed_now: CardForm) -> CardForm:
    if card.form:
        return CardForm(card.form)
    return printed_now if card.is_on_its_way else CardForm.CARD_1666
