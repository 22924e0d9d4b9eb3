"""Examine a submission: two processes that do not trust each other, one of them in a sandbox.

Outside in: examine -> examiner, examination (the tests; session, told) -> peer, stand_in, wire, unpack
-> candidate (the student's code; shell) in jail, walls, seccomp. `examine` gives a Result.
"""
