/**
 * The databases under the replicas, behind the small interface {@link
 * dev.lockstep.sql.server.engine.Engine}.
 */
package dev.lockstep.sql.server.engine;
