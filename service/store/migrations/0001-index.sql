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
  created_at timestamptz not null default now()
);

create table job (
  id uuid primary key default gen_random_uuid(),
  repository_id integer not null references repository on delete cascade,
  kind text not null check (kind in ('index', 'embed')),
  state text not null default 'queued' check (state in ('queued', 'running', 'succeeded', 'partial', 'failed', 'cancelled')),
  force boolean not null default false,
  attempts integer not null default 0,
  lease_owner text,
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
  repository_id integer not null references repository on delete cascade,
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
  repository_id integer not null references repository on delete cascade,
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
create index file_segment on file (segment_id);
create index file_content on file (content_hash);

create table chunk (
  segment_id integer not null references segment on delete cascade,
  document integer not null,
  file_id integer not null references file on delete cascade,
  start_line integer not null,
  end_line integer not null,
  kind text not null,
  symbol text,
  hash bytea not null,
  primary key (segment_id, document)
);
create index chunk_hash on chunk (hash);
create index chunk_file on chunk (file_id);

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
create function register_model(model_name text, model_dimensions integer, with_index boolean) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  model_id integer;
begin
  insert into model (name, dimensions) values (model_name, model_dimensions) on conflict (name) do nothing;
  select id into model_id from model where name = model_name;
  if with_index then
    execute format(
      'create index if not exists embedding_hnsw_%s on embedding using hnsw ((vector::halfvec(%s)) halfvec_cosine_ops) where model_id = %s',
      model_id, (select dimensions from model where id = model_id), model_id
    );
  end if;
  return model_id;
end
$$;
