/**
 * One replica of a service: {@link dev.lockstep.replica.ServiceReplica} puts the protocol, the
 * network, the log and the service together.
 *
 * <h2>Threads</h2>
 *
 * <pre>
 * protocol loop   owns the protocol core and the channels to the other replicas  {@link dev.lockstep.replica.ProtocolLoop}
 * client loops    read, decode, hash and check requests; encode and write replies  {@link dev.lockstep.replica.ClientGate}
 * executor        runs the service, batch by batch, and reads between batches  {@link dev.lockstep.replica.ServiceExecutor}
 * signatures      sign and check ACCEPTs  {@link dev.lockstep.replica.SignatureWorker}
 * log             writes and syncs, when the durability asks for it
 * </pre>
 *
 * <p>Threads share no state. What one has for another goes over in bundles: all requests of one
 * turn of a client loop are one hand-over, and so are all replies, batches and signatures of one
 * turn of the protocol loop. The end of a turn ({@code endOfBundle}) is where the leader proposes,
 * where records reach the log, and where everything leaves.
 */
package dev.lockstep.replica;
