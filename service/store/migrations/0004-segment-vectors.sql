-- Changes with each group of vectors that is stored, so that a reader knows without looking that there are more.
alter table repository add column vectors integer not null default 0;

-- Documents of files that readers see.
alter table segment add column live integer not null default 0;
update segment set live = seen.documents from (
  select segment_id, sum(documents) as documents from file where died is null group by segment_id
) as seen where seen.segment_id = segment.id;

-- Vectors of a segment's documents, 8 bits a number, as they came: one row a group, and one in all once there are no more.
create table vector_block (
  id integer generated always as identity,
  segment_id integer not null references segment on delete cascade,
  model_id integer not null references model on delete cascade,
  data bytea not null,
  primary key (segment_id, model_id, id)
);
alter table vector_block alter column data set storage external;

-- How far a segment is embedded, kept so that nobody has to count.
create table segment_vectors (
  segment_id integer not null references segment on delete cascade,
  model_id integer not null references model on delete cascade,
  documents integer not null,
  -- Whether every document that readers see has what it can have.
  complete boolean not null,
  primary key (segment_id, model_id)
);

-- When a service last had the model in its settings; one that nobody wants any more goes.
alter table model add column wanted_at timestamptz not null default now();

-- Keeping an index up to date costs more than all else, so it is made once the vectors are there, and only where they do
-- not fit into the memory of a server.
do $$
declare
  index_name text;
begin
  for index_name in select indexname from pg_indexes where schemaname = 'public' and indexname like 'embedding\_hnsw\_%' loop
    execute format('drop index %I', index_name);
  end loop;
end
$$;

create or replace function register_model(model_name text, model_dimensions integer, with_index boolean)
returns table (id integer, dimensions integer)
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into model (name, dimensions) values (model_name, model_dimensions) on conflict (name) do nothing;
  return query select model.id, model.dimensions from model where name = model_name;
end
$$;

-- Makes the HNSW index of a model. Runs as the owner of the schema, because the role of the service may not create anything.
create function index_model(wanted integer) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  indexed model;
begin
  perform pg_advisory_xact_lock(hashtext('index_model'));
  select * into strict indexed from model where id = wanted;
  -- HNSW over halfvec goes up to 4,000 dimensions; beyond that the scan is exact.
  if indexed.dimensions <= 4000 then
    execute format(
      'create index if not exists %I on embedding using hnsw ((vector::halfvec(%s)) halfvec_cosine_ops) where model_id = %s',
      'embedding_hnsw_' || indexed.id, indexed.dimensions, indexed.id
    );
  end if;
end
$$;
