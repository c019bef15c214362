-- Organisations and groups on git servers, whose repositories are listed by one process at a time.
create table source (
  url text primary key,
  poll_at timestamptz not null default now(),
  poll_failures integer not null default 0,
  -- When it was last listed to the end, and why the last listing failed, if it did.
  listed_at timestamptz,
  fault jsonb
);

-- Of a repository that a source has listed: which, and what the server knows it by; since when it is listed no more.
alter table repository add column listed_by text;
alter table repository add column listed_as text;
alter table repository add column missing_since timestamptz;
create unique index repository_listed on repository (listed_by, listed_as);
