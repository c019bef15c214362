-- The names that a chunk defines: one a line, each after the number of its own line and a space.
alter table chunk add column definitions text;

-- The format of what the last run that ended well indexed; all of an older one is indexed again.
alter table repository add column format integer not null default 1;
