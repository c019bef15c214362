#!/bin/bash
# A Postgres that nobody keeps, with the parameters that are given; whoever reaches it is trusted.
set -euo pipefail
[ -s "$PGDATA/PG_VERSION" ] || initdb --username=postgres --auth=trust --encoding=UTF8 --no-locale --no-sync
exec postgres "$@"
