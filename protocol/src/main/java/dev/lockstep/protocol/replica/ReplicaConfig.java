package dev.lockstep.protocol.replica;

import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.replica.requests.RequestBudgets;
import dev.lockstep.protocol.view.Domains;
import dev.lockstep.protocol.view.Genesis;
import dev.lockstep.protocol.view.View;

/**
 * What one replica is told when it is built. Cluster-wide values stand in the view.
 *
 * @param domains names the cluster in everything that is signed
 * @param entropy secret bytes from which this replica derives the nonce seeds that it proposes
 */
public record ReplicaConfig(
    int id,
    Domains domains,
    View view,
    Timing timing,
    Budgets budgets,
    Digest entropy,
    Checkpointing checkpointing) {

  /** What is the same for the whole life of the group. */
  public Genesis genesis() {
    return new Genesis(domains, view.mode(), view.window());
  }

  /** Of a group that was never restored. */
  public ReplicaConfig(
      int id,
      Digest cluster,
      View view,
      Timing timing,
      Budgets budgets,
      Digest entropy,
      Checkpointing checkpointing) {
    this(id, Domains.only(cluster), view, timing, budgets, entropy, checkpointing);
  }

  /** Without checkpoints. */
  public ReplicaConfig(
      int id, Digest cluster, View view, Timing timing, Budgets budgets, Digest entropy) {
    this(id, cluster, view, timing, budgets, entropy, Checkpointing.NONE);
  }

  /**
   * When and how checkpoints are taken. The same at all replicas: else they cannot compare theirs.
   *
   * @param period instances between two checkpoints of one replica, each replica at another point;
   *     0 for none
   * @param pieceBytes size of the pieces into which states are cut
   */
  public record Checkpointing(long period, int pieceBytes) {
    public static final Checkpointing NONE = new Checkpointing(0, CodecLimits.PIECE_BYTES);

    /** Refuses values that make no sense, with a sentence that says which. */
    public Checkpointing {
      if (period < 0 || pieceBytes < 1 || pieceBytes > CodecLimits.PIECE_BYTES) {
        throw new IllegalArgumentException(
            "a checkpoint every "
                + period
                + " instances in pieces of "
                + pieceBytes
                + " bytes; the first must not be negative, the second 1 to "
                + CodecLimits.PIECE_BYTES);
      }
    }
  }

  /**
   * Local patience, in microseconds (RULES 36).
   *
   * @param requestTimeout forward after this long, ask for the next leader after as long again
   * @param timeoutDoublings how often timeouts may double while regencies change without progress
   * @param statusPeriod how often STATUS is sent
   * @param fetchPeriod how long to wait before what was asked for is asked from somebody else
   * @param batchPause so long after a batch a leader waits for the next one to fill: while an
   *     earlier one of its own is under way, and then for as many requests as were answered with
   *     it. Each instance costs signatures and messages whatever its size, so many small ones are
   *     dear; 0 proposes whatever there is at once
   */
  public record Timing(
      long requestTimeout,
      int timeoutDoublings,
      long statusPeriod,
      long fetchPeriod,
      long batchPause) {
    public static Timing defaults() {
      return new Timing(400_000, 6, 100_000, 50_000, 3_000);
    }
  }

  /**
   * What one peer or client can make this replica hold.
   *
   * @param clientRequests pending requests of one client identity
   * @param clientBytes bytes of pending requests of one client identity
   * @param peerRequests requests held on the word of one peer only
   * @param peerBytes bytes of requests held on the word of one peer only
   * @param logBytes bytes of delivered decisions in memory; older ones are read from storage
   * @param transferBytes bytes per second that one peer can have of decisions and checkpoints
   */
  public record Budgets(
      int clientRequests,
      long clientBytes,
      int peerRequests,
      long peerBytes,
      long logBytes,
      long transferBytes) {
    private static final long LOG_BYTES = 64L << 20;
    private static final long TRANSFER_BYTES = 64L << 20;

    /** With the default budgets for catching up. */
    public Budgets(int clientRequests, long clientBytes, int peerRequests, long peerBytes) {
      this(clientRequests, clientBytes, peerRequests, peerBytes, LOG_BYTES, TRANSFER_BYTES);
    }

    public static Budgets defaults() {
      return new Budgets(4096, 8L << 20, 4096, 8L << 20);
    }

    /** Those for requests that are not delivered. */
    public RequestBudgets requests() {
      return new RequestBudgets(clientRequests, clientBytes, peerRequests, peerBytes);
    }
  }
}
