"""Notices (thông báo) to families and officers: what is said, to whom, on which channel, once for ever.

Legal basis: a result and a refusal are told to who asked (Decree 61/2018/NĐ-CP, one-stop shops); an address may be used
for more only with consent, which can be withdrawn (Law 91/2025/QH15). Public face: `actions.tell`, `contacts`, `queries`,
`sending`. Stands above accounts, whose officers are told, and below every app that has something to tell.
"""
