package dev.lockstep.protocol.state;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Decoder;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Message.Outcome;
import dev.lockstep.protocol.message.OpenSession;
import dev.lockstep.protocol.message.OpenedResult;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.ResultDigest;
import dev.lockstep.protocol.message.ServiceResult;
import dev.lockstep.protocol.view.View;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The replies that are held for duplicates (RULES 11), as of the last executed instance. Execution
 * may trail delivery, so this knows by itself which sessions there are and what they executed.
 *
 * <p>Bounds. Results are held up to {@code limits.replyCacheBytes}, each counted with {@link
 * #OVERHEAD_BYTES}; beyond that the oldest go first, by position in the order. A result that is
 * evicted leaves its digest, so that CONFLICT and FORGOTTEN are still told apart; there are at most
 * {@code sessionWindow} digests for each of the {@code sessions}. The reply to an OPEN has a fixed
 * part, bounded by the number of remembered OPENs (see {@link Sessions}), and the replies of the
 * session that it closed: those are counted and evicted like a result, and afterwards the OPEN is
 * answered as if none had been held.
 */
public final class ReplyCache {
  /** What a held reply costs beside its result: objects and references, roughly. */
  static final int OVERHEAD_BYTES = 128;

  /** A result that can be evicted. Compared by identity. */
  private static final class Held {
    final Digest request;
    final long instance;
    final Digest resultDigest;
    Bytes result; // null once evicted

    /** Neighbours among {@link Positions}; null when it is not held. */
    Held before;

    Held after;

    Held(Digest request, long instance, Digest resultDigest, Bytes result) {
      this.request = request;
      this.instance = instance;
      this.resultDigest = resultDigest;
      this.result = result;
    }
  }

  /** What is held, in the order of positions: a list whose elements know their neighbours. */
  private static final class Positions {
    private final Held end = new Held(null, 0, null, null); // before the first and after the last
    private int size;

    Positions() {
      clear();
    }

    void clear() {
      end.before = end;
      end.after = end;
      size = 0;
    }

    int size() {
      return size;
    }

    /** The next one after this, or the first after null; null after the last. */
    Held after(Held held) {
      Held next = held == null ? end.after : held.after;
      return next == end ? null : next;
    }

    void add(Held held) {
      held.before = end.before;
      held.after = end;
      end.before.after = held;
      end.before = held;
      size++;
    }

    /** Returns whether it was there. */
    boolean remove(Held held) {
      if (held.after == null) {
        return false;
      }
      held.before.after = held.after;
      held.after.before = held.before;
      held.before = null;
      held.after = null;
      size--;
      return true;
    }
  }

  private record Session(ClientId client, Recent<Held> replies) {}

  /**
   * @param full the reply with what closing returned, or null if it closed no session
   */
  private record Opened(long session, long closedLastExecuted, long instance, Held full) {}

  private final View.Limits limits;
  private final Map<Long, Session> sessions = new HashMap<>();
  private final Opens<Opened> opens = new Opens<>();

  /** Everything that is held, in the order of positions. */
  private final Positions byPosition = new Positions();

  private long heldBytes;
  private long lastInstance;
  private long timeMicros;

  public ReplyCache(View.Limits limits) {
    this.limits = limits;
  }

  // ---- execution ----------------------------------------------------------------------------

  /**
   * The service executed the next batch.
   *
   * @param viewId the view of the instance (RULES 31)
   * @param effects what its delivery did
   * @param results the service's, one for each EXECUTE in order
   * @return an answer for every effect but OUT_OF_TURN, in order
   */
  public List<Answer> executed(int viewId, Effects effects, List<ServiceResult> results) {
    if (effects.instance() != lastInstance + 1) {
      throw new IllegalStateException(
          "instance " + effects.instance() + " cannot be executed after " + lastInstance);
    }
    long wanted =
        effects.effects().stream().filter(effect -> effect.verdict() == Verdict.EXECUTE).count();
    if (results.size() != wanted) {
      throw new IllegalArgumentException(
          results.size() + " results were given for " + wanted + " executed requests");
    }
    lastInstance = effects.instance();
    timeMicros = effects.timeMicros();
    opens.forget(timeMicros, opened -> release(opened.full));
    Iterator<ServiceResult> nextResult = results.iterator();
    List<Answer> answers = new ArrayList<>(effects.effects().size());
    for (Effects.Effect effect : effects.effects()) {
      Reference reference = effect.reference();
      Message.Reply reply =
          switch (effect.verdict()) {
            case EXECUTE -> execute(viewId, reference, nextResult.next());
            case OPENED -> opened(viewId, effect);
            case CLOSED -> empty(viewId, reference, Outcome.EXECUTED);
            case DUPLICATE -> duplicate(viewId, reference);
            case CONFLICT -> empty(viewId, reference, Outcome.CONFLICT);
            case EXPIRED -> empty(viewId, reference, Outcome.EXPIRED);
            case REFUSED -> empty(viewId, reference, Outcome.REFUSED);
            case OUT_OF_TURN -> null;
          };
      if (reply != null) {
        answers.add(new Answer(reference.client(), reply));
      }
    }
    effects.ended().forEach(this::end);
    return answers;
  }

  private Message.Reply execute(int viewId, Reference reference, ServiceResult result) {
    Held held = new Held(reference.digest(), lastInstance, result.digest(), result.bytes());
    Message.Reply reply = reply(viewId, reference, Outcome.EXECUTED, held);
    sessions.get(reference.session()).replies.add(reference.sequence(), held, this::release);
    hold(held);
    return reply;
  }

  private Message.Reply opened(int viewId, Effects.Effect effect) {
    Reference reference = effect.reference();
    OpenSession open = effect.open();
    Opened known = opens.get(reference.client(), open.nonce());
    if (known != null) {
      opens.extend(reference.client(), open.nonce(), open.deadlineMicros());
      return reply(viewId, reference, known);
    }
    Held full = null;
    if (effect.closed() != 0) {
      Bytes result =
          openedResult(
              effect.session(), effect.closedLastExecuted(), sessions.get(effect.closed()).replies);
      full =
          new Held(
              reference.digest(), lastInstance, ResultDigest.of(Outcome.OPENED, result), result);
    }
    Opened fresh = new Opened(effect.session(), effect.closedLastExecuted(), lastInstance, full);
    Message.Reply reply = reply(viewId, reference, fresh);
    opens.add(reference.client(), open.nonce(), open.deadlineMicros(), fresh);
    sessions.put(
        effect.session(), new Session(reference.client(), new Recent<>(limits.sessionWindow())));
    if (full != null) {
      // Now rather than with the other ended sessions: from here on this batch finds the session
      // EXPIRED, and what it held shall not be counted twice and drive out the replies of others.
      end(effect.closed());
      hold(full);
    }
    return reply;
  }

  private void end(long id) {
    Session session = sessions.remove(id);
    if (session != null) {
      Recent<Held> replies = session.replies;
      for (long sequence = replies.first(); sequence <= replies.last(); sequence++) {
        release(replies.get(sequence));
      }
    }
  }

  private void hold(Held held) {
    byPosition.add(held);
    heldBytes += cost(held);
    while (heldBytes > limits.replyCacheBytes()) {
      Held evicted = byPosition.after(null);
      byPosition.remove(evicted);
      heldBytes -= cost(evicted);
      evicted.result = null;
    }
  }

  private void release(Held held) {
    if (held != null && byPosition.remove(held)) {
      heldBytes -= cost(held);
      held.result = null;
    }
  }

  private static long cost(Held held) {
    return (long) OVERHEAD_BYTES + held.result.length();
  }

  // ---- answers ------------------------------------------------------------------------------

  /**
   * The answer to a request that is sent again, from what was executed here.
   *
   * @param viewId the view in which this replica answers clients now (RULES 31, 35)
   * @param request any but an unordered one
   * @return null if nothing is known: it is not executed here yet
   */
  public Message.Reply answer(int viewId, Request request) {
    Reference reference = request.reference();
    if (Sessions.isMalformed(request)) {
      return empty(viewId, reference, Outcome.REFUSED);
    }
    if (request.kind() == Request.Kind.OPEN) {
      OpenSession open = OpenSession.decodeOrNull(request.operation());
      if (open.deadlineMicros() < timeMicros) {
        return empty(viewId, reference, Outcome.EXPIRED);
      }
      Opened known = opens.get(reference.client(), open.nonce());
      return known == null ? null : reply(viewId, reference, known);
    }
    Session session = sessions.get(reference.session());
    if (session == null || !session.client.equals(reference.client())) {
      boolean toCome = session == null && SessionId.instance(reference.session()) > lastInstance;
      return toCome ? null : empty(viewId, reference, Outcome.EXPIRED);
    }
    return reference.sequence() > session.replies.last() ? null : duplicate(viewId, reference);
  }

  /** The answer to a request whose sequence was executed in a live session of its client. */
  private Message.Reply duplicate(int viewId, Reference reference) {
    Held held = sessions.get(reference.session()).replies.get(reference.sequence());
    if (held == null) {
      return empty(viewId, reference, Outcome.FORGOTTEN);
    }
    if (!held.request.equals(reference.digest())) {
      return empty(viewId, reference, Outcome.CONFLICT);
    }
    return held.result == null
        ? empty(viewId, reference, Outcome.FORGOTTEN)
        : reply(viewId, reference, Outcome.EXECUTED, held);
  }

  private static Message.Reply reply(int viewId, Reference reference, Opened opened) {
    if (opened.full != null && opened.full.result != null) {
      return reply(viewId, reference, Outcome.OPENED, opened.full);
    }
    Bytes result = openedResult(opened.session, opened.closedLastExecuted, new Recent<>(1));
    Digest digest = ResultDigest.of(Outcome.OPENED, result);
    return reply(viewId, reference, Outcome.OPENED, digest, result, opened.instance);
  }

  private static Message.Reply reply(int viewId, Reference reference, Outcome outcome, Held held) {
    return reply(viewId, reference, outcome, held.resultDigest, held.result, held.instance);
  }

  /** An answer without a result; it names the instance up to which it holds. */
  private Message.Reply empty(int viewId, Reference reference, Outcome outcome) {
    Digest digest = ResultDigest.of(outcome, Bytes.EMPTY);
    return reply(viewId, reference, outcome, digest, Bytes.EMPTY, lastInstance);
  }

  private static Message.Reply reply(
      int viewId,
      Reference reference,
      Outcome outcome,
      Digest resultDigest,
      Bytes result,
      long instance) {
    return new Message.Reply(
        viewId,
        reference.session(),
        reference.sequence(),
        reference.digest(),
        outcome,
        resultDigest,
        result,
        instance);
  }

  /** The result of an OPEN: its session, then what closing the older one returned (RULES 9). */
  private static Bytes openedResult(long session, long closedLastExecuted, Recent<Held> replies) {
    List<OpenedResult.Held> held = new ArrayList<>();
    for (long sequence = replies.first(); sequence <= replies.last(); sequence++) {
      Held reply = replies.get(sequence);
      if (reply.result != null) {
        held.add(new OpenedResult.Held(sequence, reply.request, Outcome.EXECUTED, reply.result));
      }
    }
    return new OpenedResult(session, closedLastExecuted, held).encode();
  }

  // ---- checkpoints --------------------------------------------------------------------------

  private static final int VERSION = 1;
  private static final int HELD_BYTES = Digest.BYTES + 8 + Digest.BYTES;
  private static final int SESSION_LEAST = 8 + 16 + 8 + 4;
  private static final int OPEN_LEAST = 16 + 8 + 8 + 8 + 8 + 8 + 1;

  /**
   * Everything that can influence a later answer, as canonical bytes: equal where the state is, and
   * the other way round.
   *
   * <pre>
   * held      digest request, i64 instance, digest result
   * u8 version, i64 lastInstance, i64 timeMicros,
   * session*  i64 id, client, i64 last, held*                              ascending
   * open*     client, i64 nonce, i64 deadlineMicros, i64 session,
   *           i64 closedLastExecuted, i64 instance, held?                  in the order of deadlines
   * result*   i32 number among all held above, bytes                       oldest first
   * </pre>
   */
  public Bytes snapshot() {
    Encoder out = new Encoder((int) Math.min(64 << 20, 4096 + heldBytes)).u8(VERSION);
    Map<Held, Integer> numbers = new IdentityHashMap<>();
    out.i64(lastInstance).i64(timeMicros).i32(sessions.size());
    for (Map.Entry<Long, Session> entry : new TreeMap<>(sessions).entrySet()) {
      ClientId client = entry.getValue().client;
      Recent<Held> replies = entry.getValue().replies;
      out.i64(entry.getKey()).i64(client.high()).i64(client.low()).i64(replies.last());
      out.i32((int) (replies.last() - replies.first() + 1));
      for (long sequence = replies.first(); sequence <= replies.last(); sequence++) {
        put(replies.get(sequence), out, numbers);
      }
    }
    out.i32(opens.count());
    for (Opens.Entry<Opened> entry : opens.entries()) {
      ClientId client = entry.key().client();
      Opened opened = entry.value();
      out.i64(client.high()).i64(client.low()).i64(entry.key().nonce());
      out.i64(entry.deadlineMicros()).i64(opened.session).i64(opened.closedLastExecuted);
      out.i64(opened.instance).flag(opened.full != null);
      if (opened.full != null) {
        put(opened.full, out, numbers);
      }
    }
    out.i32(byPosition.size());
    for (Held held = byPosition.after(null); held != null; held = byPosition.after(held)) {
      out.i32(numbers.get(held)).bytes(held.result);
    }
    return new Bytes(out.toByteArray());
  }

  private static void put(Held held, Encoder out, Map<Held, Integer> numbers) {
    out.digest(held.request).i64(held.instance).digest(held.resultDigest);
    numbers.put(held, numbers.size());
  }

  /**
   * Digest of what the session table of the same instance must have too: sessions with the requests
   * that are remembered, OPENs, time. Tables that differ here were not made by the same deliveries,
   * and the next request would find one of them without its session.
   */
  public Digest spine() {
    Encoder out = new Encoder(4096).i64(timeMicros);
    for (Map.Entry<Long, Session> entry : new TreeMap<>(sessions).entrySet()) {
      ClientId client = entry.getValue().client;
      Recent<Held> replies = entry.getValue().replies;
      out.i64(entry.getKey()).i64(client.high()).i64(client.low());
      out.i64(replies.first()).i64(replies.last());
      for (long sequence = replies.first(); sequence <= replies.last(); sequence++) {
        out.digest(replies.get(sequence).request);
      }
    }
    for (Opens.Entry<Opened> entry : opens.entries()) {
      out.i64(entry.key().client().high()).i64(entry.key().client().low());
      out.i64(entry.key().nonce()).i64(entry.deadlineMicros()).i64(entry.value().session);
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
    opens.clear();
    byPosition.clear();
    heldBytes = 0;
    Decoder in = new Decoder(snapshot.array(), CodecLimits.DEFAULTS);
    if (in.u8() != VERSION) {
      throw in.refuse("unknown version of a reply cache");
    }
    lastInstance = in.i64();
    timeMicros = in.i64();
    List<Held> all = new ArrayList<>();
    long[] before = {Long.MIN_VALUE};
    in.list(limits.sessions(), SESSION_LEAST, "sessions", each -> session(each, all, before));
    List<Opens.Entry<Opened>> entries =
        in.list(limits.sessions(), OPEN_LEAST, "opens", each -> open(each, all));
    for (int i = 0; i < entries.size(); i++) {
      Opens.Entry<Opened> open = entries.get(i);
      Opens.Key key = open.key();
      if ((i > 0 && opens.compare(entries.get(i - 1), open) >= 0)
          || opens.get(key.client(), key.nonce()) != null) {
        throw in.refuse("an OPEN of " + key.client() + " is out of order");
      }
      opens.add(key.client(), key.nonce(), open.deadlineMicros(), open.value());
    }
    in.list(all.size(), 8, "results", each -> result(each, all));
    in.end();
  }

  private Void session(Decoder in, List<Held> all, long[] before) throws DecodeException {
    long id = in.i64();
    ClientId client = new ClientId(in.i64(), in.i64());
    long last = in.i64();
    List<Held> replies =
        in.list(limits.sessionWindow(), HELD_BYTES, "replies", each -> held(each, all));
    if (id <= before[0] || last < replies.size()) {
      throw in.refuse("session " + id + " with " + replies.size() + " replies up to " + last);
    }
    before[0] = id;
    sessions.put(id, new Session(client, Recent.of(limits.sessionWindow(), last, replies)));
    return null;
  }

  private static Held held(Decoder in, List<Held> all) throws DecodeException {
    Held held = new Held(in.digest(), in.i64(), in.digest(), null);
    all.add(held);
    return held;
  }

  private static Opens.Entry<Opened> open(Decoder in, List<Held> all) throws DecodeException {
    Opens.Key key = new Opens.Key(new ClientId(in.i64(), in.i64()), in.i64());
    long deadline = in.i64();
    Opened opened = new Opened(in.i64(), in.i64(), in.i64(), in.flag() ? held(in, all) : null);
    return new Opens.Entry<>(key, deadline, opened);
  }

  private Void result(Decoder in, List<Held> all) throws DecodeException {
    int number = in.i32();
    Bytes result = in.bytes(Math.max(1, limits.replyCacheBytes()), "result");
    if (number < 0 || number >= all.size() || all.get(number).result != null) {
      throw in.refuse("result of " + number + " of " + all.size());
    }
    Held held = all.get(number);
    held.result = result;
    byPosition.add(held);
    heldBytes += cost(held);
    if (heldBytes > limits.replyCacheBytes()) {
      throw in.refuse(heldBytes + " bytes of results");
    }
    return null;
  }

  // ---- checks -------------------------------------------------------------------------------

  /** The last executed instance, 0 before the first. */
  public long lastInstance() {
    return lastInstance;
  }

  /** What is held, in bytes; never above {@code limits.replyCacheBytes}. */
  public long heldBytes() {
    return heldBytes;
  }

  /**
   * Hash of everything that can influence a later answer, without the results themselves, which
   * their digests stand for. Costs time in proportion to what is held: for checks and checkpoints.
   */
  public Digest hash() {
    Encoder out = new Encoder(4096).label("LOCKSTEP-REPLIES");
    out.i64(lastInstance).i64(timeMicros).i32(sessions.size());
    for (Map.Entry<Long, Session> entry : new TreeMap<>(sessions).entrySet()) {
      ClientId client = entry.getValue().client;
      Recent<Held> replies = entry.getValue().replies;
      out.i64(entry.getKey()).i64(client.high()).i64(client.low());
      out.i64(replies.first()).i64(replies.last());
      for (long sequence = replies.first(); sequence <= replies.last(); sequence++) {
        encode(replies.get(sequence), out);
      }
    }
    out.i32(opens.count());
    for (Opens.Entry<Opened> entry : opens.entries()) {
      ClientId client = entry.key().client();
      Opened opened = entry.value();
      out.i64(client.high()).i64(client.low()).i64(entry.key().nonce());
      out.i64(entry.deadlineMicros()).i64(opened.session).i64(opened.closedLastExecuted);
      out.i64(opened.instance).flag(opened.full != null);
      if (opened.full != null) {
        encode(opened.full, out);
      }
    }
    out.i32(byPosition.size());
    for (Held held = byPosition.after(null); held != null; held = byPosition.after(held)) {
      out.digest(held.request);
    }
    return out.hash();
  }

  private static void encode(Held held, Encoder out) {
    out.digest(held.request).i64(held.instance).digest(held.resultDigest);
    out.flag(held.result != null);
  }
}
