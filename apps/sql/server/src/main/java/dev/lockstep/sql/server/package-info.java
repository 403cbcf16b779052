/** Databases as replicas of a replicated service. */
package dev.lockstep.sql.server;
