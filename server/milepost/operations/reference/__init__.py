"""The API told to people: one page, `/docs`, made from the table of operations.

Rule of this folder: HTML that stands alone. No script, nothing fetched from anywhere, every text escaped.
"""
