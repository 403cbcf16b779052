package dev.lockstep.protocol.view;

import dev.lockstep.protocol.bytes.CodecLimits;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The membership and everything that changes what is valid (RULES 1). Nothing of this is ever read
 * from a local file of one replica. Immutable.
 *
 * @param id number of the view, from 0
 * @param firstInstance first instance that it orders
 * @param mode fixed at genesis
 * @param window number of instances that may be open at a time (W); fixed at genesis
 * @param members ascending by id
 * @param faults replicas that may fail at the same time (f)
 * @param leaderOrder ids of all members in the order in which they lead
 * @param regencyBase regency in which the first of {@code leaderOrder} leads
 */
public record View(
    int id,
    long firstInstance,
    Mode mode,
    int window,
    List<Member> members,
    int faults,
    List<Integer> leaderOrder,
    long regencyBase,
    Limits limits) {

  /** What faulty replicas may do. */
  public enum Mode {
    /** Anything; n >= 3f+1. */
    BYZANTINE,
    /** Only stop; n >= 2f+1. No signatures and no certificates (RULES 4). */
    CRASH
  }

  /** How a request becomes authentic at a replica that did not get it from the client itself. */
  public enum RequestAuthentication {
    /** By the client's signature. */
    SIGNED,
    /** By the word of f+1 replicas for which it is authentic (RULES 12, 13). */
    VOUCHED
  }

  public record Member(int replica, int weight) {}

  /**
   * Cluster-wide limits.
   *
   * @param batchRequests most requests in a batch
   * @param batchBytes most bytes of bodies in a batch
   * @param requestBytes most bytes of one operation
   * @param sessionWindow requests that a session may have outstanding
   * @param sessionsPerClient live sessions of one identity
   * @param sessions live sessions in total
   * @param replyCacheBytes bytes of held replies in total
   * @param sessionTimeoutMicros ordered time without a request after which a session expires
   * @param openBoundMicros how far ahead of ordered time the deadline of an OPEN may lie
   * @param clockBoundMicros bound within which correct clocks agree (RULES 7)
   */
  public record Limits(
      int batchRequests,
      int batchBytes,
      int requestBytes,
      int sessionWindow,
      int sessionsPerClient,
      int sessions,
      int replyCacheBytes,
      long sessionTimeoutMicros,
      long openBoundMicros,
      long clockBoundMicros,
      RequestAuthentication authentication) {

    /** Limits for a local network. */
    public static Limits defaults(RequestAuthentication authentication) {
      return new Limits(
          1024,
          1 << 20,
          100_000,
          64,
          4096,
          100_000,
          64 << 20,
          600_000_000L,
          60_000_000L,
          500_000L,
          authentication);
    }
  }

  /** Refuses a view that does not satisfy the fault model, with a sentence that says why. */
  public View {
    members = List.copyOf(members);
    leaderOrder = List.copyOf(leaderOrder);
    if (faults < 0) {
      throw new IllegalArgumentException("faults is " + faults + " but must not be negative");
    }
    if (window < 1 || window > 1024) {
      throw new IllegalArgumentException("window is " + window + " but must be 1 to 1024");
    }
    long least = (mode == Mode.BYZANTINE ? 3L : 2L) * faults + 1;
    if (members.size() < least || members.size() > 64) {
      throw new IllegalArgumentException(
          "a group that tolerates "
              + faults
              + (mode == Mode.BYZANTINE ? " Byzantine" : " crash")
              + " faults needs "
              + least
              + " to 64 replicas, not "
              + members.size());
    }
    long total = 0;
    int previous = Integer.MIN_VALUE;
    List<Integer> weights = new ArrayList<>();
    Set<Integer> ids = new HashSet<>();
    for (Member member : members) {
      if (member.replica <= previous || member.replica < 0) {
        throw new IllegalArgumentException("replica ids must be ascending, distinct, from 0");
      }
      if (member.weight < 1 || member.weight > 1_000_000) {
        throw new IllegalArgumentException(
            "weight of replica " + member.replica + " is " + member.weight + ", not 1 to 1000000");
      }
      previous = member.replica;
      total += member.weight;
      weights.add(member.weight);
      ids.add(member.replica);
    }
    weights.sort(null);
    long heaviest = 0;
    for (int i = 0; i < faults; i++) {
      heaviest += weights.get(weights.size() - 1 - i);
    }
    if (total <= (mode == Mode.BYZANTINE ? 3 : 2) * heaviest) {
      throw new IllegalArgumentException(
          "total weight "
              + total
              + " is too little: the "
              + faults
              + " heaviest replicas hold "
              + heaviest);
    }
    if (leaderOrder.size() != members.size() || !ids.equals(new HashSet<>(leaderOrder))) {
      throw new IllegalArgumentException("leaderOrder must name every member once");
    }
  }

  /** A first view of replicas 0 to n-1 with the given weights, leaders in order of their ids. */
  public static View genesis(
      Mode mode, int window, List<Integer> weights, int faults, Limits limits) {
    List<Member> members = new ArrayList<>();
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < weights.size(); i++) {
      members.add(new Member(i, weights.get(i)));
      order.add(i);
    }
    return new View(0, 1, mode, window, members, faults, order, 0, limits);
  }

  public boolean byzantine() {
    return mode == Mode.BYZANTINE;
  }

  /**
   * Whether requests carry their client's signature, which everybody checks. In crash mode nobody
   * lies, and none is made.
   */
  public boolean requestsAreSigned() {
    return byzantine() && limits.authentication() == RequestAuthentication.SIGNED;
  }

  public int size() {
    return members.size();
  }

  /** Position of a replica among the members, or -1. */
  public int indexOf(int replica) {
    if (replica >= 0 && replica < members.size() && members.get(replica).replica == replica) {
      return replica; // the usual case: ids from 0 without gaps
    }
    for (int i = 0; i < members.size(); i++) {
      if (members.get(i).replica == replica) {
        return i;
      }
    }
    return -1;
  }

  public boolean contains(int replica) {
    return indexOf(replica) >= 0;
  }

  /** The leader of a regency (RULES 3). Nobody computes a leader otherwise. */
  public int leader(long regency) {
    return leaderOrder.get((int) Math.floorMod(regency - regencyBase, (long) leaderOrder.size()));
  }

  /** How large the messages of this view may be. */
  public CodecLimits codecLimits() {
    return CodecLimits.of(
        limits.requestBytes(), limits.replyCacheBytes(), limits.batchRequests(), window);
  }
}
