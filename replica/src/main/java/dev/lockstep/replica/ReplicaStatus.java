package dev.lockstep.replica;

import dev.lockstep.protocol.replica.transfer.TransferStatus;
import dev.lockstep.protocol.view.View;
import java.util.List;

/**
 * What a replica says of itself, at one moment.
 *
 * @param cluster the id of its cluster
 * @param state see {@link State}
 * @param stopReasonOrNull why it stopped; null while it runs
 * @param leader of the regency
 * @param lastDelivered last instance delivered in order
 * @param lag instances by which at least one correct replica is ahead
 * @param pendingRequests authentic requests that wait for their delivery
 * @param connected replicas to which there is a channel
 * @param needed how many others must be in reach for the group to go on without the f slowest
 * @param transfer how far it is in taking the state of others
 * @param clients client identities that are connected
 */
public record ReplicaStatus(
    int replica,
    String cluster,
    State state,
    String stopReasonOrNull,
    int view,
    View.Mode mode,
    long regency,
    int leader,
    long lastDelivered,
    long lag,
    int pendingRequests,
    List<Integer> connected,
    int needed,
    int clients,
    String durability,
    TransferStatus transfer) {

  /** What a replica does. */
  public enum State {
    /** Takes part. */
    RUNNING,
    /** Waits for a leader: between STOP and SYNC. */
    CHANGING_LEADER,
    /** Its log and those of others do not meet any more: takes their state. */
    TRANSFERRING,
    /** Lost its votes and must not vote yet (RULES 27). */
    LEARNING,
    /** More than f replicas are faulty, its disk failed, or its own state contradicts itself. */
    STOPPED
  }

  /** Whether it runs, whatever else: if not, only a restart can help. */
  public boolean isLive() {
    return state != State.STOPPED;
  }

  /** Whether it takes part, with enough others in reach, and is not far behind. */
  public boolean isHealthy() {
    return state == State.RUNNING && lag < 1000 && connected.size() >= needed;
  }
}
