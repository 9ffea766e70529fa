"""The answers for addresses that no door knows, and for errors that no page foresaw (root handlers)."""

from lienthong.web.answers import broken, not_allowed, not_found

handler403 = not_allowed
handler404 = not_found
handler500 = broken
