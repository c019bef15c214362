-- In which blocks of its texts each gram of a segment is, in one run of bytes, and where slices of that begin. A segment
-- from before has none; its texts are searched without.
create table gram_index (
  segment_id integer primary key references segment on delete cascade,
  directory bytea not null,
  data bytea not null
);
-- Uncompressed, so that a slice is read without the rest.
alter table gram_index alter column directory set storage external;
alter table gram_index alter column data set storage external;
