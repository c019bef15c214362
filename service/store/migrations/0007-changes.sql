-- The paths that a run of changes looks at; null where a run looks at the whole repository.
alter table job add column paths jsonb;

-- Why the last run failed; null where it did not.
alter table repository add column fault jsonb;
update repository set fault = (
  select fault from job where repository_id = repository.id and kind = 'index' order by created_at desc limit 1
);

-- How changes of the folder are noticed, and when the process that does so last said so.
alter table repository add column watch jsonb;
alter table repository add column watched_at timestamptz;
