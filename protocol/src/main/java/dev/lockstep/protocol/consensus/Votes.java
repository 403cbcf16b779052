package dev.lockstep.protocol.consensus;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.rules.VotingRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The votes of one instance, by regency and member. Bounded: of each member only the votes of its
 * {@value #REGENCIES} highest regencies are kept, so a flooding member pushes out nothing but its
 * own.
 */
final class Votes {
  static final int REGENCIES = 4;

  /** Votes of one regency. */
  static final class Round {
    final Digest[] writes;
    final Digest[] accepts;
    final Bytes[] signatures;

    /** ACCEPTs whose signature is not checked yet; null when there is none. */
    final Digest[] checking;

    /** The signatures of those whose check nobody was asked for yet; else null. */
    final Bytes[] unchecked;

    /** Those whose signature was wrong: nothing more of the member is checked here. */
    final boolean[] refused;

    Round(int members) {
      writes = new Digest[members];
      accepts = new Digest[members];
      signatures = new Bytes[members];
      checking = new Digest[members];
      unchecked = new Bytes[members];
      refused = new boolean[members];
    }

    boolean has(int member) {
      return writes[member] != null
          || accepts[member] != null
          || checking[member] != null
          || refused[member];
    }

    boolean isEmpty() {
      for (int member = 0; member < writes.length; member++) {
        if (has(member)) {
          return false;
        }
      }
      return true;
    }

    void forget(int member) {
      writes[member] = null;
      accepts[member] = null;
      signatures[member] = null;
      checking[member] = null;
      unchecked[member] = null;
      refused[member] = false;
    }
  }

  private final TreeMap<Long, Round> rounds = new TreeMap<>();
  private final int members;
  private final VotingRule rule;

  Votes(int members, VotingRule rule) {
    this.members = members;
    this.rule = rule;
  }

  /** The round for a vote of the member, or null when it has enough votes of higher regencies. */
  Round roundFor(int member, long regency) {
    Round round = rounds.get(regency);
    if (round != null && round.has(member)) {
      return round;
    }
    int held = 0;
    long lowest = Long.MAX_VALUE;
    for (Map.Entry<Long, Round> entry : rounds.entrySet()) {
      if (entry.getValue().has(member)) {
        held++;
        lowest = Math.min(lowest, entry.getKey());
      }
    }
    if (held >= REGENCIES) {
      if (regency < lowest) {
        return null;
      }
      rounds.get(lowest).forget(member);
      if (rounds.get(lowest).isEmpty()) {
        rounds.remove(lowest);
      }
    }
    return rounds.computeIfAbsent(regency, any -> new Round(members));
  }

  Round roundOrNull(long regency) {
    return rounds.get(regency);
  }

  long mask(Digest[] votes, Digest wanted) {
    long mask = 0;
    for (int i = 0; i < members; i++) {
      if (votes[i] != null && rule.countsFor(votes[i], wanted)) {
        mask |= 1L << i;
      }
    }
    return mask;
  }

  long voters(Digest digest) {
    long mask = 0;
    for (Round round : rounds.values()) {
      mask |= mask(round.writes, digest) | mask(round.accepts, digest);
    }
    return mask;
  }

  List<Certificate.Vote> certificateVotes(Round round, Digest digest, List<Integer> replicas) {
    List<Certificate.Vote> votes = new ArrayList<>();
    for (int i = 0; i < members; i++) {
      if (digest.equals(round.accepts[i])) {
        votes.add(new Certificate.Vote(replicas.get(i), round.signatures[i]));
      }
    }
    return votes;
  }
}
