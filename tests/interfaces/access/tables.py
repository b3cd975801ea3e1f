"""Who may do what: every route and every tool, tried by every kind of caller. The tables are the rule.

A number is the status of the answer. Of tools: done, hidden (no such event), reach (beyond the token's restriction).
`unseen` is a list without what was looked for. Where a restricted token has two, the first is about what lies inside
its reach and the second about what lies outside. A batch of one counts as its only item.
"""

from __future__ import annotations

OPERATIONS = """
                                             none  garbage expired revoked other  reader bucket      environment admin
    GET    events                            401   401     401     401     404    200    200/unseen  200/unseen  200
    POST   events                            401   401     401     401     404    403    201/403     201/403     201
    GET    events/{eventSid}                 401   401     401     401     404    200    200/404     200/404     200
    PUT    events/{eventSid}                 401   401     401     401     404    403    200/404     200/404     200
    DELETE events/{eventSid}                 401   401     401     401     404    403    200/404     200/404     200
    GET    events/{eventSid}/history         401   401     401     401     404    200    200/404     200/404     200
    POST   events/{eventSid}/restore         401   401     401     401     404    403    200/404     200/404     200
    POST   events:batch                      401   401     401     401     404    403    201/403     201/403     201
    GET    charts                            401   401     401     401     404    200    200/400     200/400     200
    GET    buckets                           401   401     401     401     404    200    200/unseen  200/200     200
    POST   buckets                           401   401     401     401     404    403    403/403     403/403     201
    GET    buckets/{bucketSid}               401   401     401     401     404    200    200/404     200/200     200
    PUT    buckets/{bucketSid}               401   401     401     401     404    403    403/403     403/403     200
    DELETE buckets/{bucketSid}               401   401     401     401     404    403    403/403     403/403     200
    GET    environments                      401   401     401     401     404    200    200/200     200/unseen  200
    POST   environments                      401   401     401     401     404    403    403/403     403/403     201
    GET    environments/{environmentSid}     401   401     401     401     404    200    200/200     200/404     200
    PUT    environments/{environmentSid}     401   401     401     401     404    403    403/403     403/403     200
    DELETE environments/{environmentSid}     401   401     401     401     404    403    403/403     403/403     200
    GET    mcpTokens                         401   401     401     401     404    403    200/unseen  200/unseen  200
    POST   mcpTokens                         401   401     401     401     404    403    201/403     201/403     201
    GET    mcpTokens/{tokenSid}              401   401     401     401     404    403    200/404     200/404     200
    DELETE mcpTokens/{tokenSid}              401   401     401     401     404    403    200/404     200/404     200
    GET    apiTokens                         401   401     401     401     404    403    200/unseen  200/unseen  200
    POST   apiTokens                         401   401     401     401     404    403    201/403     201/403     201
    GET    apiTokens/{tokenSid}              401   401     401     401     404    403    200/404     200/404     200
    DELETE apiTokens/{tokenSid}              401   401     401     401     404    403    200/404     200/404     200
"""
APICA = """
                                             none  garbage expired revoked other  reader bucket      environment admin
    GET    /v3/events                        401   401     401     401     unseen 200    200/unseen  200/unseen  200
    GET    /v3/tags                          401   401     401     401     unseen 200    200/unseen  200/unseen  200
"""
TOOLS = """
                                             none  garbage expired revoked other  reader bucket      environment admin
    TOOL   list_events                       401   401     401     401     unseen done   done/unseen done/unseen done
    TOOL   show_timeline                     401   401     401     401     unseen done   done/unseen done/unseen done
    TOOL   get_event                         401   401     401     401     hidden done   done/hidden done/hidden done
    TOOL   create_event                      401   401     401     401     done   403    done/reach  done/reach  done
    TOOL   update_event                      401   401     401     401     hidden 403    done/hidden done/hidden done
    TOOL   delete_event                      401   401     401     401     hidden 403    done/hidden done/hidden done
"""
OTHER_ROUTES = """
                                             none  garbage expired revoked other  reader bucket      environment admin
    POST   /mcp                              401   401     401     401     200    200    200/200     200/200     200
    GET    /sse                              401   401     401     401     200    200    200/200     200/200     200
    POST   /sse/messages                     401   401     401     401     400    400    400/400     400/400     400
    GET    /metrics                          401   401     401     401     200    200    200/200     200/200     200
    GET    /healthz                          200   200     200     200     200    200    200/200     200/200     200
    GET    /readyz                           200   200     200     200     200    200    200/200     200/200     200
    GET    /openapi.json                     200   200     200     200     200    200    200/200     200/200     200
    GET    /session                          401   401     401     401     401    401    401/401     401/401     401
    GET    /changes                          401   401     401     401     401    401    401/401     401/401     401
    GET    /docs                             200   200     200     200     200    200    200/200     200/200     200
    GET    /.well-known/oauth-protected-resource      200   200     200     200     200    200    200/200     200/200     200
    GET    /.well-known/oauth-protected-resource/mcp  200   200     200     200     200    200    200/200     200/200     200
    GET    /.well-known/oauth-protected-resource/sse  200   200     200     200     200    200    200/200     200/200     200
"""
ROUTES_OF_SESSIONS = """
                                             none  garbage expired revoked other  reader bucket      environment admin
    GET    /                                 200   200     200     200     200    200    200/200     200/200     200
    GET    /session                          401   401     401     401     200    200    200/200     200/200     200
    GET    /changes                          401   401     401     401     200    200    200/200     200/200     200
    POST   /mcp                              401   401     401     401     401    401    401/401     401/401     401
    GET    /sse                              401   401     401     401     401    401    401/401     401/401     401
    GET    /v3/events                        401   401     401     401     401    401    401/401     401/401     401
    GET    /metrics                          401   401     401     401     401    401    401/401     401/401     401
    DELETE /session                          401   401     401     401     204    204    204/401     204/401     204
"""
UNTRIED = {"/sign-in", "/assets/{name:path}"}
"""What has no caller: a link signs in whoever has it, and the page's parts are open to everybody."""

Row = tuple[str, str]
Cells = dict[str, str]


def rows(table: str) -> dict[Row, Cells]:
    """Of each method and path what becomes of each caller; a restricted one is told apart by what it is after."""
    heading, *lines = [line.split() for line in table.strip().splitlines()]
    return {(method, path): _cells(dict(zip(heading, cells, strict=True))) for method, path, *cells in lines}


def _cells(written: Cells) -> Cells:
    cells: Cells = {}
    for caller, cell in written.items():
        inside, slash, outside = cell.partition("/")
        cells |= {f"{caller} inside": inside, f"{caller} outside": outside} if slash else {caller: cell}
    return cells
