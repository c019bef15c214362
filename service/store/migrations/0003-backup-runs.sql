-- What became of each backup, and of each test that restores one.
create table backup_run (
  id integer generated always as identity primary key,
  kind text not null check (kind in ('backup', 'restore_test')),
  -- The backup; null where it failed before there was one.
  name text,
  bytes bigint,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  -- Null where it succeeded.
  fault text
);
create index backup_run_recent on backup_run (kind, finished_at desc);
