"""The health-insurance card (thẻ BHYT): request, approve, print, hand over, revoke, check its seal.

Legal basis: Law 25/2008 Art. 16-20, letter 5052/BHXH-CNTT. Public face: `actions`, `queries`, `seal`, `sheet`; `conformance`, `findings`,
`answers` for what left the procedure.
Used by `births` and the pages.
"""
