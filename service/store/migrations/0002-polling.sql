-- When the source is looked at again for new commits; null where nobody looks, as at folders.
alter table repository add column poll_at timestamptz;
-- Looks in a row after which the index was not up to date.
alter table repository add column poll_failures integer not null default 0;
