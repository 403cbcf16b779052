package dev.lockstep.protocol.view;

import java.util.List;

/**
 * Which view orders which instance (RULES 32 to 35): a function of what was delivered up to W
 * instances before. All parts ask here, with the instance that they speak of; nobody keeps a view
 * or its quorums of his own.
 *
 * <p>Views do not change yet: the first one orders everything.
 */
public final class ViewHistory {
  private final View view;
  private final QuorumSystem quorums;
  private final List<Integer> peers;

  /** Last delivered instance; ascends but for a start or a state transfer. */
  private long delivered;

  public ViewHistory(View first, QuorumRule rule) {
    view = first;
    quorums = new QuorumSystem(first, rule);
    peers = first.members().stream().map(View.Member::replica).toList();
  }

  /** The view that orders the instance. Known up to {@link #horizon}. */
  public View at(long instance) {
    return view;
  }

  /** The quorums of {@link #at}. */
  public QuorumSystem quorums(long instance) {
    return quorums;
  }

  /** The highest instance whose view is known: W after the last delivered one. */
  public long horizon() {
    return delivered + view.window();
  }

  /** Everything up to here is delivered, in order or by taking up the state of others. */
  public void onDelivered(long last) {
    delivered = last;
  }

  /** The newest view that is decided, perhaps not in force. */
  public View newest() {
    return view;
  }

  /** The view that is decided and not in force, or null. */
  public View pendingOrNull() {
    return null;
  }

  /** A view by the number that a certificate or a reply names, or null. */
  public View byIdOrNull(int id) {
    return id == view.id() ? view : null;
  }

  /** Thresholds of STOP and STOPDATA: of the newest view, of two while one is pending. */
  public Quorums installing() {
    return quorums;
  }

  /**
   * Ids of all whom messages come from and go to, ascending, this replica's own included if it is a
   * member.
   */
  public List<Integer> peers() {
    return peers;
  }
}
