"""How the page looks. Its hash is in the page's Content-Security-Policy, so nothing else styles it."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from typing import Final

STYLE: Final = """
:root { color-scheme: light dark; --text: #1d2330; --faint: #5d6678; --line: #dfe3ea; --page: #fff; --box: #f5f7fa;
  --get: #1a7f4b; --post: #1f5fbf; --put: #96600a; --delete: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --text: #e3e7ee; --faint: #98a2b3; --line: #2d3442; --page: #12161d;
  --box: #1a202a; --get: #4cc38a; --post: #70a5ff; --put: #e0a84b; --delete: #ff8a80; } }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; font: 16px/1.55 system-ui, sans-serif; color: var(--text); background: var(--page);
  display: grid; grid-template: auto 1fr / 17rem minmax(0, 1fr); }
nav { grid-area: 1 / 1 / 3 / 2; position: sticky; top: 0; height: 100vh; overflow: auto; padding: .5rem 1rem 1.5rem; border-right: 1px solid var(--line);
  font-size: .875rem; scrollbar-width: thin; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav h2 { font-size: .75rem; text-transform: uppercase; letter-spacing: .06em; color: var(--faint); margin: 0 0 .25rem; padding-top: 1rem; }
nav a { display: block; padding: .15rem .4rem; border-radius: .3rem; color: inherit; text-decoration: none; }
nav a:hover, nav a:focus-visible { background: var(--box); }
header { grid-column: 2; padding: 1.5rem 2.5rem 0; }
main { grid-column: 2; padding: 0 2.5rem 6rem; max-width: 62rem; }
h1 { margin: 0 0 .5rem; font-size: 1.9rem; }
section > h2 { margin: 3rem 0 0; font-size: 1.4rem; border-bottom: 1px solid var(--line); padding-bottom: .3rem; }
article { padding: 1.5rem 0; border-bottom: 1px solid var(--line); }
h3 { margin: 0 0 .4rem; font-size: 1.1rem; }
h4 { margin: 1.2rem 0 .3rem; font-size: .8rem; text-transform: uppercase; letter-spacing: .05em; color: var(--faint); }
a { color: var(--post); }
code, pre { font: .85em/1.5 ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; }
code { background: var(--box); border-radius: .25rem; padding: .1em .3em; white-space: nowrap; }
pre { background: var(--box); border: 1px solid var(--line); border-radius: .4rem; padding: .75rem 1rem; overflow: auto;
  max-height: 26rem; }
pre code { background: none; padding: 0; white-space: pre; }
.route { font-size: 1rem; }
.method { font-weight: 700; }
.GET { color: var(--get); } .POST { color: var(--post); } .PUT { color: var(--put); } .DELETE { color: var(--delete); }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-top: 1px solid var(--line); }
th { color: var(--faint); font-weight: 600; border-top: 0; }
td:not(:last-child) { white-space: nowrap; }
.faint { color: var(--faint); }
summary { cursor: pointer; color: var(--faint); font-size: .9rem; margin: .5rem 0; }
@media (max-width: 68rem) { code { white-space: normal; overflow-wrap: anywhere; } table, tbody, tr { display: block; }
  thead { display: none; } tr { border-top: 1px solid var(--line); padding: .4rem 0; }
  td { display: inline; border: 0; padding: 0 .4rem 0 0; } td:last-child { display: block; } }
@media (max-width: 50rem) { body { display: block; } header { padding: 1rem 1.25rem 0; } main { padding: 0 1.25rem 4rem; }
  nav { position: static; height: auto; border: 0; padding: 0 1.25rem 1rem; columns: 2; } nav div { break-inside: avoid; } }
"""

CONTENT_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
