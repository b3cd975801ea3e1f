"""The dashboard: a page that was built elsewhere, and what it needs beside the REST API: a session, and word of changes.

Rule of this folder: nothing here draws. The page is made of the files in `milepost/web/dashboard`, whose sources are in
`server/web`; what it shows and changes it asks of `/v1`, as any program does.
"""
