package dev.lockstep.client;

import dev.lockstep.api.InvocationException;
import dev.lockstep.api.InvocationException.Outcome;
import dev.lockstep.api.PushListener;
import dev.lockstep.network.LinkHandler;
import dev.lockstep.network.ReplicaLinks;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.client.Client;
import dev.lockstep.protocol.client.ClientActions;
import dev.lockstep.protocol.client.ClientResult;
import dev.lockstep.protocol.client.ReplyComparator;
import dev.lockstep.protocol.client.ReplyExtractor;
import dev.lockstep.protocol.message.Codec;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.OpenedResult;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread of a proxy: owns the client core and the connections. Events are taken one by one; at
 * the end of a turn everything leaves in one piece, and only then callers hear of their results.
 */
final class ProxyLoop implements ClientActions, LinkHandler {
  private static final Logger LOG = LoggerFactory.getLogger(ProxyLoop.class);

  /** A timer fires no sooner than this after it is set, in microseconds. */
  private static final long TIMER_GRAIN = 1_000;

  private final EventLoop loop;
  private final CodecLimits limits;
  private final long callTimeoutMicros;
  private final Consumer<Call> onDone;
  private final LongAdder badMessages = new LongAdder();

  private final Queue<Call> submitted = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean drainScheduled = new AtomicBoolean();

  private Client client;
  private ReplicaLinks links;
  private PushListener pushListener;

  private final Map<Long, Call> calls = new HashMap<>();
  private final Set<Long> handles = new HashSet<>();
  private final Set<Long> lost = new HashSet<>();
  private final Set<Long> refused = new HashSet<>();
  private final List<Runnable> told = new ArrayList<>();
  private long nextCall;
  private boolean inBundle;

  /** No new calls are taken. */
  private boolean closing;

  /** Nothing happens any more. */
  private boolean closed;

  private int toClose;
  private final CompletableFuture<Void> over = new CompletableFuture<>();
  private long timerAt = Long.MAX_VALUE;

  /** The request that was encoded last: it usually goes to all replicas in a row. */
  private Message.ClientRequest encodedMessage;

  private byte[] encoded;

  /**
   * @param onDone told of each call when its caller has been, on the loop
   */
  ProxyLoop(EventLoop loop, CodecLimits limits, long callTimeoutMicros, Consumer<Call> onDone) {
    this.loop = loop;
    this.limits = limits;
    this.callTimeoutMicros = callTimeoutMicros;
    this.onDone = onDone;
  }

  void start(Function<ClientActions, Client> core, ReplicaLinks replicaLinks) {
    links = replicaLinks;
    loop.execute(
        () -> {
          client = core.apply(this);
          links.start();
        });
  }

  EventLoop loop() {
    return loop;
  }

  /** Takes the call, or fails it if the proxy is over; never throws, and loses no call. */
  void submit(Call call) {
    submitted.add(call);
    if (drainScheduled.compareAndSet(false, true) && !executes(this::drain)) {
      // In this order: whoever adds a call meanwhile either schedules by itself, or is seen here.
      drainScheduled.set(false);
      failSubmitted();
    }
  }

  void onPush(PushListener listener) {
    executes(() -> pushListener = listener);
  }

  void closeSession(long handle) {
    executes(
        () ->
            guarded(
                () -> {
                  if (!closing && handles.contains(handle)) {
                    enter();
                    client.closeSession(handle);
                  }
                }));
  }

  /** Whether the loop still takes tasks. */
  private boolean executes(Runnable task) {
    try {
      loop.execute(task);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  private void enter() {
    if (!inBundle) {
      inBundle = true;
      executes(() -> guarded(this::endOfBundle));
      client.onTime(System.nanoTime() / 1000, System.currentTimeMillis() * 1000);
    }
  }

  /**
   * Nothing that goes wrong in the core may leave a caller without an answer: the core's state is
   * then unknown, so every call ends and no new one is taken.
   */
  private void guarded(Runnable event) {
    if (closed) {
      return;
    }
    try {
      event.run();
    } catch (Throwable e) {
      LOG.error("the client failed; all its calls end, and it takes no more", e);
      closing = true;
      end();
    }
  }

  private void endOfBundle() {
    for (long handle : lost) {
      if (handles.contains(handle)) {
        client.reopenSession(handle);
      }
    }
    lost.clear();
    inBundle = false;
    links.flush();
    tell();
    arm();
    maybeEnd();
  }

  /** Application code runs here: it may throw, and it may submit calls. */
  private void tell() {
    if (told.isEmpty()) {
      return;
    }
    List<Runnable> now = List.copyOf(told);
    told.clear();
    for (Runnable each : now) {
      try {
        each.run();
      } catch (Throwable e) {
        // An Error of one callback must not cost the others their results.
        LOG.warn("a callback of the application threw", e);
      }
    }
  }

  private void arm() {
    long deadline = client.nextDeadline();
    if (deadline < timerAt) {
      timerAt = deadline;
      long delay = Math.max(TIMER_GRAIN, deadline - System.nanoTime() / 1000);
      loop.schedule(() -> guarded(() -> wake(deadline)), delay, TimeUnit.MICROSECONDS);
    }
  }

  private void wake(long deadline) {
    if (timerAt == deadline) {
      timerAt = Long.MAX_VALUE;
      enter();
    }
  }

  private void drain() {
    drainScheduled.set(false);
    if (closing) {
      failSubmitted();
      return;
    }
    guarded(
        () -> {
          enter();
          for (Call call = submitted.poll(); call != null; call = submitted.poll()) {
            invoke(call);
          }
        });
  }

  private void invoke(Call call) {
    long id = nextCall++;
    calls.put(id, call);
    if (handles.add(call.handle)) {
      client.openSession(call.handle);
    } else if (refused.remove(call.handle)) {
      client.reopenSession(call.handle);
    }
    Bytes operation = new Bytes(call.operation);
    ReplyComparator comparator = comparator(call);
    ReplyExtractor extractor = extractor(call);
    if (call.ordered) {
      client.invoke(call.handle, id, operation, comparator, extractor);
    } else {
      client.invokeUnordered(call.handle, id, operation, comparator, extractor);
    }
  }

  private static ReplyComparator comparator(Call call) {
    if (call.comparator == null) {
      // A listener wants every reply whole, and that is what replicas send when asked for custom
      // comparison.
      return call.listener == null ? null : Bytes::equals;
    }
    return (one, other) -> {
      try {
        return call.comparator.isSame(one.array(), other.array());
      } catch (Throwable e) {
        // The bytes may be a liar's: what breaks on them, be it the stack, is not the same.
        LOG.debug("a comparator of the application threw", e);
        return false;
      }
    };
  }

  private static ReplyExtractor extractor(Call call) {
    if (call.extractor == null) {
      return null;
    }
    return replies -> {
      List<byte[]> arrays = new ArrayList<>(replies.size());
      replies.forEach(reply -> arrays.add(reply.array()));
      try {
        byte[] value = call.extractor.extract(arrays);
        return value == null ? null : new Bytes(value);
      } catch (Throwable e) {
        LOG.debug("an extractor of the application threw", e);
        return null;
      }
    };
  }

  @Override
  public void onMessage(int replica, byte[] bytes) {
    Message message;
    try {
      message = Codec.decode(bytes, limits);
    } catch (DecodeException e) {
      badMessages.increment();
      return;
    }
    if (message instanceof Message.ToClient toClient) {
      guarded(
          () -> {
            enter();
            client.onReply(replica, toClient);
          });
    } else {
      badMessages.increment();
    }
  }

  @Override
  public void onReadComplete() {
    // The turn ends after the queued tasks.
  }

  @Override
  public void onConnected(int replica) {
    LOG.debug("connected to replica {}", replica);
    guarded(
        () -> {
          enter();
          client.onReconnect(replica);
        });
  }

  @Override
  public void onDisconnected(int replica) {
    LOG.debug("lost the connection to replica {}", replica);
  }

  @Override
  public void send(int replica, Message.ClientRequest message) {
    if (message != encodedMessage) {
      encodedMessage = message;
      encoded = Codec.encode(message);
    }
    links.send(replica, encoded);
  }

  @Override
  public void completed(long id, ClientResult result) {
    Call call = calls.remove(id);
    boolean sessionRefused = refused.contains(call.handle);
    told.add(
        () -> {
          onDone.accept(call);
          call.complete(result, callTimeoutMicros, sessionRefused);
        });
  }

  @Override
  public void sessionOpened(long handle, OpenedResult opened) {
    LOG.debug("session {} is open", opened.session());
  }

  @Override
  public void sessionLost(long handle) {
    lost.add(handle);
  }

  @Override
  public void sessionRefused(long handle) {
    LOG.warn("the group has no room for another session of this client");
    if (client.sessionOf(handle) == 0) {
      refused.add(handle);
    }
  }

  @Override
  public void replied(long id, int replica, Message.Outcome outcome, Bytes result) {
    Call call = calls.get(id);
    if (call.listener != null && outcome == Message.Outcome.EXECUTED && result != null) {
      told.add(() -> call.listener.onReply(replica, result.array()));
    }
  }

  @Override
  public void pushed(Message.Push push) {
    if (pushListener != null) {
      PushListener listener = pushListener;
      told.add(
          () ->
              listener.onPush(
                  push.instance(), push.position(), push.index(), push.payload().array()));
    }
  }

  /**
   * Every call gets its outcome, then open sessions are closed, then the connections. Any thread.
   *
   * @return completes when all is over, at the latest after about as many milliseconds
   */
  CompletableFuture<Void> close(long patienceMillis) {
    if (!executes(() -> guarded(() -> beginToClose(patienceMillis)))) {
      // The loops were ended before their proxy: nobody else can touch its state any more.
      over.complete(null);
    }
    return over;
  }

  private void beginToClose(long patienceMillis) {
    if (closing) {
      return;
    }
    closing = true;
    loop.schedule(this::end, patienceMillis, TimeUnit.MILLISECONDS);
    enter();
    toClose = handles.size();
    for (long handle : List.copyOf(handles)) {
      client.closeSession(handle);
    }
    maybeEnd();
  }

  @Override
  public void sessionClosed(long handle) {
    handles.remove(handle);
    if (closing) {
      toClose--;
    }
  }

  private void maybeEnd() {
    if (closing && toClose <= 0) {
      // Not within an event of the core.
      executes(this::end);
    }
  }

  private void end() {
    if (closed) {
      return;
    }
    closed = true;
    links.close();
    for (Call call : calls.values()) {
      told.add(
          () ->
              failed(
                  call,
                  Outcome.MAY_EXECUTE,
                  "the proxy is closed; the operation may still be executed"));
    }
    calls.clear();
    tell();
    failSubmitted();
    over.complete(null);
  }

  private void failSubmitted() {
    for (Call call = submitted.poll(); call != null; call = submitted.poll()) {
      failed(call, Outcome.NOT_EXECUTED, "the proxy is closed; the operation was not executed");
    }
  }

  private void failed(Call call, Outcome outcome, String sentence) {
    onDone.accept(call);
    try {
      call.fail(new InvocationException(outcome, sentence));
    } catch (Throwable e) {
      LOG.warn("a callback of the application threw", e);
    }
  }
}
