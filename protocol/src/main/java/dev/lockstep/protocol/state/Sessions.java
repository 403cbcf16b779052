package dev.lockstep.protocol.state;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Decoder;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.OpenSession;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.rules.DeliveryRule;
import dev.lockstep.protocol.view.View;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The sessions of all clients as of the last delivered instance (RULES 9 to 11). Changes at
 * delivery only, and only by what the delivered batches say.
 *
 * <p>Bounds: at most {@code limits.sessions} live sessions, {@code limits.sessionsPerClient} of one
 * identity, with the digests of {@code limits.sessionWindow} requests each; and as many OPENs that
 * are remembered until their deadline, in total and for one identity. An OPEN that would exceed one
 * of them is REFUSED; a live session is never evicted. A session that the OPEN closes makes room
 * for it.
 */
public final class Sessions {
  private static final class Session {
    final long id;
    final ClientId client;
    final Recent<Digest> executed;
    long activityMicros; // in session time
    Digest summary; // of everything above, or null when it must be computed again

    Session(long id, ClientId client, long activityMicros, Recent<Digest> executed) {
      this.id = id;
      this.client = client;
      this.activityMicros = activityMicros;
      this.executed = executed;
    }

    Digest summary() {
      if (summary == null) {
        Encoder out = new Encoder(64);
        out.i64(id).i64(client.high()).i64(client.low()).i64(activityMicros);
        out.i64(executed.first()).i64(executed.last());
        for (long sequence = executed.first(); sequence <= executed.last(); sequence++) {
          out.digest(executed.get(sequence));
        }
        summary = out.hash();
      }
      return summary;
    }
  }

  private final View.Limits limits;
  private final DeliveryRule rule;

  /** By id, longest idle first: iteration order is the order in which they expire. */
  private final Map<Long, Session> sessions = new LinkedHashMap<>();

  private final Map<ClientId, Integer> sessionsByClient = new HashMap<>();
  private final Opens<Long> opens = new Opens<>();
  private long lastInstance;
  private long timeMicros;

  /** The clock by which sessions expire: ordered time without its leaps (RULES 9, F12). */
  private long sessionTimeMicros;

  public Sessions(View.Limits limits, DeliveryRule rule) {
    if (limits.batchRequests() > SessionId.REFERENCES_MAX) {
      throw new IllegalArgumentException(
          "batchRequests is "
              + limits.batchRequests()
              + " but session ids have room for "
              + SessionId.REFERENCES_MAX);
    }
    this.limits = limits;
    this.rule = rule;
  }

  // ---- delivery -----------------------------------------------------------------------------

  /**
   * Applies the next batch: first time advances, idle sessions expire and old OPENs are forgotten,
   * then the references take effect in their order.
   *
   * @param bodies the body for each digest of the batch; never null, delivery needs them all
   */
  public Effects deliver(Batch batch, Function<Digest, Request> bodies) {
    if (batch.instance() != lastInstance + 1) {
      throw new IllegalStateException(
          "instance " + batch.instance() + " cannot be delivered after " + lastInstance);
    }
    List<Long> ended = new ArrayList<>();
    advanceTime(batch, ended);
    List<Effects.Effect> effects = new ArrayList<>(batch.references().size());
    for (Reference reference : batch.references()) {
      Request body =
          Objects.requireNonNull(
              bodies.apply(reference.digest()), "the body of a delivered request");
      effects.add(apply(effects.size(), reference, body, ended));
    }
    return new Effects(lastInstance, timeMicros, effects, ended);
  }

  private void advanceTime(Batch batch, List<Long> ended) {
    long time = rule.deliveredTime(timeMicros, batch.header().timestampMicros());
    sessionTimeMicros += rule.sessionTimeStep(timeMicros, time);
    timeMicros = time;
    lastInstance = batch.instance();
    Iterator<Session> longestIdle = sessions.values().iterator();
    while (longestIdle.hasNext()) {
      Session session = longestIdle.next();
      if (sessionTimeMicros - session.activityMicros <= limits.sessionTimeoutMicros()) {
        break;
      }
      longestIdle.remove();
      forgetOwner(session);
      ended.add(session.id);
    }
    opens.forget(timeMicros, session -> {});
  }

  private Effects.Effect apply(int index, Reference reference, Request body, List<Long> ended) {
    // Correct voters let neither of these pass; but what was decided must have one meaning
    // everywhere, even when it should not have been decided.
    if (!body.reference().equals(reference) || isMalformed(body)) {
      return Effects.Effect.of(index, reference, Verdict.REFUSED);
    }
    if (body.kind() == Request.Kind.OPEN) {
      OpenSession open = OpenSession.decodeOrNull(body.operation());
      return applyOpen(index, reference, open, ended);
    }
    Verdict verdict = applyOrdered(reference);
    if (verdict == Verdict.EXECUTE && body.kind() == Request.Kind.CLOSE) {
      forgetOwner(sessions.remove(reference.session()));
      ended.add(reference.session());
      verdict = Verdict.CLOSED;
    }
    return Effects.Effect.of(index, reference, verdict);
  }

  private Verdict applyOrdered(Reference reference) {
    Session session = ownSession(reference);
    if (session == null) {
      return Verdict.EXPIRED;
    }
    long sequence = reference.sequence();
    if (rule.isDuplicate(session.executed.last(), sequence)) {
      return isConflict(session, reference) ? Verdict.CONFLICT : Verdict.DUPLICATE;
    }
    if (!rule.isNext(session.executed.last(), sequence)) {
      return Verdict.OUT_OF_TURN;
    }
    session.executed.add(sequence, reference.digest(), digest -> {});
    refresh(session);
    return Verdict.EXECUTE;
  }

  private Effects.Effect applyOpen(
      int index, Reference reference, OpenSession open, List<Long> ended) {
    if (isPastDeadline(open)) {
      return Effects.Effect.of(index, reference, Verdict.EXPIRED);
    }
    // Not past its deadline, so the difference is not negative and cannot overflow.
    if (open.deadlineMicros() - timeMicros > limits.openBoundMicros()) {
      return Effects.Effect.of(index, reference, Verdict.REFUSED);
    }
    ClientId client = reference.client();
    Long known = opens.get(client, open.nonce());
    if (known != null) {
      // The session may be over by now; the client learns that from EXPIRED when it uses it.
      opens.extend(client, open.nonce(), open.deadlineMicros());
      Session session = sessions.get(known);
      if (session != null) {
        refresh(session);
      }
      return new Effects.Effect(index, reference, Verdict.OPENED, known, 0, -1, open);
    }
    Session closing = sessions.get(open.closes());
    if (closing != null && !closing.client.equals(client)) {
      closing = null;
    }
    if (!hasRoom(client, closing == null ? 0 : 1)) {
      return Effects.Effect.of(index, reference, Verdict.REFUSED);
    }
    long closed = 0;
    long closedLastExecuted = -1;
    if (closing != null) {
      closed = closing.id;
      closedLastExecuted = closing.executed.last();
      sessions.remove(closed);
      forgetOwner(closing);
      ended.add(closed);
    }
    long id = SessionId.of(lastInstance, index);
    sessions.put(
        id, new Session(id, client, sessionTimeMicros, new Recent<>(limits.sessionWindow())));
    sessionsByClient.merge(client, 1, Integer::sum);
    opens.add(client, open.nonce(), open.deadlineMicros(), id);
    return new Effects.Effect(
        index, reference, Verdict.OPENED, id, closed, closedLastExecuted, open);
  }

  private boolean hasRoom(ClientId client, int closing) {
    return sessions.size() - closing < limits.sessions()
        && sessionsByClient.getOrDefault(client, 0) - closing < limits.sessionsPerClient()
        && opens.count() < limits.sessions()
        && opens.count(client) < limits.sessionsPerClient();
  }

  private void refresh(Session session) {
    session.activityMicros = sessionTimeMicros;
    session.summary = null;
    // To the end of the order of expiry. A map in access order would do this on every look, and
    // looks differ from replica to replica.
    sessions.remove(session.id);
    sessions.put(session.id, session);
  }

  private void forgetOwner(Session session) {
    sessionsByClient.computeIfPresent(
        session.client, (client, count) -> count == 1 ? null : count - 1);
  }

  // ---- questions ----------------------------------------------------------------------------

  /** What the request is at the delivered state. */
  public Standing standing(Request request) {
    if (isMalformed(request)) {
      return Standing.VOID;
    }
    if (request.kind() != Request.Kind.OPEN) {
      return standing(request.reference());
    }
    OpenSession open = OpenSession.decodeOrNull(request.operation());
    if (isPastDeadline(open)) {
      return Standing.VOID;
    }
    return opens.get(request.client(), open.nonce()) == null ? Standing.NEXT : Standing.DELIVERED;
  }

  /**
   * The same without the body, for requests in sessions. Of an OPEN (session 0) only the body knows
   * more than that it may be new.
   */
  public Standing standing(Reference reference) {
    if (reference.session() == 0) {
      return Standing.NEXT;
    }
    if (reference.sequence() < 1) {
      return Standing.VOID;
    }
    Session session = ownSession(reference);
    if (session == null) {
      return isToCome(reference.session()) ? Standing.LATER : Standing.VOID;
    }
    if (rule.isDuplicate(session.executed.last(), reference.sequence())) {
      return isConflict(session, reference) ? Standing.SUPERSEDED : Standing.DELIVERED;
    }
    return rule.isNext(session.executed.last(), reference.sequence())
        ? Standing.NEXT
        : Standing.LATER;
  }

  /** Whether the session may yet be opened: else it is live, is over, or never was. */
  private boolean isToCome(long session) {
    return SessionId.instance(session) > lastInstance;
  }

  /** Whether the session is live and belongs to the client. */
  public boolean isOpen(long session, ClientId client) {
    Session known = sessions.get(session);
    return known != null && known.client.equals(client);
  }

  /** Last sequence executed in the session, 0 before the first; -1 if there is no such session. */
  public long lastExecuted(long session) {
    Session known = sessions.get(session);
    return known == null ? -1 : known.executed.last();
  }

  /** Ordered time of the last delivered instance. */
  public long timeMicros() {
    return timeMicros;
  }

  /** The last delivered instance, 0 before the first. */
  public long lastInstance() {
    return lastInstance;
  }

  /**
   * Hash of everything that can influence a later effect. Costs a digest per session and per
   * remembered OPEN, and the digests of those sessions that changed since the last call: meant for
   * checks and checkpoints, not for every batch of a large group. A sum that could be kept up to
   * date in constant time would not withstand an adversary who chooses what is summed.
   */
  public Digest hash() {
    Encoder out = new Encoder(64 + sessions.size() * Digest.BYTES).label("LOCKSTEP-SESSIONS");
    out.i64(lastInstance).i64(timeMicros).i64(sessionTimeMicros).i32(sessions.size());
    for (Session session : sessions.values()) {
      out.digest(session.summary());
    }
    out.i32(opens.count());
    for (Opens.Entry<Long> entry : opens.entries()) {
      ClientId client = entry.key().client();
      out.i64(client.high()).i64(client.low()).i64(entry.key().nonce());
      out.i64(entry.deadlineMicros()).i64(entry.value());
    }
    return out.hash();
  }

  // ---- checkpoints --------------------------------------------------------------------------

  private static final int VERSION = 1;

  /**
   * Everything that can influence a later effect, as canonical bytes: equal where the state is, and
   * the other way round.
   *
   * <pre>
   * u8 version, i64 lastInstance, i64 timeMicros, i64 sessionTimeMicros,
   * session*  i64 id, client, i64 activityMicros, i64 last, digest*   in the order of expiry
   * open*     client, i64 nonce, i64 deadlineMicros, i64 session      in the order of deadlines
   * </pre>
   */
  public Bytes snapshot() {
    Encoder out = new Encoder(64 + sessions.size() * 128).u8(VERSION);
    out.i64(lastInstance).i64(timeMicros).i64(sessionTimeMicros).i32(sessions.size());
    for (Session session : sessions.values()) {
      out.i64(session.id).i64(session.client.high()).i64(session.client.low());
      out.i64(session.activityMicros).i64(session.executed.last());
      out.i32((int) (session.executed.last() - session.executed.first() + 1));
      for (long t = session.executed.first(); t <= session.executed.last(); t++) {
        out.digest(session.executed.get(t));
      }
    }
    out.i32(opens.count());
    for (Opens.Entry<Long> entry : opens.entries()) {
      out.i64(entry.key().client().high()).i64(entry.key().client().low());
      out.i64(entry.key().nonce()).i64(entry.deadlineMicros()).i64(entry.value());
    }
    return new Bytes(out.toByteArray());
  }

  /**
   * Digest of what the reply cache of the same instance must have too; see {@link
   * ReplyCache#spine}.
   */
  public Digest spine() {
    Encoder out = new Encoder(4096).i64(timeMicros);
    for (Session session : new TreeMap<>(sessions).values()) {
      out.i64(session.id).i64(session.client.high()).i64(session.client.low());
      out.i64(session.executed.first()).i64(session.executed.last());
      for (long t = session.executed.first(); t <= session.executed.last(); t++) {
        out.digest(session.executed.get(t));
      }
    }
    for (Opens.Entry<Long> entry : opens.entries()) {
      out.i64(entry.key().client().high()).i64(entry.key().client().low());
      out.i64(entry.key().nonce()).i64(entry.deadlineMicros()).i64(entry.value());
    }
    return out.hash();
  }

  /**
   * Takes the place of everything that is here.
   *
   * @throws DecodeException if these are no bytes of {@link #snapshot} within the limits; what is
   *     here is undefined then
   */
  public void restore(Bytes snapshot) throws DecodeException {
    sessions.clear();
    sessionsByClient.clear();
    opens.clear();
    Decoder in = new Decoder(snapshot.array(), CodecLimits.DEFAULTS);
    if (in.u8() != VERSION) {
      throw in.refuse("unknown version of a session table");
    }
    lastInstance = in.i64();
    timeMicros = in.i64();
    sessionTimeMicros = in.i64();
    if (lastInstance < 0) {
      throw in.refuse("instance " + lastInstance);
    }
    long before = Long.MIN_VALUE;
    for (Session session : in.list(limits.sessions(), SESSION_LEAST, "sessions", this::session)) {
      if (session.activityMicros < before
          || session.activityMicros > sessionTimeMicros
          || sessions.put(session.id, session) != null
          || sessionsByClient.merge(session.client, 1, Integer::sum) > limits.sessionsPerClient()) {
        throw in.refuse("session " + session.id + " cannot stand where it does");
      }
      before = session.activityMicros;
    }
    Opens.Entry<Long> last = null;
    for (Opens.Entry<Long> open : in.list(limits.sessions(), OPEN_BYTES, "opens", this::open)) {
      Opens.Key key = open.key();
      if ((last != null && opens.compare(last, open) >= 0)
          || opens.get(key.client(), key.nonce()) != null) {
        throw in.refuse("an OPEN of " + key.client() + " is out of order");
      }
      opens.add(key.client(), key.nonce(), open.deadlineMicros(), open.value());
      last = open;
    }
    in.end();
  }

  private static final int SESSION_LEAST = 8 + 16 + 8 + 8 + 4;
  private static final int OPEN_BYTES = 16 + 8 + 8 + 8;

  private Session session(Decoder in) throws DecodeException {
    long id = in.i64();
    ClientId client = new ClientId(in.i64(), in.i64());
    long activity = in.i64();
    long last = in.i64();
    List<Digest> digests =
        in.list(limits.sessionWindow(), Digest.BYTES, "digests", Decoder::digest);
    if (last < digests.size()) {
      throw in.refuse(digests.size() + " digests up to sequence " + last);
    }
    return new Session(id, client, activity, Recent.of(limits.sessionWindow(), last, digests));
  }

  private Opens.Entry<Long> open(Decoder in) throws DecodeException {
    Opens.Key key = new Opens.Key(new ClientId(in.i64(), in.i64()), in.i64());
    return new Opens.Entry<>(key, in.i64(), in.i64());
  }

  /** Whether the request is REFUSED whatever the state. */
  static boolean isMalformed(Request request) {
    return switch (request.kind()) {
      case OPEN ->
          request.session() != 0
              || request.sequence() != 0
              || OpenSession.decodeOrNull(request.operation()) == null;
      case ORDERED -> request.session() == 0 || request.sequence() < 1;
      case CLOSE ->
          request.session() == 0 || request.sequence() < 1 || request.operation().length() != 0;
      case UNORDERED -> true;
    };
  }

  private boolean isPastDeadline(OpenSession open) {
    return open.deadlineMicros() < timeMicros;
  }

  /** The live session of the reference if it belongs to its client, else null. */
  private Session ownSession(Reference reference) {
    Session session = sessions.get(reference.session());
    return session != null && session.client.equals(reference.client()) ? session : null;
  }

  private static boolean isConflict(Session session, Reference reference) {
    Digest executed = session.executed.get(reference.sequence());
    return executed != null && !executed.equals(reference.digest());
  }
}
