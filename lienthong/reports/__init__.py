"""Figures (báo cáo): the official forms, as of now or of any past instant, each number with the list behind it.

Legal basis: letters 680 and 2118/BHXH-CNTT of 2020 (Phụ lục 1), letter 5052/BHXH-CNTT of 2020 (operations that left the
procedure). Public face: `forms`. Reads what the apps below hold and changes none of it; its own tables are sums over
their events. Used by `oversight`, by pages and the console.
"""
