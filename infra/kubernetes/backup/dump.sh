#!/bin/bash
# Dumps the database into a file of $BACKUP_FOLDER, and counts its rows in the moment that the dump shows. What it did is
# told in files of $EXCHANGE; so is a failure, which the step after this one records.
set -uo pipefail
umask 077
. "$(dirname "$0")/login.sh"

name=$BACKUP_NAME-$(date -u +%Y-%m-%d-%H%M%S)
errors=$EXCHANGE/errors
# Of this pod alone: another one may make a backup in the same second.
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

# Three times as quick as what pg_dump does by itself, and smaller. Not every version and build can; whether this one can
# it says before it connects.
COMPRESS=
[[ $(pg_dump --compress=zstd:1 --host=/nowhere 2>&1) == *compress* ]] || COMPRESS=--compress=zstd:1

rm -f "$EXCHANGE"/*
tell started "$(date +%s)"
# What a run has left that was killed; none takes as long as this.
find "$BACKUP_FOLDER" -name "$BACKUP_NAME-*.partial" -mmin +720 -delete

log_in 2>"$errors" || give_up
dump 2>>"$errors" || give_up
[ -e "$EXCHANGE/dumped" ] || give_up
# Reads all of it, as a restore would.
pg_restore --file=/dev/null "$PARTIAL" 2>>"$errors" || give_up

tell name "$name"
tell path "$PARTIAL"
echo "$name: $(stat -c %s "$PARTIAL") bytes"
