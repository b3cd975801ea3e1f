"""Milepost: a timeline of what happened to a system, kept for assistants, pipelines and people.

Everything an event must obey lives in `domain`, everything done with one in `services`; the other rooms connect those
two to the outside. What each room is for, and what it may import, is the docstring of its own `__init__.py`; the
layers between them are kept by import-linter (pyproject.toml).
"""
