#!/bin/sh
# Runs once, when the database is initialised: the extension, and the two roles that the migrations and the service use.
set -eu
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  -v migrator="$(cat "$SECRETS/migrator-password")" -v service="$(cat "$SECRETS/service-password")" <<'SQL'
create role codebase_migrator login password :'migrator';
create role codebase login password :'service';
create database codebase owner codebase_migrator;
grant connect on database codebase to codebase;
\connect codebase
create extension vector;
alter default privileges for role codebase_migrator in schema public grant select, insert, update, delete on tables to codebase;
alter default privileges for role codebase_migrator in schema public grant usage, select on sequences to codebase;
alter default privileges for role codebase_migrator in schema public grant execute on functions to codebase;
SQL
