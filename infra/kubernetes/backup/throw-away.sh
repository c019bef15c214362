#!/bin/bash
# Starts a temporary Postgres with the given options. It trusts every connection.
set -euo pipefail
[ -s "$PGDATA/PG_VERSION" ] || initdb --username=postgres --auth=trust --encoding=UTF8 --no-locale --no-sync
exec postgres "$@"
