"""The case file at reception (hồ sơ): its way from the ministry's message to a card in the family's hands.

Public face: `lifecycle.MOVES`, `actions`, `queries`. Used by `collection`, `cards`, `births` and the pages.
"""
