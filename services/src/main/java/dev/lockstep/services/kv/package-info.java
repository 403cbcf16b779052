/**
 * An ordered key-value store with range reads and compare-and-set: {@link
 * dev.lockstep.services.kv.KeyValueService} on the replicas, {@link
 * dev.lockstep.services.kv.KeyValueStore} at the client.
 */
package dev.lockstep.services.kv;
