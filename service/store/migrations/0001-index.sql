create extension if not exists vector;

create table repository (
  id integer generated always as identity primary key,
  name text not null unique,
  source text not null unique,
  -- What readers see: rows born at or before this generation and not dead by it.
  generation integer not null default 0,
  commit text,
  indexed_at timestamptz,
  files integer not null default 0,
  chunks integer not null default 0,
  bytes bigint not null default 0,
  skipped jsonb not null default '{}',
  -- Gone for everybody; its rows still have to be swept.
  removed boolean not null default false,
  created_at timestamptz not null default now()
);

create table job (
  id uuid primary key default gen_random_uuid(),
  repository_id integer not null references repository on delete cascade,
  kind text not null check (kind in ('index', 'embed')),
  state text not null default 'queued' check (state in ('queued', 'running', 'succeeded', 'partial', 'failed', 'cancelled')),
  force boolean not null default false,
  attempts integer not null default 0,
  lease uuid,
  lease_until timestamptz,
  progress jsonb not null default '{}',
  fault jsonb,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz
);
create unique index job_open on job (repository_id, kind) where state in ('queued', 'running');
create index job_recent on job (repository_id, kind, created_at desc);

-- The text of a file, once however many repositories, branches and paths hold it.
create table content (
  hash bytea primary key,
  bytes integer not null,
  lines integer not null,
  zstd bytea not null
);
alter table content alter column zstd set storage external;

-- An immutable piece of the inverted index: documents numbered from 0, their lengths, and blocks of sorted terms.
create table segment (
  id integer generated always as identity primary key,
  repository_id integer not null references repository,
  documents integer not null,
  tokens bigint not null,
  lengths bytea not null
);
create index segment_repository on segment (repository_id);

create table posting_block (
  segment_id integer not null references segment on delete cascade,
  first_term text collate "C" not null,
  data bytea not null,
  primary key (segment_id, first_term)
);
alter table posting_block alter column data set storage external;

create table file (
  id integer generated always as identity primary key,
  repository_id integer not null references repository,
  path text not null,
  stamp text not null,
  content_hash bytea not null references content,
  language text not null,
  segment_id integer not null references segment,
  first_document integer not null,
  documents integer not null,
  born integer not null,
  died integer,
  unique (repository_id, path, born)
);
create index file_segment on file (segment_id, first_document);
create index file_content on file (content_hash);

-- Written and deleted with its file, never alone; foreign keys would double the time of writing.
create table chunk (
  segment_id integer not null,
  document integer not null,
  file_id integer not null,
  start_line integer not null,
  end_line integer not null,
  kind text not null,
  symbol text,
  hash bytea not null,
  primary key (segment_id, document)
);
create index chunk_hash on chunk (hash);

create table model (
  id integer generated always as identity primary key,
  name text not null unique,
  dimensions integer not null,
  created_at timestamptz not null default now()
);

-- A vector belongs to a text and a model, not to a place: a text that moves is not embedded again.
create table embedding (
  model_id integer not null references model on delete cascade,
  hash bytea not null,
  vector halfvec not null,
  primary key (model_id, hash)
);

-- Registers a model and, where asked, its HNSW index: the dimension belongs to the model, so each has an index of its own.
-- Runs as the owner of the schema, because the role of the service may not create anything.
create function register_model(model_name text, model_dimensions integer, with_index boolean)
returns table (id integer, dimensions integer)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  registered model;
  index_name text;
begin
  perform pg_advisory_xact_lock(hashtext('register_model'));
  insert into model (name, dimensions) values (model_name, model_dimensions) on conflict (name) do nothing;
  select * into strict registered from model where name = model_name;
  index_name := 'embedding_hnsw_' || registered.id;
  -- HNSW over halfvec goes up to 4,000 dimensions; beyond that the scan is exact.
  if with_index and registered.dimensions <= 4000 and to_regclass(index_name) is null then
    execute format(
      'create index %I on embedding using hnsw ((vector::halfvec(%s)) halfvec_cosine_ops) where model_id = %s',
      index_name, registered.dimensions, registered.id
    );
  end if;
  return query select registered.id, registered.dimensions;
end
$$;
