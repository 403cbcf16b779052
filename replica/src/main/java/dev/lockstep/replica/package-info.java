/**
 * One replica of a service: {@link dev.lockstep.replica.ServiceReplica} is what others see of it,
 * {@link dev.lockstep.replica.ReplicaAssembly} puts the protocol, the network, the log and the
 * service together.
 *
 * <h2>Threads</h2>
 *
 * <pre>
 * protocol loop   owns the protocol core and the channels to the other replicas  {@link dev.lockstep.replica.ProtocolLoop}, {@link dev.lockstep.replica.LoopPorts}, {@link dev.lockstep.replica.ClientRoutes}
 * client loops    read, decode, hash and check requests; encode and write replies  {@link dev.lockstep.replica.ClientGate}, {@link dev.lockstep.replica.RequestIntake}, {@link dev.lockstep.replica.ClientLane}
 * executor        runs the service, batch by batch, and reads between batches  {@link dev.lockstep.replica.ServiceExecutor}
 * signatures      sign and check ACCEPTs, check requests that peers brought  {@link dev.lockstep.replica.SignatureWorker}
 * checkpoints     streams states to storage  {@link dev.lockstep.replica.CheckpointHost}
 * reader          reads old decisions and pieces of checkpoints for other replicas
 * log             writes and syncs, when the durability asks for it
 * </pre>
 *
 * <p>Threads share no state. What one has for another goes over in bundles: all requests of one
 * turn of a client loop are one hand-over, and so are all replies, batches and signatures of one
 * turn of the protocol loop. The end of a turn ({@code endTurn}) is where the leader proposes,
 * where records reach the log, and where everything leaves.
 */
package dev.lockstep.replica;
