-- The column of the rules holds the version of the whole index: the format of older versions, then the rules.
update repository set secret_rules = format || ':' || coalesce(secret_rules, 'none') where indexed_at is not null;
comment on column repository.secret_rules is 'By which format, and by which rules for secrets, the index is made';
comment on column repository.format is 'Read by older versions only';
