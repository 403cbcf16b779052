alter table account add column note varchar(100);
create index account_by_owner on account (owner);
update account set note = 'first customer' where id = 1;
