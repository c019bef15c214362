#!/bin/sh
# make: creates what is missing of the owner's role, the service's role and its login, the database and its extension.
# Sets the passwords in $SECRETS.
# retire: drops the service's previous logins.
set -eu

secret() { cat "$SECRETS/$1"; }

PGPASSWORD=$(secret superuser-password)
export PGPASSWORD

sql() {
  psql --no-psqlrc --quiet --tuples-only --no-align -v ON_ERROR_STOP=1 --username postgres --dbname postgres \
    -v login="$(secret login)" "$@"
}

make() {
  sql -v migrator="$(secret migrator-password)" -v password="$(secret password)" <<'SQL'
select 'create role codebase_migrator login' where not exists (select from pg_roles where rolname = 'codebase_migrator') \gexec
select 'create role codebase' where not exists (select from pg_roles where rolname = 'codebase') \gexec
select format('create role %I login in role codebase', :'login')
  where not exists (select from pg_roles where rolname = :'login') \gexec
alter role codebase_migrator password :'migrator';
alter role :"login" password :'password';
select 'create database codebase owner codebase_migrator' where not exists (select from pg_database where datname = 'codebase') \gexec
grant connect on database codebase to codebase;
\connect codebase
set client_min_messages to warning;
create extension if not exists vector;
alter default privileges for role codebase_migrator in schema public grant select, insert, update, delete on tables to codebase;
alter default privileges for role codebase_migrator in schema public grant usage, select on sequences to codebase;
alter default privileges for role codebase_migrator in schema public grant execute on functions to codebase;
\echo 'Roles, database and extension exist.'
SQL
}

ask() { printf '%s;\n' "$1" | sql; }

FORMER="select member.rolname from pg_auth_members
  join pg_roles member on member.oid = pg_auth_members.member
  join pg_roles role on role.oid = pg_auth_members.roleid
  where role.rolname = 'codebase' and member.rolname <> :'login' and not member.rolsuper"

retire() {
  # Terminating pods still answer for a while, and nothing waits for them.
  [ "$(ask "select count(*) from ($FORMER) as former")" = 0 ] || sleep "$LEAVE"
  waited=0
  while [ "$(ask "select count(*) from pg_stat_activity where usename in ($FORMER)")" != 0 ] && [ "$waited" -lt "$GRACE" ]; do
    sleep 1
    waited=$((waited + 1))
  done
  sql <<SQL
create temporary table former as $FORMER;
select format('select from pg_terminate_backend(%s)', pid) from pg_stat_activity
  where usename in (select rolname from former) \\gexec
select format('drop role %I', rolname) from former \\gexec
select format('%s former logins were dropped.', count(*)) from former;
SQL
}

case ${1:-} in
  make) make ;;
  retire) retire ;;
  *) echo "Pass make or retire, not \"${1:-}\"." >&2; exit 2 ;;
esac
