"""A text as a QR picture in a data address: nothing is asked of another machine, nothing is kept."""

import base64

import zxingcpp


def qr_address(text: str) -> str:
    """The address of an SVG for `<img src>`; its size is the page's business."""
    svg = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_svg()
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
