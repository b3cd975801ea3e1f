"""The ways in: one folder a protocol.

Rule of this folder: thin. A way in parses with `wire`, calls one service, renders the answer; the same operation through
each gives the same data. None of them knows another.
"""
