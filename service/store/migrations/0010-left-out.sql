-- What the folder or commit of a repository has and its index has not, or not whole, as of the last run that ended well.
create table left_out (
  repository_id integer not null references repository on delete cascade,
  path text collate "C" not null,
  reason text not null,
  detail text,
  -- Of the file, where it is left out for what is in it: it need not be read again.
  stamp text,
  primary key (repository_id, path)
);
