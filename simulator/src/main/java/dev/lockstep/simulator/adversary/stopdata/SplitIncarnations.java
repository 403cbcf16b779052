package dev.lockstep.simulator.adversary.stopdata;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;
import dev.lockstep.simulator.adversary.Forge;
import java.util.List;

/**
 * F19: in each regency it is the first to tell the next leader that it never voted, and tells only
 * the others that it lost its votes since.
 */
public final class SplitIncarnations extends Behaviour {
  private final boolean tellsTheLeader;

  /** The highest regency that anybody asked for. */
  private long regency;

  /** What it claimed last. */
  private long incarnation;

  public SplitIncarnations() {
    this(false);
  }

  /**
   * @param tellsTheLeader whether the leader hears of the new incarnation too
   */
  public SplitIncarnations(boolean tellsTheLeader) {
    super("split-incarnations");
    this.tellsTheLeader = tellsTheLeader;
  }

  /** What its core states comes too late to count. */
  @Override
  protected void stopData(AdversaryContext context, int to, Message.StopData data) {}

  @Override
  public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
    if (message instanceof Message.Stop stop) {
      split(context, stop.regency());
    } else if (message instanceof Message.Status status) {
      split(context, status.nextRegency());
    }
    return true;
  }

  private void split(AdversaryContext context, long wanted) {
    if (wanted <= regency || wanted > Integer.MAX_VALUE) {
      return;
    }
    regency = wanted;
    int leader = context.view().leader(regency);
    if (leader == context.self()) {
      return;
    }
    Testimony nothing =
        new Testimony(regency, context.self(), incarnation, 0, List.of(), List.of());
    context.send(leader, new Message.StopData(Forge.sign(context, nothing), List.of()));
    incarnation++;
    Bytes claim =
        context
            .signer()
            .sign(Statements.incarnation(context.cluster(), context.self(), incarnation));
    for (int other : context.others()) {
      if (other != leader || tellsTheLeader) {
        context.send(other, new Message.Recover(regency, incarnation, claim));
      }
    }
  }
}
