"""The API told to programs: an OpenAPI 3.1 document, made from the table of operations.

Rule of this folder: what one operation does stands with the operation; here is only what all of them share.
"""
