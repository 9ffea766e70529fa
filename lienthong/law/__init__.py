"""The law as a library: dates and codes in, decisions out; each function names its article and since when.

Pure: no Django, no SQL, no clock, no network. Texts in `sources`, figures in `parameters.toml`, regimes in
`regimes`. The rules: `validity`, `continuity`, `entitlement`, `groups`, `numbering`, `provinces`,
`personal_id`, `deadlines`, `completeness`, `paper_channel`, `refusals`, `card_forms`, `contributions`.
`tables` writes small-domain rules out as rows for SQL to join; `index` writes docs/law.md.
"""
