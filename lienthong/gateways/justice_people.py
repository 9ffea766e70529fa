"""The grown-ups of a register entry: mother, father, requester; their names, birth days and numbers.

A parent's number is only ever a help to recognise the family: a bad one is dropped, never held against the child.
"""

from datetime import date
from typing import Final, NamedTuple

from lienthong.gateways.justice_dates import parent_birth
from lienthong.gateways.justice_message import Code, Data, Text, code_of, words
from lienthong.gateways.justice_names import read_name
from lienthong.gateways.justice_types import Fault
from lienthong.kernel.codes import is_insurance_number, is_personal_id
from lienthong.kernel.dates import plus_years

YOUNGEST_PARENT_YEARS: Final = 12


class People(NamedTuple):
    """The family of the entry; empty text for what is absent or unusable."""

    mother_name: str
    mother_born: str
    mother_personal_id: str
    mother_insurance_number: str
    father_name: str
    father_born: str
    father_personal_id: str
    requester_name: str


def read_people(data: Data, born_on: date, *, foundling: bool, remarks: list[str]) -> People:
    """The family. Raises Fault for nobody at all (unless a foundling), a bad name, day or impossible age."""
    mother = _name(data.meHoTen, "data.meHoTen", remarks)
    father = _name(data.chaHoTen, "data.chaHoTen", remarks)
    requester = _name(data.nycHoTen, "data.nycHoTen", remarks)
    if not (mother or father or requester or foundling):
        raise Fault("E-PARENT", "data.meHoTen")
    return People(
        mother_name=mother,
        mother_born=_born(data.meNgaySinh, "data.meNgaySinh", born_on, remarks),
        mother_personal_id=_personal_id(data.meSoDDCN, remarks),
        mother_insurance_number=_insurance_number(data.meMaSoBHXH),
        father_name=father,
        father_born=_born(data.chaNgaySinh, "data.chaNgaySinh", born_on, remarks),
        father_personal_id=_personal_id(data.chaSoDDCN, remarks),
        requester_name=requester,
    )


def _name(given: Text, path: str, remarks: list[str]) -> str:
    text = words(given)
    if not text or text.isspace():
        return ""
    name = read_name(text, path)
    remarks.extend(name.warnings)
    return name.text


def _born(given: Text, path: str, child_born_on: date, remarks: list[str]) -> str:
    """As written, when it can be a parent's: never after the child; under twelve years only a remark."""
    text = words(given)
    if not text:
        return ""
    earliest = parent_birth(text, path)
    if earliest > child_born_on:
        raise Fault("E-PARENT-AGE", path)
    if plus_years(earliest, YOUNGEST_PARENT_YEARS) > child_born_on:
        remarks.append("E-PARENT-AGE")
    return text


def _personal_id(given: Code, remarks: list[str]) -> str:
    text = code_of(given).strip()
    if not text:
        return ""
    if isinstance(given, str) and is_personal_id(text):
        return text
    remarks.append("W-PARENT-PID")
    return ""


def _insurance_number(given: Text) -> str:
    text = words(given).strip()
    return text if is_insurance_number(text) else ""
