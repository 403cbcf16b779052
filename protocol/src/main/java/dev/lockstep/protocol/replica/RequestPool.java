package dev.lockstep.protocol.replica;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.rules.RequestRule;
import dev.lockstep.protocol.state.Sessions;
import dev.lockstep.protocol.state.Standing;
import dev.lockstep.protocol.view.QuorumSystem;
import dev.lockstep.protocol.view.View;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The requests that a replica holds before their delivery: which of them are authentic (RULES 12),
 * which wait for the leader and for how long (RULES 10, 36), and whose budget they burden.
 *
 * <p>Three kinds of entries: pending ones are authentic and wait for delivery; sponsored ones are
 * held on the word of peers that does not suffice yet, within those peers' budgets; pinned ones
 * belong to values that this replica must be able to deliver (RULES 15).
 */
final class RequestPool {
  /** Most requests and bytes forwarded in one message. */
  private static final int FORWARD_REQUESTS = 64;

  private static final int FORWARD_BYTES = 256 << 10;

  /**
   * Delivered requests for which a client stays greylisted the first time (RULES 13). Some seconds
   * of a small group's work: each greylisting may have cost a regency change, and an honest client
   * loses little by it.
   */
  static final long GREYLIST_REQUESTS = 4096;

  /**
   * A client that was told so often that it has too much outstanding, and goes on, is greylisted:
   * each replica holds another part of what it sends, so what one proposes is not with the others.
   */
  static final int REFUSED_MOST = 256;

  /**
   * Requests of a greylisted client that a choice passes over. They are vouched for in the same
   * order, so there is nothing to be found behind so many; and a client that floods must not make
   * every choice expensive.
   */
  private static final int LATER_MOST = 128;

  /** Each further time it is this many times as long, up to {@link #GREYLIST_MOST}. */
  static final long GREYLIST_GROWTH = 4;

  private static final long GREYLIST_MOST = GREYLIST_REQUESTS << 8;

  /** Unknown digests for which peers' questions and complaints are remembered. */
  private static final int REMEMBERED = 4096;

  static final class Entry {
    final Digest digest;

    /** Null while it is only expected: a pinned value names it, and its body is not here yet. */
    Request request;

    /** Values that are pinned and name it. */
    int pins;

    /** Highest instance above the delivered ones for which this replica voted for it, or 0. */
    long votedAt;

    boolean authentic;
    boolean pending;

    /** It arrived from the client itself. */
    boolean direct;

    /** Members that vouched for it, as positions. */
    long vouchers;

    /** Member in whose budget it is held, or -1. */
    int sponsor = -1;

    /** Replica that the client wants the full reply from, or -1. */
    int replier = -1;

    /** It stands in a value of an instance that is not delivered: not to be proposed again. */
    boolean inFlight;

    /** Whether it is its session's next here; since when. */
    boolean ready;

    long since;

    /** Since when its deadline runs: it is the first of its client. Zero otherwise. */
    long timedSince;

    long forwardedAt = -1;

    /** The choice that took it last, see {@link #choose}. */
    long chosenIn;

    Entry(Digest digest) {
      this.digest = digest;
    }
  }

  /**
   * Pending requests of one client by session and sequence: at one place in a session at most two,
   * but all OPENs, which are at 0, 0.
   */
  private static final class ClientQueue {
    final ClientId client;
    final TreeMap<Long, TreeMap<Long, Collection<Entry>>> sessions = new TreeMap<>();

    /** Those whose turn it is in their sessions, in the order in which it became their turn. */
    final LinkedHashSet<Entry> ready = new LinkedHashSet<>();

    /**
     * Those of {@link #ready} that may have something to be proposed in their sessions: themselves
     * or a successor. A choice drops those that have not, so that it costs no more than it finds.
     */
    final LinkedHashSet<Entry> available = new LinkedHashSet<>();

    int count;
    long bytes;

    /** Requests that there was no room for since there was plenty. */
    int refused;

    ClientQueue(ClientId client) {
      this.client = client;
    }

    Entry first() {
      return ready.isEmpty() ? null : ready.iterator().next();
    }
  }

  /**
   * @param until delivered requests at which it ends
   * @param length delivered requests that it lasts
   */
  private record Greylisted(long until, long length) {}

  private static final class PeerBudget {
    final LinkedHashSet<Digest> held = new LinkedHashSet<>();
    long bytes;
  }

  private final View view;
  private final QuorumSystem quorums;
  private final int selfIndex;
  private final boolean signed;
  private final boolean needsVouches;
  private final RequestRule rule;
  private final Sessions sessions;
  private final ReplicaConfig.Budgets budgets;
  private final Map<Digest, Entry> entries = new HashMap<>();

  /**
   * Of each pinned value its requests, in its order: looked up once, for everything that happens to
   * a value until it is delivered.
   */
  private final Map<Digest, Entry[]> pinned = new HashMap<>();

  private final LinkedHashMap<ClientId, ClientQueue> queues = new LinkedHashMap<>();

  /** The queues with something available, in the order in which they are served. */
  private final LinkedHashSet<ClientQueue> line = new LinkedHashSet<>();

  /** How many clients have something pending in a session; more than one only if some lie. */
  private final Map<Long, Integer> pendingSessions = new HashMap<>();

  private long choices;
  private final PeerBudget[] peers;

  /**
   * The first ready request of each client, the longest waiting one first. Only these have a
   * deadline: a client that floods the group waits for itself, not for the leader.
   */
  private final LinkedHashSet<Entry> timed = new LinkedHashSet<>();

  /** Of each member the requests that it wants vouched for when that becomes possible. */
  private final List<Map<Digest, Boolean>> askers = new ArrayList<>();

  private final Map<Digest, Long> complaints = remembering();
  private final Map<ClientId, Greylisted> greylist = remembering();
  private long deliveredRequests;
  private long headProgress;
  private int pendingCount;

  RequestPool(
      View view,
      QuorumSystem quorums,
      int selfIndex,
      RequestRule rule,
      Sessions sessions,
      ReplicaConfig.Budgets budgets) {
    this.view = view;
    this.quorums = quorums;
    this.selfIndex = selfIndex;
    this.rule = rule;
    this.sessions = sessions;
    this.budgets = budgets;
    signed =
        view.byzantine() && view.limits().authentication() == View.RequestAuthentication.SIGNED;
    needsVouches = view.byzantine() && !signed && rule.needsVouchesToStop();
    peers = new PeerBudget[view.size()];
    for (int i = 0; i < peers.length; i++) {
      peers[i] = new PeerBudget();
      askers.add(remembering());
    }
  }

  private static <K, V> Map<K, V> remembering() {
    return new LinkedHashMap<>() {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > REMEMBERED;
      }
    };
  }

  /** What became of an offered request. */
  enum Offer {
    /** Held; or held already. */
    TAKEN,
    /** The client has too much outstanding. */
    BUSY,
    /** Delivered before: to be answered from the reply cache. */
    DELIVERED,
    /** It can have no effect any more: another took its place, or it is too late or malformed. */
    SUPERSEDED,
    /** A third variant for one place in a session: the client is faulty. */
    EQUIVOCATION
  }

  boolean isSigned() {
    return signed;
  }

  /** Whether its author can be trusted to have a valid signature already (SIGNED views). */
  boolean isKnownAuthentic(Digest digest) {
    Entry entry = entries.get(digest);
    return entry != null && entry.authentic;
  }

  boolean isPending(Digest digest) {
    Entry entry = entries.get(digest);
    return entry != null && entry.pending;
  }

  Request body(Digest digest) {
    Entry entry = entries.get(digest);
    return entry == null ? null : entry.request;
  }

  int pendingCount() {
    return pendingCount;
  }

  /** Bytes and requests held on the word of a peer alone. */
  int sponsoredBy(int member) {
    return peers[member].held.size();
  }

  String describe() {
    Entry head = head();
    return head == null
        ? "none timed"
        : timed.size() + " timed, first " + head.request + " vouchers " + head.vouchers;
  }

  // ---- arrival --------------------------------------------------------------------------------

  /** A request from its client, authenticated by the channel or its verified signature. */
  Offer offerDirect(Request request, int replier, long now) {
    Entry known = entries.get(request.digest());
    if (known != null && known.pending && isOver(sessions.standing(request))) {
      discard(request.reference(), now);
      known = entries.get(request.digest());
    }
    if (known != null && known.pending) {
      known.replier = replier;
      known.direct = true;
      return Offer.TAKEN;
    }
    Standing standing = sessions.standing(request);
    if (standing == Standing.DELIVERED) {
      return Offer.DELIVERED;
    }
    if (standing == Standing.SUPERSEDED || standing == Standing.VOID) {
      return Offer.SUPERSEDED;
    }
    ClientQueue queue = queues.get(request.client());
    if (queue != null && isFull(queue, request, 1)) {
      if (!signed && ++queue.refused >= REFUSED_MOST) {
        greylist(request.client());
      }
      return Offer.BUSY;
    }
    Entry entry = known == null ? new Entry(request.digest()) : known;
    if (signed || entry.request == null) {
      entry.request = request;
    }
    entry.direct = true;
    entry.replier = replier;
    return admit(entry, standing, now);
  }

  private static boolean isOver(Standing standing) {
    return standing != Standing.NEXT && standing != Standing.LATER;
  }

  private boolean isFull(ClientQueue queue, Request request, int factor) {
    return queue.count >= budgets.clientRequests() * factor
        || queue.bytes + request.weight() > budgets.clientBytes() * factor;
  }

  /**
   * A request with a valid client signature that came through a peer. Its own budget limits what a
   * faulty client can place through faulty peers.
   */
  Offer offerSigned(Request request, long now) {
    Entry known = entries.get(request.digest());
    if (known != null && known.pending) {
      return Offer.TAKEN;
    }
    Standing standing = sessions.standing(request);
    if (isOver(standing)) {
      if (known != null) {
        supply(request, true);
      }
      return Offer.DELIVERED;
    }
    ClientQueue queue = queues.get(request.client());
    if (queue != null && isFull(queue, request, 2)) {
      return Offer.BUSY;
    }
    Entry entry = known == null ? new Entry(request.digest()) : known;
    entry.request = request;
    return admit(entry, standing, now);
  }

  /** A member vouches for an unsigned request (RULES 12). Returns true if it became authentic. */
  boolean vouch(int member, Request request, long now) {
    Entry entry = entries.get(request.digest());
    if (entry == null) {
      if (isOver(sessions.standing(request))) {
        return false;
      }
      entry = new Entry(request.digest());
      entries.put(entry.digest, entry);
    }
    if (entry.request == null) {
      entry.request = request;
    }
    entry.vouchers |= 1L << member;
    if (entry.authentic) {
      return false;
    }
    if (quorums.hasOneCorrect(entry.vouchers & ~(1L << selfIndex))) {
      admit(entry, sessions.standing(request), now);
      return true;
    }
    if (entry.sponsor < 0) {
      sponsor(entry, member);
    }
    return false;
  }

  private void sponsor(Entry entry, int member) {
    record Hold(Entry entry, int member) {}
    ArrayDeque<Hold> todo = new ArrayDeque<>();
    todo.add(new Hold(entry, member));
    while (!todo.isEmpty()) {
      Hold hold = todo.poll();
      PeerBudget budget = peers[hold.member];
      hold.entry.sponsor = hold.member;
      budget.held.add(hold.entry.digest);
      budget.bytes += hold.entry.request.weight();
      Iterator<Digest> oldest = budget.held.iterator();
      while (budget.held.size() > budgets.peerRequests() || budget.bytes > budgets.peerBytes()) {
        Entry evicted = entries.get(oldest.next());
        oldest.remove();
        budget.bytes -= evicted.request.weight();
        evicted.sponsor = -1;
        evicted.vouchers &= ~(1L << hold.member);
        if (evicted.vouchers != 0) {
          // Another member vouched for it too: a flooding member must not push that out.
          todo.add(new Hold(evicted, Long.numberOfTrailingZeros(evicted.vouchers)));
        } else {
          dropIfUseless(evicted);
        }
      }
    }
  }

  private void unsponsor(Entry entry) {
    if (entry.sponsor >= 0) {
      PeerBudget budget = peers[entry.sponsor];
      budget.held.remove(entry.digest);
      budget.bytes -= entry.request.weight();
      entry.sponsor = -1;
    }
  }

  /** A body that was asked for. Only bodies of pinned values are kept. */
  void supply(Request request, boolean authentic) {
    Entry entry = entries.get(request.digest());
    if (entry == null) {
      return;
    }
    if (entry.request == null) {
      entry.request = request;
    }
    if (authentic && !entry.authentic) {
      entry.request = request;
      entry.authentic = true;
      unsponsor(entry);
    }
  }

  private Offer admit(Entry entry, Standing standing, long now) {
    Request request = entry.request;
    entry.authentic = true;
    unsponsor(entry);
    entries.put(entry.digest, entry);
    if (entry.pending || isOver(standing)) {
      dropIfUseless(entry);
      return Offer.DELIVERED;
    }
    ClientQueue queue = queues.computeIfAbsent(request.client(), ClientQueue::new);
    TreeMap<Long, Collection<Entry>> places = queue.sessions.get(request.session());
    if (places == null) {
      places = new TreeMap<>();
      queue.sessions.put(request.session(), places);
      pendingSessions.merge(request.session(), 1, Integer::sum);
    }
    if (sessions.isOpen(request.session(), request.client())
        && rule.isOld(
            sessions.lastExecuted(request.session()),
            places.isEmpty() ? 0 : places.lastKey(),
            request.sequence())) {
      prune(request.client(), request.session(), queue, places);
      dropIfUseless(entry);
      return Offer.SUPERSEDED;
    }
    Collection<Entry> variants =
        places.computeIfAbsent(
            request.sequence(),
            any -> request.session() == 0 ? new LinkedHashSet<>() : new ArrayList<>(1));
    if (request.session() != 0 && variants.size() >= 2) {
      dropIfUseless(entry);
      return Offer.EQUIVOCATION;
    }
    variants.add(entry);
    queue.count++;
    queue.bytes += request.weight();
    pendingCount++;
    entry.pending = true;
    if (rule.hasDeadline(standing == Standing.NEXT)) {
      becomeReady(queue, entry, now);
    }
    if (request.session() != 0) {
      // OPENs are all at one place, any number of them, and none is the successor of another.
      makeAvailable(queue, places);
    }
    return Offer.TAKEN;
  }

  /** It is the request's turn in its session. */
  private void becomeReady(ClientQueue queue, Entry entry, long now) {
    if (!entry.ready) {
      entry.ready = true;
      entry.since = now;
      queue.ready.add(entry);
      queue.available.add(entry);
      line.add(queue);
      timeFirst(queue, now);
    }
  }

  /** Something was added to a session, or is not in flight any more. */
  private void makeAvailable(ClientQueue queue, TreeMap<Long, Collection<Entry>> places) {
    for (Entry first : places.firstEntry().getValue()) {
      if (first.ready) {
        queue.available.add(first);
        line.add(queue);
      }
    }
  }

  /** The deadline of a client's first ready request begins when it becomes the first. */
  private void timeFirst(ClientQueue queue, long now) {
    Entry first = queue.first();
    if (first != null && timed.add(first)) {
      first.timedSince = now;
    }
  }

  private void dropIfUseless(Entry entry) {
    if (!entry.pending && entry.sponsor < 0 && entry.pins == 0) {
      entries.remove(entry.digest);
    }
  }

  // ---- values ---------------------------------------------------------------------------------

  /** Keeps the bodies of a value, present or to come, until {@link #unpin}. */
  void pin(Batch batch) {
    List<Reference> references = batch.references();
    Entry[] named = new Entry[references.size()];
    for (int i = 0; i < named.length; i++) {
      named[i] = entries.computeIfAbsent(references.get(i).digest(), Entry::new);
      named[i].pins++;
    }
    pinned.put(batch.digest(), named);
  }

  void unpin(Batch batch) {
    for (Entry entry : pinned.remove(batch.digest())) {
      entry.pins--;
      dropIfUseless(entry);
    }
  }

  boolean isPinned(Digest digest) {
    Entry entry = entries.get(digest);
    return entry != null && entry.pins > 0;
  }

  /** The requests of a pinned value, in its order; those without a body are only expected. */
  Entry[] named(Batch batch) {
    return pinned.get(batch.digest());
  }

  boolean hasAllBodies(Batch batch) {
    for (Entry entry : named(batch)) {
      if (entry.request == null) {
        return false;
      }
    }
    return true;
  }

  /** The bodies of a pinned value that are here, in its order. */
  List<Request> bodies(Batch batch) {
    Entry[] named = named(batch);
    List<Request> bodies = new ArrayList<>(named.length);
    for (Entry entry : named) {
      if (entry.request != null) {
        bodies.add(entry.request);
      }
    }
    return bodies;
  }

  /** Requests of the pinned value whose body is missing or, if asked for, not authentic here. */
  List<Digest> lacking(Batch batch, boolean authentic) {
    List<Digest> lacking = new ArrayList<>();
    for (Entry entry : named(batch)) {
      if (entry.request == null || (authentic && !entry.authentic)) {
        lacking.add(entry.digest);
      }
    }
    return lacking;
  }

  /** Whether another authentic request is pending for the same place in the session. */
  boolean hasRival(Reference reference) {
    ClientQueue queue = queues.get(reference.client());
    TreeMap<Long, Collection<Entry>> places =
        queue == null || reference.session() == 0 ? null : queue.sessions.get(reference.session());
    Collection<Entry> variants = places == null ? null : places.get(reference.sequence());
    if (variants == null) {
      return false;
    }
    for (Entry entry : variants) {
      if (!entry.digest.equals(reference.digest())) {
        return true;
      }
    }
    return false;
  }

  /** The requests of a pinned value that are here are not to be proposed again. */
  void markInFlight(Batch batch) {
    for (Entry entry : named(batch)) {
      if (entry.request != null) {
        entry.inFlight = true;
      }
    }
  }

  /** This replica votes for the pinned value in the current regency. */
  void markVoted(Batch batch) {
    for (Entry entry : named(batch)) {
      entry.votedAt = Math.max(entry.votedAt, batch.instance());
    }
  }

  // ---- the leader's choice ----------------------------------------------------------------------

  /**
   * Requests for a fresh batch: clients in turn, of each client those first whose turn came first,
   * with their successors in the session; predecessors are delivered or in flight (RULES 10).
   * Clients that were served go to the end of the line.
   */
  List<Entry> choose() {
    Choice choice = new Choice(view.limits(), ++choices);
    List<ClientQueue> served = new ArrayList<>();
    for (Iterator<ClientQueue> queues = line.iterator(); queues.hasNext() && !choice.isFull(); ) {
      ClientQueue queue = queues.next();
      choice.beginClient();
      boolean greylisted = isGreylisted(queue.client);
      boolean room = true;
      int later = 0;
      for (Iterator<Entry> each = queue.available.iterator(); room && each.hasNext(); ) {
        switch (chooseFrom(queue, each.next(), greylisted, choice)) {
          case EXHAUSTED -> each.remove();
          case LATER -> room = !greylisted || ++later < LATER_MOST;
          case FULL -> room = false;
        }
      }
      if (queue.available.isEmpty()) {
        queues.remove();
      } else if (choice.ofClient > 0) {
        served.add(queue);
      }
    }
    for (ClientQueue queue : served) {
      line.remove(queue);
      line.add(queue);
    }
    return choice.entries;
  }

  /** A batch in the making. */
  private static final class Choice {
    final List<Entry> entries = new ArrayList<>();
    final View.Limits limits;
    final long number;
    final int perClient;
    long bytes;
    int ofClient;

    Choice(View.Limits limits, long number) {
      this.limits = limits;
      this.number = number;
      perClient = Math.max(1, limits.batchRequests() / 2);
    }

    void beginClient() {
      ofClient = 0;
    }

    boolean isFull() {
      return entries.size() >= limits.batchRequests() || bytes >= limits.batchBytes();
    }

    /** Returns false when it does not fit; one that is larger than a batch travels alone. */
    boolean add(Entry entry) {
      int size = entry.request.operation().length();
      if (isFull()
          || ofClient >= perClient
          || (!entries.isEmpty() && bytes + size > limits.batchBytes())) {
        return false;
      }
      bytes += size;
      ofClient++;
      entry.chosenIn = number;
      entries.add(entry);
      return true;
    }

    boolean isTaken(Collection<Entry> variants) {
      for (Entry entry : variants) {
        if (entry.inFlight || entry.chosenIn == number) {
          return true;
        }
      }
      return false;
    }
  }

  /** What a choice leaves of a session. */
  private enum Left {
    /** Nothing, until something is added or comes back. */
    EXHAUSTED,
    /** Something that must not be proposed now. */
    LATER,
    /** There was no room. */
    FULL
  }

  /** Takes a ready request and its successors. */
  private Left chooseFrom(ClientQueue queue, Entry ready, boolean greylisted, Choice choice) {
    Reference reference = ready.request.reference();
    if (sessions.standing(ready.request) != Standing.NEXT) {
      return Left.LATER;
    }
    if (reference.session() == 0) {
      if (ready.inFlight) {
        return Left.EXHAUSTED;
      } else if (greylisted && !mayStop(ready)) {
        return Left.LATER;
      }
      return choice.add(ready) ? Left.EXHAUSTED : Left.FULL;
    }
    TreeMap<Long, Collection<Entry>> places = queue.sessions.get(reference.session());
    for (long next = reference.sequence(); places.containsKey(next); next++) {
      Collection<Entry> variants = places.get(next);
      if (choice.isTaken(variants)) {
        continue;
      }
      Entry entry = next == reference.sequence() ? ready : variants.iterator().next();
      if (greylisted && !mayStop(entry)) {
        return Left.LATER;
      }
      if (!choice.add(entry)) {
        return Left.FULL;
      }
    }
    return Left.EXHAUSTED;
  }

  // ---- delivery ---------------------------------------------------------------------------------

  /** A variant that lost its place to another request of the same client. */
  interface Conflict {
    void lost(Entry entry);
  }

  /** Where the client wants the reply from: -1 for anybody, -2 if it never asked here. */
  static int replierOf(Entry entry) {
    return entry.direct ? entry.replier : -2;
  }

  /**
   * Sequence {@code sequence} of the session was executed: everything of the session up to it goes,
   * whatever its digest, and its successor's time begins (RULES 10).
   */
  void executed(Reference reference, long now, Conflict conflict) {
    deliveredRequests++;
    Entry executed = entries.get(reference.digest());
    if (executed != null && executed.sponsor >= 0) {
      unsponsor(executed);
      dropIfUseless(executed);
    }
    ClientQueue queue = queues.get(reference.client());
    if (queue == null) {
      return;
    }
    TreeMap<Long, Collection<Entry>> places = queue.sessions.get(reference.session());
    if (places == null) {
      return;
    }
    while (!places.isEmpty() && places.firstKey() <= reference.sequence()) {
      for (Entry entry : places.pollFirstEntry().getValue()) {
        removed(queue, entry, now);
        if (!entry.digest.equals(reference.digest())) {
          conflict.lost(entry);
        }
      }
    }
    Collection<Entry> successors = places.get(reference.sequence() + 1);
    if (successors != null) {
      for (Entry entry : successors) {
        becomeReady(queue, entry, now);
      }
    }
    timeFirst(queue, now);
    prune(reference.client(), reference.session(), queue, places);
  }

  /** The request was answered otherwise (opened, expired, a duplicate, refused): it goes. */
  void answered(Reference reference, long now) {
    ClientQueue queue = queues.get(reference.client());
    TreeMap<Long, Collection<Entry>> places =
        queue == null ? null : queue.sessions.get(reference.session());
    Collection<Entry> variants = places == null ? null : places.get(reference.sequence());
    if (variants == null) {
      return;
    }
    Entry entry = entries.get(reference.digest());
    if (entry != null && variants.remove(entry)) {
      removed(queue, entry, now);
    }
    timeFirst(queue, now);
    if (variants.isEmpty()) {
      places.remove(reference.sequence());
    }
    prune(reference.client(), reference.session(), queue, places);
  }

  /** The request can have no effect any more. That is no progress of the leader's. */
  private void discard(Reference reference, long now) {
    long before = headProgress;
    answered(reference, now);
    headProgress = before;
  }

  /** Its turn had not come: it stays, to be proposed again. */
  void outOfTurn(Reference reference) {
    Entry entry = entries.get(reference.digest());
    if (entry != null) {
      entry.inFlight = false;
      ClientQueue queue = queues.get(reference.client());
      TreeMap<Long, Collection<Entry>> places =
          queue == null ? null : queue.sessions.get(reference.session());
      if (places != null) {
        makeAvailable(queue, places);
      }
    }
  }

  /** A session was opened: what was sent in it before this replica knew of it gets its deadline. */
  void opened(ClientId client, long session, long now) {
    ClientQueue queue = queues.get(client);
    TreeMap<Long, Collection<Entry>> places = queue == null ? null : queue.sessions.get(session);
    Collection<Entry> first = places == null ? null : places.get(1L);
    if (first != null) {
      first.forEach(entry -> becomeReady(queue, entry, now));
    }
  }

  /** A session is over: what is still pending in it must be ordered to be answered so. */
  void ended(long session, long now) {
    if (!pendingSessions.containsKey(session)) {
      return;
    }
    for (ClientQueue queue : queues.values()) {
      TreeMap<Long, Collection<Entry>> places = queue.sessions.get(session);
      if (places != null) {
        places.values().forEach(all -> all.forEach(entry -> becomeReady(queue, entry, now)));
      }
    }
  }

  private void removed(ClientQueue queue, Entry entry, long now) {
    // What has waited longest is done with: that extends the deadlines of all others (RULES 36).
    if (rule.extendsDeadline(entry == head())) {
      headProgress = now;
    }
    queue.count--;
    if (queue.count <= budgets.clientRequests() / 2) {
      queue.refused = 0;
    }
    queue.bytes -= entry.request.weight();
    pendingCount--;
    entry.pending = false;
    entry.inFlight = false;
    entry.ready = false;
    queue.ready.remove(entry);
    queue.available.remove(entry);
    timed.remove(entry);
    complaints.remove(entry.digest);
    dropIfUseless(entry);
  }

  private void prune(
      ClientId client, long session, ClientQueue queue, TreeMap<Long, Collection<Entry>> places) {
    if (places.isEmpty()) {
      if (queue.sessions.remove(session) != null) {
        pendingSessions.computeIfPresent(session, (id, count) -> count == 1 ? null : count - 1);
      }
      if (queue.sessions.isEmpty()) {
        queues.remove(client);
        line.remove(queue);
      }
    }
  }

  /** The sessions are those of another instance now: what has an effect, and when, is seen anew. */
  void rebase(long now) {
    timed.clear();
    for (ClientQueue queue : List.copyOf(queues.values())) {
      queue.ready.clear();
      queue.available.clear();
      List<Entry> pending = new ArrayList<>();
      queue.sessions.values().forEach(places -> places.values().forEach(pending::addAll));
      for (Entry entry : pending) {
        entry.ready = false;
        entry.inFlight = false;
        Standing standing = sessions.standing(entry.request);
        if (isOver(standing)) {
          discard(entry.request.reference(), now);
        } else if (rule.hasDeadline(standing == Standing.NEXT)) {
          becomeReady(queue, entry, now);
        }
      }
    }
    headProgress = now;
  }

  // ---- deadlines --------------------------------------------------------------------------------

  private Entry head() {
    return timed.isEmpty() ? null : timed.iterator().next();
  }

  /** A new regency begins: all waiting starts anew, nothing is in flight and nothing voted for. */
  void restartTimers(long now) {
    headProgress = now;
    for (Entry entry : entries.values()) {
      entry.inFlight = false;
      entry.votedAt = 0;
    }
    for (ClientQueue queue : queues.values()) {
      queue.available.clear();
      queue.available.addAll(queue.ready);
      if (!queue.ready.isEmpty()) {
        line.add(queue);
      }
    }
  }

  /**
   * When the request that waits longest wants attention. Later ones never want it earlier: what
   * extends the first extends them too (RULES 36).
   */
  long nextDeadline(long timeout) {
    Entry head = head();
    return head == null ? Long.MAX_VALUE : due(head, timeout);
  }

  private long due(Entry entry, long timeout) {
    return Math.max(Math.max(entry.timedSince, headProgress), entry.forwardedAt) + timeout;
  }

  /** What a deadline asks for. */
  record Overdue(List<Request> forward, boolean suspect) {}

  /** Handles expired deadlines; the caller forwards and suspects as told. */
  Overdue onDeadline(long now, long timeout) {
    boolean suspect = false;
    boolean any = false;
    for (int turns = timed.size(); turns > 0; turns--) {
      Entry head = head();
      if (head == null || due(head, timeout) > now) {
        break;
      }
      if (isOver(sessions.standing(head.request))) {
        // An OPEN whose deadline passed while it waited, or whose nonce another OPEN used.
        discard(head.request.reference(), now);
        continue;
      }
      any = true;
      if (head.forwardedAt < 0) {
        break;
      }
      if (mayStop(head)) {
        suspect = true;
        break;
      }
      // Cannot be a reason for a STOP now, so it must not shield the ones behind it.
      ClientQueue queue = queues.get(head.request.client());
      timed.remove(head);
      queue.ready.remove(head);
      queue.ready.add(head);
      timeFirst(queue, now);
    }
    return any ? new Overdue(forwardable(now, timeout), suspect) : new Overdue(List.of(), false);
  }

  private List<Request> forwardable(long now, long timeout) {
    List<Request> forward = new ArrayList<>();
    long bytes = 0;
    for (Entry first : timed) {
      for (Entry entry : queues.get(first.request.client()).ready) {
        if (now - (entry.forwardedAt >= 0 ? entry.forwardedAt : entry.since) < timeout) {
          continue;
        }
        bytes += entry.request.weight();
        // A single request may be larger than what is meant to fit.
        if (!forward.isEmpty() && (forward.size() >= FORWARD_REQUESTS || bytes > FORWARD_BYTES)) {
          return forward;
        }
        entry.forwardedAt = now;
        forward.add(entry.request);
      }
    }
    return forward;
  }

  /**
   * Whether the request may cause a STOP: every correct replica will come to hold it (RULES 13).
   */
  private boolean mayStop(Entry entry) {
    return !needsVouches || quorums.isInstall(entry.vouchers | 1L << selfIndex);
  }

  // ---- vouching and greylisting -----------------------------------------------------------------

  /** Remembers who asked for a vouch that cannot be given yet (RULES 13). */
  void rememberAsker(Digest digest, int member) {
    askers.get(member).put(digest, true);
  }

  /** Positions of members whose question for the request is open; forgets them. */
  long takeAskers(Digest digest) {
    long mask = 0;
    for (int member = 0; member < peers.length; member++) {
      if (askers.get(member).remove(digest) != null) {
        mask |= 1L << member;
      }
    }
    return mask;
  }

  /**
   * A member lacks an authentic copy of a proposed request for longer than a request timeout.
   * Returns true when enough members say so that the client was greylisted now. A leader that
   * invents requests can have an honest client greylisted; that costs the client a round trip,
   * because the replicas that have its requests vouch for them.
   */
  boolean complain(Reference reference, int member) {
    if (signed) {
      return false;
    }
    long mask = complaints.merge(reference.digest(), 1L << member, (a, b) -> a | b);
    if (!quorums.hasOneCorrect(mask)) {
      return false;
    }
    complaints.remove(reference.digest());
    greylist(reference.client());
    return true;
  }

  private void greylist(ClientId client) {
    Greylisted before = greylist.get(client);
    if (before == null || deliveredRequests >= before.until) {
      long length =
          before == null
              ? GREYLIST_REQUESTS
              : Math.min(GREYLIST_MOST, before.length * GREYLIST_GROWTH);
      greylist.put(client, new Greylisted(deliveredRequests + length, length));
    }
  }

  private boolean isGreylisted(ClientId client) {
    Greylisted greylisted = greylist.get(client);
    return greylisted != null && deliveredRequests < greylisted.until;
  }

  /** Pending requests of greylisted clients for which vouches are to be asked. */
  List<Digest> lackingVouches(int atMost) {
    List<Digest> lacking = new ArrayList<>();
    for (ClientId client : greylist.keySet()) {
      ClientQueue queue = isGreylisted(client) ? queues.get(client) : null;
      if (queue == null) {
        continue;
      }
      for (TreeMap<Long, Collection<Entry>> places : queue.sessions.values()) {
        for (Entry entry : places.firstEntry().getValue()) {
          if (!mayStop(entry) && lacking.size() < atMost) {
            lacking.add(entry.digest);
          }
        }
      }
    }
    return lacking;
  }
}
