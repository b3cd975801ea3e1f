"""ApiTraffic's events API behind our ports: `…/v1/accounts/{accountSid}/events`, as its documentation has it.

Rule of this folder: only what is documented is relied on, and of what isn't (order, paging, what a time window does with
spans, sizes) only what each answer shows. Every filter is applied here once more, exactly.

The API has twelve fields. What else an event of ours has rides along in its `metadata` under the key `milepost`:

    {"severity": "E", "tags": {"Team": ["a"]}, "check": {…}, "dedupKey": "…", "updatedAt": "…", "createdBy": {…}}

each as in a record of ours; null says that there is none, whatever the record itself says. `emptyMetadata: true` tells an
empty object from none. On reading it becomes fields again and is taken out; what isn't understood there is left in place.
"""
