-- The names that a chunk defines: one a line, each after the number of its own line and a space.
alter table chunk add column definitions text;
