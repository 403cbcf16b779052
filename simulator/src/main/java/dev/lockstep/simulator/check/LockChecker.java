package dev.lockstep.simulator.check;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.simulator.Observer;
import dev.lockstep.simulator.Sighting;
import dev.lockstep.simulator.Sighting.Persisting;
import dev.lockstep.simulator.Sighting.Sent;
import dev.lockstep.simulator.Sighting.Started;
import dev.lockstep.simulator.Violation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * I5 and I7: what a quorum may have decided binds every later regency, and locks are unique.
 *
 * <p>I5: as soon as the correct replicas that sent ACCEPT(t, e, d) and the Byzantine ones together
 * are a vote quorum, a certificate may exist, whether or not anybody assembles it. From then on,
 * and before, no correct replica may vote for another digest at t in a regency above e.
 *
 * <p>I7: a replica's locks at an instance never go back to a lower regency, and two locks of the
 * same regency and instance have the same digest, at all correct replicas. In crash mode a vote is
 * the lock.
 */
public final class LockChecker implements Observer {
  /** A value with which something happened at an instance in a regency. */
  private static final class Value {
    final long regency;
    final Digest digest;
    long accepters;
    boolean decidable;

    Value(long regency, Digest digest) {
      this.regency = regency;
      this.digest = digest;
    }
  }

  private record Lock(long regency, Digest digest) {}

  private record LockKey(long instance, long regency) {}

  private final Group group;

  /** Values that correct replicas voted for, by instance; rarely more than two or three. */
  private final Map<Long, List<Value>> values = new HashMap<>();

  private final Map<LockKey, Digest> locks = new HashMap<>();

  /** Per replica, by instance. */
  private final List<Map<Long, Lock>> last = new ArrayList<>();

  public LockChecker(CheckContext context) {
    group = new Group(context.view(), context.byzantine());
    for (int i = 0; i < group.size(); i++) {
      last.add(new HashMap<>());
    }
  }

  // ---- I5

  @Override
  public void saw(long now, Sighting sighting) {
    if (sighting instanceof Started seen) {
      started(seen.replica(), seen.state());
    } else if (sighting instanceof Sent seen) {
      sent(seen.from(), seen.message());
    } else if (sighting instanceof Persisting seen) {
      persisting(seen.replica(), seen.record());
    }
  }

  private void sent(int from, Message.ReplicaMessage message) {
    if (message instanceof Message.Write write) {
      vote(from, write.instance(), write.regency(), write.digest(), false);
    } else if (message instanceof Message.Accept accept) {
      vote(from, accept.instance(), accept.regency(), accept.digest(), true);
    }
  }

  private void vote(int replica, long instance, long regency, Digest digest, boolean accept) {
    List<Value> known = values.computeIfAbsent(instance, t -> new ArrayList<>(2));
    Value value = null;
    for (int i = 0; i < known.size(); i++) {
      Value candidate = known.get(i);
      if (candidate.regency == regency && candidate.digest.equals(digest)) {
        value = candidate;
        break;
      }
    }
    if (value == null) {
      value = new Value(regency, digest);
      for (Value earlier : known) {
        if (earlier.decidable) {
          compare(instance, earlier, value);
        }
      }
      known.add(value);
    }
    long bit = group.bit(replica);
    if (accept && (value.accepters & bit) == 0) {
      value.accepters |= bit;
      if (!value.decidable && group.isVoteQuorumWithByzantine(value.accepters)) {
        value.decidable = true;
        for (Value other : known) {
          compare(instance, value, other);
        }
      }
    }
  }

  private static void compare(long instance, Value decidable, Value other) {
    if (other.regency > decidable.regency && !other.digest.equals(decidable.digest)) {
      throw new Violation(
          "I5",
          "instance "
              + instance
              + " may be decided as "
              + decidable.digest
              + " in regency "
              + decidable.regency
              + ", but a correct replica votes for "
              + other.digest
              + " in regency "
              + other.regency);
    }
  }

  // ---- I7

  private void started(int replica, StartState state) {
    // Locks that did not reach the disk before a crash never left the replica.
    Map<Long, Lock> own = last.get(group.position(replica));
    own.clear();
    if (state.kind() == StartState.Kind.INTACT) {
      for (Record record : state.records()) {
        locked(replica, own, record);
      }
    }
  }

  private void persisting(int replica, Record record) {
    locked(replica, last.get(group.position(replica)), record);
  }

  private void locked(int replica, Map<Long, Lock> own, Record record) {
    if (record instanceof Record.Locked locked) {
      locked(replica, own, locked.instance(), locked.regency(), locked.digest());
    } else if (record instanceof Record.Wrote wrote && !group.isByzantineMode()) {
      locked(replica, own, wrote.instance(), wrote.regency(), wrote.batch().digest());
    }
  }

  private void locked(
      int replica, Map<Long, Lock> own, long instance, long regency, Digest digest) {
    Lock before = own.put(instance, new Lock(regency, digest));
    if (before != null && before.regency > regency) {
      throw new Violation(
          "I7",
          "replica "
              + replica
              + " goes back at instance "
              + instance
              + " from a lock of regency "
              + before.regency
              + " to one of "
              + regency);
    }
    Digest first = locks.putIfAbsent(new LockKey(instance, regency), digest);
    if (first != null && !first.equals(digest)) {
      throw new Violation(
          "I7",
          "instance "
              + instance
              + " has locks on "
              + first
              + " and "
              + digest
              + " in regency "
              + regency
              + ", the latter at replica "
              + replica);
    }
  }
}
