create table account (
  id int primary key,
  owner varchar(40) not null,
  balance decimal(12, 2) not null
);
insert into account (id, owner, balance) values (1, 'alice', 100.00);
insert into account (id, owner, balance) values (2, 'bob', 50.00);
