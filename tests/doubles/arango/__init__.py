"""A stand-in for an ArangoDB 3.12 server, as far as the lineage adapter needs one.

It speaks HTTP on loopback, and is strict where a real server is lenient: a request that ``description`` does not
describe is a violation, and a query that is not one of the adapter's is a parse error. What it cannot show is that
ArangoDB itself understands the queries: it evaluates a closed set of texts by code of its own.
"""

from __future__ import annotations
