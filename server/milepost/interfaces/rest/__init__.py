"""The REST API, `/v1`: for pipelines and programs.

Rule of this folder: one table of operations (`table.py`), each told in full where its handler stands. The routes, the OpenAPI
document and `/docs` are all made from it by `milepost.operations`, so none of them can know of something that the others don't.
"""
