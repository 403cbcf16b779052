/**
 * The JDBC driver {@code jdbc:lockstep:}: {@link dev.lockstep.sql.jdbc.LockstepDriver} for programs
 * that know a URL, {@link dev.lockstep.sql.jdbc.LockstepDataSource} for those that take an object.
 *
 * <p>Opening a connection and preparing a statement send nothing. Results are complete when a
 * statement returns, so they can be scrolled, and stay readable after a commit. All else is in
 * {@code docs/sql.md}.
 */
package dev.lockstep.sql.jdbc;
