/**
 * Sessions on a replicated database, below JDBC: {@link dev.lockstep.sql.client.SqlClient} is the
 * connection to the group, {@link dev.lockstep.sql.client.SqlSession} a series of transactions.
 */
package dev.lockstep.sql.client;
