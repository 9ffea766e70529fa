"""Urging (đôn đốc): letters with a due date and the provinces' answers, agreements, books that balance, difficulties.

Legal basis: letters 680 and 2118/BHXH-CNTT of 2020 (a report by a date, agreements with the Department of Justice), letter
5052/BHXH-CNTT of 2020 (task forces, difficulties reported and answered). Public face: `actions` and `queries` of each
subject. Used by pages, the worker and the console.
"""
