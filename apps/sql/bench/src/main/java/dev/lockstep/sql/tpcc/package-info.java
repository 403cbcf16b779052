/**
 * The transactions of TPC-C (revision 5.11 of its specification) as a workload over any JDBC
 * driver: tables and their load, five transactions, terminals with or without keying and thinking
 * times, and the consistency conditions, to judge a database after a run. Where it differs from the
 * specification, and that makes its figures none of TPC-C's: delivery is not deferred, statements
 * are grouped so that a transaction takes few round trips, lines of the history have a key, and the
 * mix is a deck of cards.
 */
package dev.lockstep.sql.tpcc;
