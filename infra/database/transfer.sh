#!/bin/bash
# Copies roles and database from the Postgres at port $FROM to the new one at port $TO, and compares the row counts of
# all tables. Both have their sockets in the same folder. Runs in the image of the old version, whose own programs know
# its catalogue best. Exits with 11 if the old one, and with 12 if the new one, does not become ready.
set -euo pipefail
# Some builds look for sockets elsewhere by default.
export PGHOST=/var/run/postgresql PGUSER=postgres

sql() { psql --no-psqlrc --quiet --tuples-only --no-align -v ON_ERROR_STOP=1 "$@"; }

ready() { # over TCP, because the server that initialises a database listens only on its socket
  local tries=0
  until pg_isready --quiet --host 127.0.0.1 --port "$1"; do
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || { echo "The Postgres at port $1 did not become ready." >&2; return 1; }
    sleep 1
  done
}

rows() {
  sql --port "$1" --dbname codebase <<'SQL'
select format('select %L, count(*) from %I.%I', tablename, schemaname, tablename)
from pg_tables where schemaname = 'public' order by tablename \gexec
SQL
}

ready "$FROM" || exit 11
ready "$TO" || exit 12
echo 'Roles'
pg_dumpall --port "$FROM" --globals-only | grep -v '^CREATE ROLE postgres;$' | sql --port "$TO" --dbname postgres >/dev/null
echo 'Tables and indexes'
pg_dump --port "$FROM" --create codebase | sql --port "$TO" --dbname postgres >/dev/null
echo 'Statistics'
sql --port "$TO" --dbname codebase -c analyze -c checkpoint
before=$(rows "$FROM")
after=$(rows "$TO")
[ "$before" = "$after" ] || { printf 'The tables differ:\n%s\n' "$(diff <(echo "$before") <(echo "$after"))" >&2; exit 1; }
echo "$(wc -l <<<"$after") tables have the same number of rows as before"
