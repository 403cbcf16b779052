package dev.lockstep.simulator.check;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.simulator.Observer;
import dev.lockstep.simulator.Sighting;
import dev.lockstep.simulator.Sighting.Crashed;
import dev.lockstep.simulator.Sighting.Delivered;
import dev.lockstep.simulator.Sighting.Persisted;
import dev.lockstep.simulator.Sighting.Persisting;
import dev.lockstep.simulator.Sighting.Proved;
import dev.lockstep.simulator.Sighting.Received;
import dev.lockstep.simulator.Sighting.Sent;
import dev.lockstep.simulator.Sighting.Started;
import dev.lockstep.simulator.Sighting.Truncated;
import dev.lockstep.simulator.Violation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * I4: how a correct replica votes, also across restarts.
 *
 * <ul>
 *   <li>one WRITE digest and one ACCEPT digest for each instance and regency, even across a loss;
 *   <li>no vote that is new in a lower regency than it promised, none outside its window;
 *   <li>no vote and no STOPDATA before the record behind it is persisted;
 *   <li>ACCEPT only for what a quorum WROTE to it, its own persisted WRITE included;
 *   <li>no vote and no STOPDATA while its log is shorter than its votes (RULES 26), nor after a
 *       loss before it is entitled to them (RULES 27);
 *   <li>a STOPDATA that conceals no vote: "not listed" asserts "never voted" (RULES 23).
 * </ul>
 *
 * <p>Sending the same vote again is always allowed, except for a replica that lost its votes.
 */
public final class VoteChecker implements Observer {
  /** What is known of one replica at one instance and regency. Those of an instance are linked. */
  private static final class Ballot {
    final long regency;
    final Ballot next;
    Digest wrote;
    Digest locked;
    Digest sentWrite;
    Digest sentAccept;

    /** The digest that most senders wrote, in correct runs the only one. */
    Digest received;

    long receivedFrom;

    /** Further digests, from Byzantine senders; rare. */
    Map<Digest, Long> others;

    Ballot(long regency, Ballot next) {
      this.regency = regency;
      this.next = next;
    }

    void receive(Digest digest, long bit) {
      if (received == null) {
        received = digest;
      }
      if (received.equals(digest)) {
        receivedFrom |= bit;
      } else {
        if (others == null) {
          others = new HashMap<>();
        }
        others.merge(digest, bit, (a, b) -> a | b);
      }
    }

    long writers(Digest digest) {
      if (digest.equals(received)) {
        return receivedFrom;
      }
      return others == null ? 0 : others.getOrDefault(digest, 0L);
    }
  }

  private record Pending(long ticket, Record record) {}

  private static final class State {
    final Map<Long, Ballot> ballots = new HashMap<>();
    final ArrayDeque<Pending> pending = new ArrayDeque<>();
    long delivered;

    /** Highest promise handed to storage, and highest confirmed. */
    long promised;

    long promisePersisted;

    /** Highest instance with a vote that was sent, for walking over them. */
    long highestVote;

    /** After a loss, until the mute record is persisted. */
    boolean lost;

    long muteUntil;

    /** Highest instance in the vote file at the restart, minus W. */
    long mustReach;

    /** Records that storage must give back if it keeps its promises. */
    long confirmed;

    Ballot ballot(long instance, long regency) {
      for (Ballot b = ballots.get(instance); b != null; b = b.next) {
        if (b.regency == regency) {
          return b;
        }
      }
      return null;
    }

    Ballot ballotOrNew(long instance, long regency) {
      Ballot first = ballots.get(instance);
      for (Ballot b = first; b != null; b = b.next) {
        if (b.regency == regency) {
          return b;
        }
      }
      Ballot made = new Ballot(regency, first);
      ballots.put(instance, made);
      return made;
    }
  }

  private final CheckContext context;
  private final Group group;
  private final long window;
  private final List<State> states = new ArrayList<>();

  public VoteChecker(CheckContext context) {
    this.context = context;
    group = new Group(context.view(), context.byzantine());
    window = context.view().window();
    for (int i = 0; i < group.size(); i++) {
      states.add(new State());
    }
  }

  private State state(int replica) {
    return states.get(group.position(replica));
  }

  // ---- storage

  @Override
  public void saw(long now, Sighting sighting) {
    if (sighting instanceof Started seen) {
      started(seen.replica(), seen.state());
    } else if (sighting instanceof Crashed seen) {
      crashed(seen.replica());
    } else if (sighting instanceof Proved seen) {
      proved(seen.replica(), seen.instance());
    } else if (sighting instanceof Truncated seen) {
      truncated(seen.replica(), seen.records());
    } else if (sighting instanceof Sent seen) {
      sent(seen.from(), seen.message());
    } else if (sighting instanceof Received seen) {
      received(seen.from(), seen.to(), seen.message());
    } else if (sighting instanceof Persisting seen) {
      persisting(seen.replica(), seen.ticket(), seen.record());
    } else if (sighting instanceof Persisted seen) {
      persisted(seen.replica(), seen.ticket());
    } else if (sighting instanceof Delivered seen) {
      delivered(seen.replica(), seen.delivery());
    }
  }

  private void started(int replica, StartState start) {
    State state = state(replica);
    state.pending.clear();
    state.delivered = start.checkpoint() == null ? 0 : start.checkpoint().instance();
    state.mustReach = 0;
    if (start.kind() != StartState.Kind.INTACT) {
      forget(state);
      state.lost = start.kind() == StartState.Kind.LOST;
      return;
    }
    boolean complete = !context.durable() || start.records().size() >= state.confirmed;
    long promise = 0;
    for (Record record : start.records()) {
      if (record instanceof Record.Promised promised) {
        promise = Math.max(promise, promised.regency());
      }
    }
    if (!complete || promise < state.promisePersisted) {
      throw new IllegalStateException(
          "the simulated storage of replica " + replica + " lost what it had confirmed");
    }
    state.promised = 0;
    long highest = 0;
    for (Record record : start.records()) {
      apply(replica, state, record);
      if (record instanceof Record.Wrote wrote) {
        highest = Math.max(highest, wrote.instance());
      } else if (record instanceof Record.Locked locked) {
        highest = Math.max(highest, locked.instance());
      }
    }
    state.promised = state.promisePersisted;
    state.mustReach = highest - window;
    state.confirmed = start.records().size();
  }

  private void proved(int replica, long instance) {
    state(replica).delivered = instance;
  }

  private void truncated(int replica, int records) {
    state(replica).confirmed -= records;
  }

  /** What was sent stays on the books: the limits after a loss exist to keep it unique. */
  private static void forget(State state) {
    for (Ballot first : state.ballots.values()) {
      for (Ballot b = first; b != null; b = b.next) {
        b.wrote = null;
        b.locked = null;
        b.received = null;
        b.receivedFrom = 0;
        b.others = null;
      }
    }
    state.promised = 0;
    state.promisePersisted = 0;
    state.muteUntil = 0;
    state.confirmed = 0;
  }

  private void crashed(int replica) {
    state(replica).pending.clear();
  }

  private void persisting(int replica, long ticket, Record record) {
    State state = state(replica);
    state.pending.add(new Pending(ticket, record));
    if (record instanceof Record.Promised promised) {
      state.promised = Math.max(state.promised, promised.regency());
    } else if (record instanceof Record.Wrote wrote) {
      checkRecord(replica, state, wrote.instance(), wrote.regency(), record);
    } else if (record instanceof Record.Locked locked) {
      checkRecord(replica, state, locked.instance(), locked.regency(), record);
    }
  }

  /** A vote record is a vote already: it will be sent, or reported as if it had been. */
  private void checkRecord(int replica, State state, long instance, long regency, Record record) {
    if (instance <= state.delivered
        || instance > state.delivered + window
        || regency < state.promised) {
      throw new Violation(
          "I4",
          "replica "
              + replica
              + " votes outside its window or regency: delivered "
              + state.delivered
              + ", promised "
              + state.promised
              + ", "
              + record);
    }
  }

  private void persisted(int replica, long ticket) {
    State state = state(replica);
    while (!state.pending.isEmpty() && state.pending.peek().ticket <= ticket) {
      apply(replica, state, state.pending.poll().record);
      state.confirmed++;
    }
  }

  private void apply(int replica, State state, Record record) {
    if (record instanceof Record.Wrote wrote) {
      Ballot ballot = state.ballotOrNew(wrote.instance(), wrote.regency());
      ballot.wrote = only(replica, "records a WRITE", wrote.batch().digest(), ballot.wrote, record);
    } else if (record instanceof Record.Locked locked) {
      Ballot ballot = state.ballotOrNew(locked.instance(), locked.regency());
      ballot.locked = only(replica, "records a lock", locked.digest(), ballot.locked, record);
    } else if (record instanceof Record.Promised promised) {
      state.promisePersisted = Math.max(state.promisePersisted, promised.regency());
    } else if (record instanceof Record.Muted muted) {
      state.lost = false;
      state.muteUntil = muted.muteUntil();
    }
  }

  private static Digest only(int replica, String what, Digest digest, Digest before, Object in) {
    if (before != null && !before.equals(digest)) {
      throw new Violation(
          "I4", "replica " + replica + " " + what + " after one for " + before + ": " + in);
    }
    return digest;
  }

  // ---- the network

  private void delivered(int replica, Delivery delivery) {
    state(replica).delivered = delivery.instance();
  }

  private void received(int from, int to, Message.ReplicaMessage message) {
    if (message instanceof Message.Write write) {
      state(to)
          .ballotOrNew(write.instance(), write.regency())
          .receive(write.digest(), group.bit(from));
    }
  }

  private void sent(int from, Message.ReplicaMessage message) {
    if (message instanceof Message.Write write) {
      write(from, write);
    } else if (message instanceof Message.Accept accept) {
      accept(from, accept);
    } else if (message instanceof Message.Propose propose) {
      propose(from, propose);
    } else if (message instanceof Message.StopData stop) {
      stopData(from, stop.testimony().core());
    }
  }

  private void write(int replica, Message.Write write) {
    State state = state(replica);
    mayVote(replica, state, write.instance(), write);
    Ballot ballot = state.ballotOrNew(write.instance(), write.regency());
    if (write.digest().equals(ballot.sentWrite)) {
      return;
    }
    only(replica, "sends a WRITE", write.digest(), ballot.sentWrite, write);
    mayVoteAnew(replica, state, write.instance(), write.regency(), write);
    if (!write.digest().equals(ballot.wrote)) {
      throw new Violation(
          "I4", "replica " + replica + " sends before its record is persisted: " + write);
    }
    ballot.sentWrite = write.digest();
    state.highestVote = Math.max(state.highestVote, write.instance());
  }

  private void accept(int replica, Message.Accept accept) {
    State state = state(replica);
    mayVote(replica, state, accept.instance(), accept);
    Ballot ballot = state.ballotOrNew(accept.instance(), accept.regency());
    if (accept.digest().equals(ballot.sentAccept)) {
      return;
    }
    only(replica, "sends an ACCEPT", accept.digest(), ballot.sentAccept, accept);
    mayVoteAnew(replica, state, accept.instance(), accept.regency(), accept);
    boolean byzantine = group.isByzantineMode();
    if (!accept.digest().equals(byzantine ? ballot.locked : ballot.wrote)) {
      throw new Violation(
          "I4", "replica " + replica + " sends before its record is persisted: " + accept);
    }
    if (byzantine) {
      long writers = ballot.writers(accept.digest());
      if (accept.digest().equals(ballot.wrote)) {
        writers |= group.bit(replica);
      }
      if (!group.isVoteQuorum(writers)) {
        throw new Violation(
            "I4",
            "replica "
                + replica
                + " accepts with WRITEs of the set "
                + Long.toBinaryString(writers)
                + " only: "
                + accept);
      }
    }
    ballot.sentAccept = accept.digest();
    state.highestVote = Math.max(state.highestVote, accept.instance());
  }

  private static void mayVote(int replica, State state, long instance, Object vote) {
    if (state.lost || instance <= state.muteUntil) {
      throw new Violation(
          "I4",
          "replica "
              + replica
              + (state.lost ? " lost its votes and" : " is mute up to " + state.muteUntil + " and")
              + " votes: "
              + vote);
    }
  }

  private void mayVoteAnew(int replica, State state, long instance, long regency, Object vote) {
    String fault = null;
    if (regency < state.promised) {
      fault = "after it promised " + state.promised;
    } else if (instance <= state.delivered || instance > state.delivered + window) {
      fault = "outside its window";
    } else if (state.delivered < state.mustReach) {
      fault = "although its old votes need a prefix of " + state.mustReach;
    }
    if (fault != null) {
      throw new Violation(
          "I4",
          "replica "
              + replica
              + " with a prefix of "
              + state.delivered
              + " votes "
              + fault
              + ": "
              + vote);
    }
  }

  private void propose(int replica, Message.Propose propose) {
    if (context.view().leader(propose.regency()) != replica
        || propose.regency() < state(replica).promised) {
      throw new Violation(
          "I4",
          "replica "
              + replica
              + " proposes in regency "
              + propose.regency()
              + ", which is not its");
    }
  }

  private void stopData(int replica, Testimony core) {
    State state = state(replica);
    String fault = null;
    if (core.regency() > state.promisePersisted) {
      fault = "before the promise is persisted";
    } else if (core.regency() < state.promised) {
      fault = "after it promised " + state.promised;
    } else if (state.lost || state.delivered < state.muteUntil) {
      fault = "before it made up for its loss, mute until " + state.muteUntil;
    } else if (state.delivered < state.mustReach) {
      fault = "although its old votes need a prefix of " + state.mustReach;
    } else if (core.lastDelivered() > state.delivered) {
      fault = "with a prefix that it did not deliver";
    }
    for (long t = core.lastDelivered() + 1; fault == null && t <= state.highestVote; t++) {
      for (Ballot b = state.ballots.get(t); fault == null && b != null; b = b.next) {
        // Votes of its regency and of later ones came after the STOPDATA was made.
        if (b.regency < core.regency()) {
          fault = concealed(core, t, b);
        }
      }
    }
    if (fault != null) {
      throw new Violation(
          "I4",
          "replica "
              + replica
              + " with a prefix of "
              + state.delivered
              + " sends a STOPDATA "
              + fault
              + ": "
              + core);
    }
  }

  private static String concealed(Testimony core, long instance, Ballot ballot) {
    if (ballot.sentWrite == null && ballot.sentAccept == null) {
      return null;
    }
    for (Testimony.Open open : core.open()) {
      if (open.instance() != instance) {
        continue;
      }
      if (open.decided() != null) {
        return null;
      }
      long lock = open.lock().regency();
      if (ballot.sentAccept != null
          && (lock < ballot.regency
              || (lock == ballot.regency && !open.lock().digest().equals(ballot.sentAccept)))) {
        return "that conceals its ACCEPT at " + instance + " in regency " + ballot.regency;
      }
      for (Testimony.Written written : open.writeSet()) {
        if (written.regency() >= ballot.regency && written.digest().equals(ballot.sentWrite)) {
          return null;
        }
      }
      return ballot.sentWrite == null
          ? null
          : "that conceals its WRITE at " + instance + " in regency " + ballot.regency;
    }
    return "that conceals its votes at " + instance;
  }
}
