/**
 * Workloads over any JDBC driver: list-append and bank, whose histories {@link
 * dev.lockstep.sql.history} judges, and what all workloads share: retry, statements that are
 * prepared once, processor time, charts.
 */
package dev.lockstep.sql.bench;
