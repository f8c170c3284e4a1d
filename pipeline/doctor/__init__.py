"""`manage.py doctor`: why it works here and not there.

One concern a file, one function a check. `catalogue.py` has every id with its words, `findings.py`
what a check yields, `examination.py` the order of all; the other files are the checks. Those that
need no I/O are Django's system checks, in `pipeline/checks.py`.
"""
