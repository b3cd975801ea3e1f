"""What Milepost does: one use case a method. Authorisation, defaults, deduplication and provenance live here, once.

Rule of this folder: every method takes the caller first, speaks domain types, and reaches the outside only through
the ports in `milepost.domain.ports`.
"""
