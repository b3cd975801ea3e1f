"""Our databases: each a folder that meets the ports of `milepost.domain.ports` with plain SQL in its own dialect.

Rule of this folder: a store takes and gives domain types and raises domain errors; SQL, files and drivers stay inside.
Siblings don't know each other.
"""
