/**
 * Programs and libraries that use JDBC, as they are: each does real work, once on a plain engine by
 * the engine's own driver, to know what is right, and once on a replicated database.
 */
package dev.lockstep.sql.tests.consumers;
