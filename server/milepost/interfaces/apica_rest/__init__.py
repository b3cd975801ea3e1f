"""Apica's dialect, `/v3`: for programs written for the events API of Apica ASM.

Rule of this folder: names, forms and meaning are Apica's wherever its description has any; what it leaves open (errors, paging,
rates) is as on every other way in. Reading only, as there. Where both have a word for something, `wire/apica_*.py` holds Apica's.
"""
