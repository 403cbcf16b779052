package dev.lockstep.simulator.check;

import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.protocol.port.Delivery.Command;
import dev.lockstep.protocol.port.StartState;
import dev.lockstep.simulator.Observer;
import dev.lockstep.simulator.Sighting;
import dev.lockstep.simulator.Sighting.Delivered;
import dev.lockstep.simulator.Sighting.Proved;
import dev.lockstep.simulator.Sighting.Started;
import dev.lockstep.simulator.Violation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * I1 and I2 on deliveries: every correct replica delivers without gaps from instance 1, after a
 * restart again from there or from its checkpoint, and all deliver the same; within a session
 * sequences are executed one by one from 1, hence none twice.
 *
 * <p>The common log is what any correct replica ever delivered. It outlives crashes, so a group
 * that forgets a delivery and puts another into its place is caught.
 */
public final class LogChecker implements Observer {
  private record Session(ClientId client, long id) {}

  private final Group group;
  private final long[] delivered;
  private final List<Delivery> log = new ArrayList<>();
  private final Map<Session, Long> executed = new HashMap<>();

  public LogChecker(CheckContext context) {
    group = new Group(context.view(), context.byzantine());
    delivered = new long[group.size()];
  }

  @Override
  public void saw(long now, Sighting sighting) {
    if (sighting instanceof Started seen) {
      started(seen.replica(), seen.state());
    } else if (sighting instanceof Proved seen) {
      proved(seen.replica(), seen.instance());
    } else if (sighting instanceof Delivered seen) {
      delivered(seen.replica(), seen.delivery());
    }
  }

  private void started(int replica, StartState state) {
    delivered[group.position(replica)] =
        state.checkpoint() == null ? 0 : state.checkpoint().instance();
  }

  private void proved(int replica, long instance) {
    int at = group.position(replica);
    if (instance < delivered[at]) {
      throw new Violation(
          "I2",
          "replica "
              + replica
              + " takes up a state of instance "
              + instance
              + " after it delivered "
              + delivered[at]);
    }
    delivered[at] = instance;
  }

  private void delivered(int replica, Delivery delivery) {
    int at = group.position(replica);
    if (delivery.instance() != delivered[at] + 1) {
      throw new Violation(
          "I2",
          "replica "
              + replica
              + " delivers instance "
              + delivery.instance()
              + " after "
              + delivered[at]);
    }
    delivered[at]++;
    if (delivery.instance() <= log.size()) {
      compare(replica, log.get((int) delivery.instance() - 1), delivery);
    } else if (delivery.instance() == log.size() + 1) {
      // Else a replica got past what any other delivered while its state was not proved.
      for (Command command : delivery.commands()) {
        execute(delivery.instance(), command);
      }
      log.add(delivery);
    }
  }

  private void execute(long instance, Command command) {
    // OPEN stands outside the sessions: the protocol itself executes it.
    if (command.request().kind() == Request.Kind.OPEN) {
      return;
    }
    Session session = new Session(command.client(), command.session());
    Long last = executed.put(session, command.sequence());
    if (command.sequence() != (last == null ? 1 : last + 1)) {
      throw new Violation(
          "I2",
          "instance "
              + instance
              + " executes sequence "
              + command.sequence()
              + " of "
              + session
              + " after "
              + (last == null ? "none" : last));
    }
  }

  private static void compare(int replica, Delivery first, Delivery second) {
    boolean same =
        first.timestampMicros() == second.timestampMicros()
            && first.nonceSeed().equals(second.nonceSeed())
            && first.regency() == second.regency()
            && first.leader() == second.leader()
            && first.commands().size() == second.commands().size();
    for (int i = 0; same && i < first.commands().size(); i++) {
      same = isSame(first.commands().get(i), second.commands().get(i));
    }
    if (!same) {
      throw new Violation(
          "I1",
          "replica "
              + replica
              + " delivers something else at instance "
              + first.instance()
              + " than was delivered there before: "
              + second
              + ", not "
              + first);
    }
  }

  /** Signatures may differ: they are not part of the value (RULES 5). */
  private static boolean isSame(Command first, Command second) {
    return first.index() == second.index()
        && first.session() == second.session()
        && first.sequence() == second.sequence()
        && first.client().equals(second.client())
        && first.request().digest().equals(second.request().digest());
  }
}
