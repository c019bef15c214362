#!/bin/bash
# test: loads the backup named in $EXCHANGE into a new database of PGHOST. A failure is written there too, and the next
# step records it.
# replace: replaces the whole database of DATABASE_URL_FILE with the backup, or changes nothing.
set -uo pipefail
. "$(dirname "$0")/login.sh"

backup=$(cat "$EXCHANGE/path") || exit 1
errors=$EXCHANGE/errors
list=$EXCHANGE/list

sql() { psql --no-psqlrc --quiet --no-password -v ON_ERROR_STOP=1 "$@"; }

# The extension exists already, and not every role may create it.
list_contents() { pg_restore --list "$backup" | grep -vE ' EXTENSION | SCHEMA - public ' >"$list"; }

# Hides the warnings about system tables that the role may not analyze.
gather_statistics() { sql --command 'set client_min_messages = error' --command 'analyze'; }

load() {
  sql --dbname postgres --command "create database $PGDATABASE" &&
    sql --command 'create extension vector' &&
    list_contents &&
    pg_restore --no-owner --no-privileges --exit-on-error --jobs=2 --use-list="$list" --dbname="$PGDATABASE" "$backup" &&
    gather_statistics
}

drop_all() {
  cat <<'SQL'
set local lock_timeout = '1min';
set local client_min_messages = error;
do $$
declare statement text;
begin
  for statement in
    select format('drop table %I.%I cascade', schemaname, tablename) from pg_tables where schemaname = 'public'
    union all
    select format('drop function %s cascade', oid::regprocedure) from pg_proc
    where pronamespace = 'public'::regnamespace
      and not exists (select from pg_depend where classid = 'pg_proc'::regclass and objid = pg_proc.oid and deptype = 'e')
  loop
    execute statement;
  end loop;
end
$$;
SQL
}

# If the backup is truncated, the appended statement fails, so that the transaction does not commit a part of it.
script() {
  drop_all && pg_restore --no-owner --no-privileges --use-list="$list" --file=- "$backup" ||
    printf '\n\\.\ndo $$ begin raise exception %s; end $$;\n' "'the backup is incomplete or cannot be read'"
}

replace() {
  log_in && list_contents && script | sql --single-transaction --output=/dev/null --file=- && gather_statistics
}

case ${1:-} in
  test)
    load 2>"$errors" && exit 0
    cat "$errors" >&2
    grep -v '^$' "$errors" | head -n 3 | tr '\n' ' ' >"$EXCHANGE/fault" ;;
  replace) replace && echo 'The backup is in place.' ;;
  *) echo "Pass test or replace, not \"${1:-}\"." >&2; exit 2 ;;
esac
