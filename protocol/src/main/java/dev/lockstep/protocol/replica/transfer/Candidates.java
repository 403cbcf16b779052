package dev.lockstep.protocol.replica.transfer;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Message.Offer;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.replica.facts.Sources;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.rules.TransferRule;
import dev.lockstep.protocol.view.PeerTable;
import dev.lockstep.protocol.view.ViewHistory;
import dev.lockstep.protocol.view.VoteSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntConsumer;
import java.util.function.LongPredicate;

/**
 * What the others offer and claim, who of them was caught lying, and which checkpoint to try next.
 */
final class Candidates {
  /** Claims that are remembered of each member. */
  private static final int CLAIMS = 16;

  /** What any state may grow by between two checkpoints, beside doubling. */
  private static final long GROWTH_BYTES = 64L << 20;

  private static final class Source {
    /** State hashes by instance: the first that it claimed for each. */
    final TreeMap<Long, Digest> claims = new TreeMap<>();

    List<Offer> offers = List.of();

    /** It was caught; nothing that it says counts in this transfer. */
    boolean liar;

    /** Checkpoints of its that did not come, or too slowly, in this transfer. */
    int failures;

    /** The size of the checkpoint that it offers, or -1. */
    long bytesOf(long instance, Digest hash) {
      for (Offer offer : offers) {
        if (offer.instance() == instance && offer.hash().equals(hash)) {
          return offer.bytes();
        }
      }
      return -1;
    }

    long largestOffer() {
      long largest = 0;
      for (Offer offer : offers) {
        largest = Math.max(largest, offer.bytes());
      }
      return largest;
    }

    boolean claims(long instance, Digest hash) {
      return hash.equals(claims.get(instance));
    }
  }

  private final ViewHistory views;
  private final Outbox out;
  private final DecisionLog log;
  private final Sources sources;
  private final TransferRule rule;
  private final PeerTable<Source> offering;
  private final Set<Candidate> tried = new HashSet<>();

  Candidates(ViewHistory views, Outbox out, DecisionLog log, Sources sources, TransferRule rule) {
    this.views = views;
    this.out = out;
    this.log = log;
    this.sources = sources;
    this.rule = rule;
    offering = new PeerTable<>(views.peers(), id -> new Source());
  }

  /** A transfer begins: nobody has lied in it, and nothing was tried. */
  void begin() {
    offering.forEachState(
        source -> {
          source.liar = false;
          source.failures = 0;
        });
    tried.clear();
  }

  /**
   * What the replica has now; and what it claims, which counts for good.
   *
   * @param isOfUse whether a claim for the instance can still be compared with something: one that
   *     is being compared stays, however many its member makes
   */
  void onOffers(int from, List<Offer> offers, LongPredicate isOfUse) {
    Source source = offering.of(from);
    source.offers = offers;
    for (Offer offer : offers) {
      if (source.claims.size() >= CLAIMS) {
        source.claims.keySet().removeIf(t -> !isOfUse.test(t));
      }
      if (source.claims.size() < CLAIMS) {
        source.claims.putIfAbsent(offer.instance(), offer.hash());
      }
    }
  }

  /** It has nothing any more, until it offers again. */
  void forgetOffers(int from) {
    offering.of(from).offers = List.of();
  }

  /** What the replica claims of the instance, or null; also when it was caught lying. */
  Digest claimOrNull(int replica, long instance) {
    return offering.of(replica).claims.get(instance);
  }

  /** The highest instance that the replica claims something of, or 0. */
  long highestClaim(int replica) {
    TreeMap<Long, Digest> claims = offering.of(replica).claims;
    return claims.isEmpty() ? 0 : claims.lastKey();
  }

  boolean isLiar(int replica) {
    return offering.of(replica).liar;
  }

  /** The replica said what is wrong: nothing that it says counts in this transfer. */
  void blame(int replica, String why) {
    Source source = offering.of(replica);
    if (!source.liar) {
      source.liar = true;
      out.count(Event.TRANSFER_BLAMED, replica);
      out.trace("blames " + replica, why);
    }
  }

  /** All that claim what the candidate is, ascending. */
  void forEachClaiming(Candidate candidate, IntConsumer each) {
    offering.forEach(
        (peer, source) -> {
          if (source.claims(candidate.instance(), candidate.hash())) {
            each.accept(peer);
          }
        });
  }

  /** Whether it offers exactly this checkpoint, and was not caught lying. */
  boolean canGive(int peer, Candidate candidate) {
    Source source = offering.of(peer);
    return !source.liar
        && source.claims(candidate.instance(), candidate.hash())
        && source.bytesOf(candidate.instance(), candidate.hash()) >= 0;
  }

  /** The size of the candidate by the word of its source, in bytes; -1 if it has it no more. */
  long bytes(Candidate candidate) {
    return offering.of(candidate.source()).bytesOf(candidate.instance(), candidate.hash());
  }

  /** The candidate did not come, or too slowly: its source is tried after others from now on. */
  void noteFailure(Candidate candidate) {
    offering.of(candidate.source()).failures++;
  }

  /** How often checkpoints of the replica did not come, or too slowly, in this transfer. */
  int failures(int replica) {
    return offering.of(replica).failures;
  }

  /** Whether anybody does. */
  boolean canAnybodyGive(Candidate candidate) {
    for (int i = 0; i < offering.size(); i++) {
      if (canGive(offering.idAt(i), candidate)) {
        return true;
      }
    }
    return false;
  }

  void markTried(Candidate candidate) {
    tried.add(candidate);
  }

  /** All may be tried again. */
  void forgetTried() {
    tried.clear();
  }

  /**
   * What to try, in this order: the newest checkpoint for which as many others have newer ones as
   * are needed to prove it; then those that more can prove; then newer ones, older ones. Those of
   * sources whose checkpoints did not come before are behind, and those for which there are not
   * claims enough come last; what was tried does not come, nor what is much larger than what others
   * offer. Null if there is nothing.
   *
   * @param above the instance that a checkpoint must be above
   */
  Candidate nextOrNull(long above) {
    List<Candidate> order = inOrder(above);
    for (Candidate each : order) {
      if (!tried.contains(each) && canBeProved(each)) {
        return each;
      }
    }
    for (Candidate each : order) {
      if (!tried.contains(each)) {
        return each;
      }
    }
    return null;
  }

  private List<Candidate> inOrder(long above) {
    List<Candidate> newest = new ArrayList<>();
    List<Candidate> older = new ArrayList<>();
    for (int peer : out.others()) {
      List<Candidate> offered = offeredBy(peer, above);
      if (!offered.isEmpty()) {
        newest.add(offered.get(0));
        older.addAll(offered.subList(1, offered.size()));
      }
    }
    newest.sort(
        Comparator.comparingLong(Candidate::instance)
            .reversed()
            .thenComparingInt(Candidate::source));
    older.sort(Comparator.comparingLong(Candidate::instance).reversed());
    List<Candidate> order = new ArrayList<>();
    int first = Math.min(provers() - 1, newest.size() - 1);
    for (int i = first; i >= 0 && i < newest.size(); i++) {
      order.add(newest.get(i));
    }
    for (int i = first - 1; i >= 0; i--) {
      order.add(newest.get(i));
    }
    order.addAll(older);
    order.sort(Comparator.comparingInt(each -> failures(each.source())));
    return order;
  }

  /** The newest first. */
  private List<Candidate> offeredBy(int peer, long above) {
    List<Candidate> offered = new ArrayList<>();
    Source source = offering.of(peer);
    if (source.liar || sources.isShunned(peer)) {
      return offered;
    }
    long most = mostBytes();
    for (Offer offer : source.offers) {
      if (offer.instance() >= 1
          && offer.bytes() <= most
          && offer.instance() > above
          && source.claims(offer.instance(), offer.hash())
          && mayBegin(offer)) {
        offered.add(new Candidate(peer, offer.instance(), offer.hash()));
      }
    }
    offered.sort(Comparator.comparingLong(Candidate::instance).reversed());
    return offered;
  }

  /**
   * How large a checkpoint may be: states grow, but not to a multiple of what a correct replica has
   * of late.
   */
  private long mostBytes() {
    long[] largest = new long[offering.size()];
    int offer = 0;
    for (int i = 0; i < largest.length; i++) {
      largest[i] = offering.at(i).largestOffer();
      offer += offering.at(i).offers.isEmpty() ? 0 : 1;
    }
    if (offer < provers()) {
      return Long.MAX_VALUE;
    }
    Arrays.sort(largest);
    long ofOneCorrect = largest[largest.length - provers()];
    return ofOneCorrect > Long.MAX_VALUE / 4 ? Long.MAX_VALUE : 2 * ofOneCorrect + GROWTH_BYTES;
  }

  /** Of how many replicas one must be correct. */
  private int provers() {
    return views.quorums(log.last() + 1).oneCorrect();
  }

  private boolean mayBegin(Offer offer) {
    VoteSet same = views.installing().none();
    offering.forEach(
        (peer, source) -> {
          if (source.claims(offer.instance(), offer.hash())) {
            same.add(peer);
          }
        });
    return rule.mayBegin(same);
  }

  /** Whether there are claims enough at or after the candidate. */
  boolean canBeProved(Candidate candidate) {
    VoteSet claiming = views.installing().none();
    claiming.add(candidate.source());
    offering.forEach(
        (peer, source) -> {
          if (!source.liar && source.claims.ceilingKey(candidate.instance()) != null) {
            claiming.add(peer);
          }
        });
    return claiming.hasOneCorrect();
  }
}
