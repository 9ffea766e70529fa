"""The wire shape of a birth message, schema 1 (contracts §4), and the fast reader of a clean one.

Field names are the Ministry of Justice's own. Whatever the fast reader cannot prove clean goes to the exact
reader (`justice_reading`), which finds the code and the field. Knows nothing of names, dates or rules.
"""
# The ministry's field names are not ours to respell.
# ruff: noqa: N815

import re
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

Text = str | UnsetType | None
Code = int | str | UnsetType | None
"""A small code that real senders write both as a number and as text."""

MAX_BYTES: Final = 1024 * 1024
_HIDDEN = re.compile(
    rb"[\x7f\\]|\xc2[\x80-\x9f\xad]|\xd8\x9c|\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa0-\xaf]|\xef\xbb\xbf"
)
"""What a control, hidden or bidirectional character, a quote or a backslash looks like once written out."""


class Place(msgspec.Struct, forbid_unknown_fields=True):
    """An address: codes, and the rest in words."""

    maTinh: Text = UNSET
    maHuyen: Text = UNSET
    maXa: Text = UNSET
    dcChiTiet: Text = UNSET
    quocGia: Text = UNSET
    tenTinh: Text = UNSET
    tenHuyen: Text = UNSET
    tenXa: Text = UNSET


Address = Place | str | UnsetType | None


class Data(msgspec.Struct, forbid_unknown_fields=True):
    """The register entry (rules §6.2). Only part of it is used; the rest is known so as not to be remarked on."""

    ndkksMaTinh: Text = UNSET
    ndkksMaHuyen: Text = UNSET
    ndkksMaXa: Text = UNSET
    quyenSo: Text = UNSET
    soDangKy: Text = UNSET
    trangSo: Code = UNSET
    ngayDangKy: Text = UNSET
    loaiDangKy: Code = UNSET
    noiDangKy: Text = UNSET
    nguoiKy: Text = UNSET
    chucVuNguoiKy: Text = UNSET
    nguoiThucHien: Text = UNSET
    ghiChu: Text = UNSET
    soDinhDanh: Code = UNSET
    maGCS: Text = UNSET
    ngayCapGCS: Text = UNSET
    soLuongBanSao: Code = UNSET
    nksHoTen: Text = UNSET
    nksGioiTinh: Code = UNSET
    nksNgaySinh: Text = UNSET
    nksNgaySinhBangChu: Text = UNSET
    nksDanToc: Code = UNSET
    nksDanTocKhac: Text = UNSET
    nksQuocTich: Text = UNSET
    nksQuocTichKhac: Text = UNSET
    nksLoaiKhaiSinh: Code = UNSET
    nksNoiSinh: Address = UNSET
    nksNoiSinhDVHC: Text = UNSET
    nksNoiSinhNuocNgoai: Text = UNSET
    nksQueQuan: Address = UNSET
    nksNoiCuTru: Address = UNSET
    nksNgayMat: Text = UNSET
    meHoTen: Text = UNSET
    meNgaySinh: Text = UNSET
    meDanToc: Code = UNSET
    meDanTocKhac: Text = UNSET
    meQuocTich: Text = UNSET
    meQuocTichKhac: Text = UNSET
    meLoaiCuTru: Code = UNSET
    meNoiCuTru: Address = UNSET
    meLoaiGiayToTuyThan: Code = UNSET
    meSoGiayToTuyThan: Text = UNSET
    meGiayToKhac: Text = UNSET
    meSoDDCN: Code = UNSET
    meMaSoBHXH: Text = UNSET
    meXacThucThongTin: Code = UNSET
    chaHoTen: Text = UNSET
    chaNgaySinh: Text = UNSET
    chaDanToc: Code = UNSET
    chaDanTocKhac: Text = UNSET
    chaQuocTich: Text = UNSET
    chaQuocTichKhac: Text = UNSET
    chaLoaiCuTru: Code = UNSET
    chaNoiCuTru: Address = UNSET
    chaLoaiGiayToTuyThan: Code = UNSET
    chaSoGiayToTuyThan: Text = UNSET
    chaGiayToKhac: Text = UNSET
    chaSoDDCN: Code = UNSET
    chaMaSoBHXH: Text = UNSET
    chaXacThucThongTin: Code = UNSET
    nycHoTen: Text = UNSET
    nycQuanHe: Text = UNSET
    nycLoaiGiayToTuyThan: Code = UNSET
    nycGiayToKhac: Text = UNSET
    nycSoGiayToTuyThan: Text = UNSET
    nycNgayCapGiayToTuyThan: Text = UNSET
    nycNoiCapGiayToTuyThan: Text = UNSET
    nycSoDDCN: Code = UNSET
    nycXacThucThongTin: Code = UNSET
    nycSoDienThoai: Text = UNSET
    nycEmail: Text = UNSET
    nycLoaiCuTru: Code = UNSET
    nycNoiCuTru: Address = UNSET
    soDangKyNuocNgoai: Text = UNSET
    ngayDangKyNuocNgoai: Text = UNSET
    cqNuocNgoaiDaDangKy: Text = UNSET
    qgNuocNgoaiDaDangKy: Text = UNSET
    maHoGiaDinh: Text = UNSET
    noiDKKCB: Text = UNSET
    maKV: Text = UNSET


class Envelope(msgspec.Struct, forbid_unknown_fields=True):
    """One message. An absent `schema` holds it, an absent `source` is filled in by the door it came through."""

    schema: int | UnsetType | None = UNSET
    message_id: Text = UNSET
    source: Text = UNSET
    kind: Text = UNSET
    version: int | UnsetType | None = UNSET
    sent_at: Text = UNSET
    urgent: bool | UnsetType | None = UNSET
    data: Data | UnsetType | None = UNSET


_decoder = msgspec.json.Decoder(Envelope)
_encoder = msgspec.json.Encoder()


# A number as long as this is judged digit by digit.
_LONG_NUMBER = re.compile(rb"[:,\[]-?[0-9]{18}")


def read_fast(body: bytes) -> Envelope | None:
    """The message, when it is of schema 1 and provably free of hidden characters and double names; else None.

    The proof is the value written out again. No escape in it: no text holds a control character or a quote.
    Then every quote of the body belongs to a name or to a text, and as many quotes mean that none was lost,
    as the first of two values under one name would be.
    """
    if len(body) > MAX_BYTES:
        return None
    try:
        envelope = _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    again = _encoder.encode(envelope)
    if envelope.schema != 1 or again.count(b'"') != body.count(b'"'):
        return None
    if _HIDDEN.search(again) or _LONG_NUMBER.search(again):
        return None
    return envelope


def words(value: Text) -> str:
    """The text; empty when absent or null."""
    return value if isinstance(value, str) else ""


def code_of(value: Code) -> str:
    """A small code as text; empty when absent or null."""
    return str(value) if isinstance(value, int | str) else ""
