#!/bin/bash
# Dumps the database into a file in $BACKUP_FOLDER, and counts the rows of the same snapshot. Writes results to files in
# $EXCHANGE. A failure is written there too, and the next step records it.
set -uo pipefail
umask 077
. "$(dirname "$0")/login.sh"

name=$BACKUP_NAME-$(date -u +%Y-%m-%d-%H%M%S)
errors=$EXCHANGE/errors
# Unique to this pod: another one may make a backup in the same second.
export PARTIAL=$BACKUP_FOLDER/$name.$HOSTNAME.dump.partial COMPRESS

tell() { printf '%s\n' "$2" >"$EXCHANGE/$1"; }

give_up() {
  rm -f "$PARTIAL"
  cat "$errors" >&2
  tell fault "$(grep -v '^$' "$errors" | head -n 3 | tr '\n' ' ')"
  exit 0
}

dump() {
  psql --no-psqlrc --quiet --no-password --tuples-only --no-align --field-separator=$'\t' \
    -v ON_ERROR_STOP=1 -v rows="$EXCHANGE/rows" <<'SQL'
begin isolation level repeatable read read only;
set local statement_timeout = 0;
set local lock_timeout = '5min';
set local idle_in_transaction_session_timeout = 0;
select pg_export_snapshot() as snapshot \gset
\setenv SNAPSHOT :snapshot
\o :rows
select format('select %L, count(*) from %I.%I', tablename, schemaname, tablename)
from pg_tables where schemaname = 'public' order by tablename \gexec
\o
\! pg_dump --no-password --format=custom $COMPRESS --lock-wait-timeout=5min --snapshot="$SNAPSHOT" --file="$PARTIAL" </dev/null && touch "$EXCHANGE/dumped"
commit;
SQL
}

# Faster (three times) and smaller than pg_dump's default. Some versions and builds do not support it; pg_dump says so
# before it connects.
COMPRESS=
[[ $(pg_dump --compress=zstd:1 --host=/nowhere 2>&1) == *compress* ]] || COMPRESS=--compress=zstd:1

rm -f "$EXCHANGE"/*
tell started "$(date +%s)"
# Removes leftovers of killed runs; no run takes this long.
find "$BACKUP_FOLDER" -name "$BACKUP_NAME-*.partial" -mmin +720 -delete

log_in 2>"$errors" || give_up
dump 2>>"$errors" || give_up
[ -e "$EXCHANGE/dumped" ] || give_up
# Reads the whole file, as a restore would.
pg_restore --file=/dev/null "$PARTIAL" 2>>"$errors" || give_up

tell name "$name"
tell path "$PARTIAL"
echo "$name: $(stat -c %s "$PARTIAL") bytes"
