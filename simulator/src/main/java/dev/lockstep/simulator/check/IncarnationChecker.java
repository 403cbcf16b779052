package dev.lockstep.simulator.check;

import dev.lockstep.protocol.message.Claim;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.simulator.Observer;
import dev.lockstep.simulator.Sighting;
import dev.lockstep.simulator.Sighting.Persisted;
import dev.lockstep.simulator.Sighting.Persisting;
import dev.lockstep.simulator.Sighting.Received;
import dev.lockstep.simulator.Sighting.Sent;
import dev.lockstep.simulator.Sighting.Started;
import dev.lockstep.simulator.Violation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * I14: what becomes of the words of a replica that lost its votes (RULES 27).
 *
 * <ul>
 *   <li>an answer to it names only what is persisted, all that its sender acknowledged before, and
 *       no lower regency than its sender promised;
 *   <li>it concludes only with a quorum of answers of regencies whose SYNC it has;
 *   <li>a STOPDATA names all that its sender acknowledged in this life when it had promised less,
 *       and all incarnations that were in force when this life began after a loss;
 *   <li>a SYNC contains no entry whose sender has a newer incarnation by another of its entries.
 * </ul>
 */
public final class IncarnationChecker implements Observer {
  private record Pending(long ticket, Record record) {}

  private static final class State {
    final ArrayDeque<Pending> pending = new ArrayDeque<>();

    /** Of each other replica the highest incarnation that is persisted here. */
    final Map<Integer, Long> persisted = new TreeMap<>();

    /**
     * Of each other replica the incarnations that were acknowledged, each with the regency that was
     * named then: what is stated of later regencies must name them.
     */
    final Map<Integer, TreeMap<Long, Long>> acknowledged = new TreeMap<>();

    void acknowledge(int other, long incarnation, long regency) {
      acknowledged
          .computeIfAbsent(other, any -> new TreeMap<>())
          .merge(incarnation, regency, Math::min);
    }

    /** The last answer of each other replica since the start. */
    final Map<Integer, Message.RecoverReply> answers = new TreeMap<>();

    /** The highest regency promised in this life. */
    long promised;

    /** The highest regency whose SYNC it received or made since the start. */
    long synced;
  }

  private final Group group;
  private final List<State> states = new ArrayList<>();

  /** Of each replica that came back after a loss the incarnation that it took. */
  private final Map<Integer, Long> inForce = new TreeMap<>();

  public IncarnationChecker(CheckContext context) {
    group = new Group(context.view(), context.byzantine());
    for (int i = 0; i < group.size(); i++) {
      states.add(new State());
    }
  }

  private State state(int replica) {
    return states.get(group.position(replica));
  }

  @Override
  public void saw(long now, Sighting sighting) {
    if (sighting instanceof Started seen) {
      started(seen.replica(), seen.state());
    } else if (sighting instanceof Sent seen) {
      sent(seen.from(), seen.to(), seen.message());
    } else if (sighting instanceof Received seen) {
      received(seen.from(), seen.to(), seen.message());
    } else if (sighting instanceof Persisting seen) {
      persisting(seen.replica(), seen.ticket(), seen.record());
    } else if (sighting instanceof Persisted seen) {
      persisted(seen.replica(), seen.ticket());
    }
  }

  private void started(int replica, StartState start) {
    State state = state(replica);
    state.pending.clear();
    state.persisted.clear();
    state.answers.clear();
    state.promised = 0;
    state.synced = 0;
    boolean intact = start.kind() == StartState.Kind.INTACT;
    if (!intact) {
      state.acknowledged.clear();
      inForce.forEach((other, incarnation) -> state.acknowledge(other, incarnation, -1));
      state.acknowledged.remove(replica);
    }
    for (Record record : start.records()) {
      if (record instanceof Record.Incarnation known) {
        state.persisted.merge(known.replica(), known.incarnation(), Math::max);
      } else if (record instanceof Record.Promised promise && intact) {
        state.promised = Math.max(state.promised, promise.regency());
      }
    }
  }

  private void persisting(int replica, long ticket, Record record) {
    State state = state(replica);
    state.pending.add(new Pending(ticket, record));
    if (record instanceof Record.Promised promise) {
      state.promised = Math.max(state.promised, promise.regency());
    } else if (record instanceof Record.Muted muted) {
      concludes(replica, state, muted);
    }
  }

  private void persisted(int replica, long ticket) {
    State state = state(replica);
    while (!state.pending.isEmpty() && state.pending.peek().ticket <= ticket) {
      Record record = state.pending.poll().record;
      if (record instanceof Record.Incarnation known) {
        state.persisted.merge(known.replica(), known.incarnation(), Math::max);
      } else if (record instanceof Record.Muted muted) {
        inForce.merge(replica, muted.incarnation(), Math::max);
      }
    }
  }

  private void concludes(int replica, State state, Record.Muted muted) {
    long counted = 0;
    for (Map.Entry<Integer, Message.RecoverReply> each : state.answers.entrySet()) {
      Message.RecoverReply answer = each.getValue();
      if (answer.incarnation() == muted.incarnation() && answer.promised() <= state.synced) {
        counted |= group.bit(each.getKey());
      }
    }
    if (!group.isVoteQuorum(counted)) {
      throw new Violation(
          "I14",
          "replica "
              + replica
              + " takes incarnation "
              + muted.incarnation()
              + " with answers of the set "
              + Long.toBinaryString(counted)
              + " only, having the SYNC of regency "
              + state.synced);
    }
  }

  private void received(int from, int to, Message.ReplicaMessage message) {
    State state = state(to);
    if (message instanceof Message.RecoverReply answer) {
      state.answers.put(from, answer);
    } else if (message instanceof Message.Sync sync) {
      state.synced = Math.max(state.synced, sync.regency());
    }
  }

  private void sent(int from, int to, Message.ReplicaMessage message) {
    State state = state(from);
    if (message instanceof Message.RecoverReply answer) {
      answers(from, to, state, answer);
    } else if (message instanceof Message.StopData said) {
      testifies(from, state, said.testimony().core());
    } else if (message instanceof Message.Sync sync) {
      state.synced = Math.max(state.synced, sync.regency());
      checkSync(from, sync);
    }
  }

  private void answers(int replica, int asker, State state, Message.RecoverReply answer) {
    Map<Integer, Long> named = named(answer.acknowledged());
    if (answer.incarnation() > 0) {
      named.put(asker, answer.incarnation());
      state.acknowledge(asker, answer.incarnation(), answer.promised());
    }
    boolean durable =
        named.entrySet().stream()
            .allMatch(each -> each.getValue() <= state.persisted.getOrDefault(each.getKey(), 0L));
    boolean complete =
        state.acknowledged.entrySet().stream()
            .allMatch(each -> each.getValue().lastKey() <= named.getOrDefault(each.getKey(), 0L));
    if (!durable || !complete || answer.promised() < state.promised) {
      throw new Violation(
          "I14",
          "replica "
              + replica
              + " answers replica "
              + asker
              + " with regency "
              + answer.promised()
              + " and incarnations "
              + named
              + ", but promised "
              + state.promised
              + ", has persisted "
              + state.persisted
              + " and acknowledged "
              + state.acknowledged);
    }
  }

  private static void testifies(int replica, State state, Testimony core) {
    Map<Integer, Long> named = named(core.acknowledged());
    state.acknowledged.forEach(
        (other, incarnations) -> {
          long least = 0;
          for (Map.Entry<Long, Long> each : incarnations.entrySet()) {
            least = each.getValue() < core.regency() ? each.getKey() : least;
          }
          if (named.getOrDefault(other, 0L) < least) {
            throw new Violation(
                "I14",
                "replica "
                    + replica
                    + " names incarnations "
                    + named
                    + " in a STOPDATA, but must know "
                    + state.acknowledged);
          }
        });
  }

  private static void checkSync(int replica, Message.Sync sync) {
    for (Message.SignedTestimony entry : sync.entries()) {
      long newest = 0;
      for (Message.SignedTestimony other : sync.entries()) {
        newest =
            Math.max(
                newest,
                named(other.core().acknowledged()).getOrDefault(entry.core().replica(), 0L));
      }
      if (newest > entry.core().incarnation()) {
        throw new Violation(
            "I14",
            "replica "
                + replica
                + " sends a SYNC with what replica "
                + entry.core().replica()
                + " said in incarnation "
                + entry.core().incarnation()
                + ", although another entry names its incarnation "
                + newest);
      }
    }
  }

  private static Map<Integer, Long> named(List<Claim> claims) {
    Map<Integer, Long> named = new TreeMap<>();
    for (Claim claim : claims) {
      named.merge(claim.replica(), claim.incarnation(), Math::max);
    }
    return named;
  }
}
