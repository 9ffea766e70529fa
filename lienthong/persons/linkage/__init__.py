"""Two whole registers against each other: who in the one is whom in the other, with probability and reason.

Pure of Django: files in, files out. Legal basis: notice 3440/TB-BHXH of 2017 and letter 866/BHXH-QLT (one person, one
number; the household database and the collection database agree). Public face: `linking.link`. Users: the command
`lienthong link`, the page that starts and watches it, `lienthong bench link`.
"""
