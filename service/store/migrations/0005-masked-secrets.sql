-- How many secrets are masked in the text of a file, by kind; null where there are none.
alter table file add column masked jsonb;
create index file_masked on file (repository_id) where masked is not null;
-- The same of all files that readers see.
alter table repository add column masked jsonb not null default '{}';
-- By which rules; null where none are masked.
alter table repository add column secret_rules text;
