"""Apica ASM's events as ours, read only; another Milepost's `/v3` speaks the same and is read just as well.

Rule of this folder: it knows Apica's API as its description has it, and takes nothing for granted beyond that. What Apica
can't be asked exactly is asked more widely and looked through here. Apica's events API has no pages, no limit and no
order: it is read by windows of time.
"""
