"""The JSON shapes that several sides share: what goes in (bodies, parameters) and what comes out (records, lines).

Rule of this folder: names, order and representation of JSON, nothing else. What a value may be is the domain's to say.
"""
