"""Demo data and the twin ministries: fictional people only, seeded, refused in production.

Public face: `births.stream`, `births.plain_stream`, `geography.Places`, `justice.MinistryOfJustice`,
`names.NameModel`. Used by `lienthong demo`, the benches and the tests; nothing below knows this package.
"""
