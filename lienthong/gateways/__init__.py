"""Other systems and the keys we share with them: the ministry of justice, signatures, receipts.

Pure of our tables: nothing here imports Django or knows a row. Public face: `keyring.Keyring`, `partners`,
`signing`, `findings.finding`, `justice.judge`. Used by births, cards (seals), audit (checkpoints), web.api.
"""
