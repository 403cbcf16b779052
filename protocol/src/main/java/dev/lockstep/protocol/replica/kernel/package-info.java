/**
 * What every part of a replica is built on: the time of the event ({@link
 * dev.lockstep.protocol.replica.kernel.Clock}), the way out ({@link
 * dev.lockstep.protocol.replica.kernel.Outbox}), the order of disk and word ({@link
 * dev.lockstep.protocol.replica.kernel.Durable}), and the events of life by which parts hear of
 * each other without knowing each other:
 *
 * <pre>
 *   DeliveryListener   an instance was delivered; the state of others was taken up, was proved
 *   RegencyListener    a regency was installed, was synced
 *   Resends            a peer needs repetition
 * </pre>
 */
package dev.lockstep.protocol.replica.kernel;
