package dev.lockstep.protocol.replica.transfer;

import dev.lockstep.protocol.replica.transfer.TransferStatus.Phase;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * In which phase a transfer is, and from which to which it may go.
 *
 * <pre>
 *   NONE -&gt; ASKING -&gt; MANIFEST -&gt; STATE -&gt; RECEIVING -&gt; CONTENT -&gt; INSTALLING -&gt; PROVING -&gt; PUBLISHING
 *    ^        | ^         |         |          |           |           |            |           |
 *    |        | +---------+---------+----------+-----------+-----------+------------+           |
 *    |        |           nobody gives it, it is wrong, or nobody proves it                     |
 *    +--------+-----------+---------+----------+-----------+------------------------------------+
 *         not needed any more: this replica came forward otherwise                           proved
 * </pre>
 */
final class Phases {
  private static final Map<Phase, Set<Phase>> LEGAL = new EnumMap<>(Phase.class);

  static {
    LEGAL.put(Phase.NONE, EnumSet.of(Phase.ASKING));
    LEGAL.put(Phase.ASKING, EnumSet.of(Phase.NONE, Phase.MANIFEST));
    LEGAL.put(Phase.MANIFEST, EnumSet.of(Phase.NONE, Phase.ASKING, Phase.STATE));
    LEGAL.put(Phase.STATE, EnumSet.of(Phase.NONE, Phase.ASKING, Phase.RECEIVING));
    LEGAL.put(Phase.RECEIVING, EnumSet.of(Phase.NONE, Phase.ASKING, Phase.CONTENT));
    LEGAL.put(Phase.CONTENT, EnumSet.of(Phase.NONE, Phase.ASKING, Phase.INSTALLING));
    LEGAL.put(Phase.INSTALLING, EnumSet.of(Phase.ASKING, Phase.PROVING));
    LEGAL.put(Phase.PROVING, EnumSet.of(Phase.ASKING, Phase.PUBLISHING));
    LEGAL.put(Phase.PUBLISHING, EnumSet.of(Phase.NONE));
  }

  private Phase now = Phase.NONE;
  private String reason = "nothing is needed";

  Phase now() {
    return now;
  }

  boolean is(Phase phase) {
    return now == phase;
  }

  /** Whether a checkpoint of others is being fetched. */
  boolean isFetching() {
    return switch (now) {
      case MANIFEST, STATE, RECEIVING, CONTENT -> true;
      case NONE, ASKING, INSTALLING, PROVING, PUBLISHING -> false;
    };
  }

  /**
   * Goes on to the next phase.
   *
   * @param why for whoever looks into a transfer that stands still
   */
  void moveTo(Phase next, String why) {
    if (!LEGAL.get(now).contains(next)) {
      throw new IllegalStateException(
          "a transfer cannot go from " + now + " (" + reason + ") to " + next + " (" + why + ")");
    }
    now = next;
    reason = why;
  }
}
