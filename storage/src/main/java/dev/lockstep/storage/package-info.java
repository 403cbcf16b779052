/**
 * The files of a replica: {@link dev.lockstep.storage.ReplicaLog}, its votes and decisions (RULES
 * 25-27).
 */
package dev.lockstep.storage;
