package dev.lockstep.network;

import dev.lockstep.network.NetworkCounters.Event;
import dev.lockstep.network.wire.Frames;
import dev.lockstep.network.wire.Greeting;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One TCP connection: frames in, frames out, budgets, turns, keep-alives. Who receives the frames
 * changes once, when the other end has shown who it is. Everything here runs on the channel's event
 * loop.
 *
 * <p>Turns: the frames of one read are handed up until {@link NetworkLimits#turnMicros} have
 * passed. What is left then waits, and the socket is not read any more, until the loop has been
 * around once: all other connections and tasks had their turn. A connection that is alone with its
 * load loses nothing by this but one round of an idle loop.
 */
final class Connection extends ChannelInboundHandlerAdapter {
  /** Gets what arrives. Called on the event loop. */
  interface Receiver {
    void onFrame(byte[] payload);

    /** TCP is connected. */
    default void onConnected() {}

    /** After the frames of one turn, if there were any. */
    default void onTurnEnd() {}

    /** TLS is established, or failed with the given cause. */
    default void onTls(Throwable failure) {}

    /** {@link #isWritable} was seen false and is true again. */
    default void onWritable() {}

    /** Once, after everything else. */
    void onClosed();
  }

  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

  /** Messages up to this size are copied together; longer ones are sent from where they are. */
  private static final int COPY_MOST = 8 << 10;

  /** Copied messages are handed to TLS or the socket in pieces of about this size. */
  private static final int BATCH_BYTES = 64 << 10;

  /** A batch begins small and grows: many may wait for an end that does not read. */
  private static final int FIRST_BATCH_BYTES = 1 << 10;

  /** Of a long frame this much is allocated before its bytes are there. */
  private static final int FIRST_ALLOCATION = 64 << 10;

  private static final int CHECKS_UNTIL_IDLE = 3;

  /** Netty's own idea of being writable is not used: the budgets below are. */
  static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(Integer.MAX_VALUE - 1, Integer.MAX_VALUE);

  /** What one connection reads before the others get their turn; new for each use. */
  static RecvByteBufAllocator readSizes() {
    return new AdaptiveRecvByteBufAllocator(1 << 10, 4 << 10, 64 << 10).maxMessagesPerRead(2);
  }

  private final String owner;
  private final NetworkLimits limits;
  private final NetworkCounters counters;
  private final AtomicLong held;
  private final Channel channel;
  private Receiver receiver;
  private int replica = NetworkCounters.NOBODY;
  private int frameLimit;
  private boolean inUse;
  private ChannelHandlerContext context;
  private boolean closed;
  private boolean closeTold;

  // The frame that is being read. Invariant: length < 0 exactly when its header is not complete.
  private int header;
  private int headerBytes;
  private int length = -1;
  private byte[] payload;
  private int filled;

  // Reading in turns. Invariant: the socket is read only while backlog is empty.
  private final ArrayDeque<ByteBuf> backlog = new ArrayDeque<>();
  private boolean paused;
  private boolean cut;
  private boolean inTurn;
  private long turnStart;
  private int turnFrames;
  private long turnBytes;

  // Sending. pending counts the bytes held from send() until they are written to the socket.
  private ByteBuf batch;
  private long pending;
  private boolean unflushed;
  private boolean seenUnwritable;
  private long sentMessages;
  private long sentBytes;

  private Future<?> idleCheck;
  private boolean received;
  private boolean sent;
  private int silentChecks;

  /**
   * Takes frames no longer than a greeting until {@link #use}.
   *
   * @param owner whose connection this is, the first words of log lines
   * @param held counts what waits to be sent on all connections of the owner together
   */
  Connection(
      String owner,
      Channel channel,
      NetworkLimits limits,
      NetworkCounters counters,
      AtomicLong held,
      Receiver receiver) {
    this.owner = owner;
    this.channel = channel;
    this.limits = limits;
    this.counters = counters;
    this.held = held;
    this.frameLimit = Greeting.MOST_BYTES;
    this.receiver = receiver;
    channel.closeFuture().addListener(future -> closed());
  }

  Channel channel() {
    return channel;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    this.context = context;
  }

  /** Whether this connection has ended or is about to. */
  boolean isClosed() {
    return closed;
  }

  /**
   * The other end is known from now on. To be called while paused or from within {@link
   * Receiver#onFrame}: the next frame goes to the new receiver.
   *
   * @param knownReplica the replica at the other end, or {@link NetworkCounters#NOBODY}
   */
  void use(Receiver newReceiver, int knownReplica) {
    if (closeTold) {
      channel.eventLoop().execute(newReceiver::onClosed);
      return;
    }
    receiver = newReceiver;
    replica = knownReplica;
    inUse = true;
    frameLimit = limits.inboundFrameBytes();
    scheduleIdleCheck();
  }

  /**
   * Leaves this event loop for another one. To be called while paused and with nothing waiting to
   * be sent; afterwards everything runs on the other loop.
   *
   * @param arrived called there, also if the connection has ended on the way
   * @param failed called, somewhere, if the other loop does not take the connection any more
   */
  void moveTo(EventLoop loop, Runnable arrived, Runnable failed) {
    channel
        .deregister()
        .addListener(
            left ->
                loop.register(channel)
                    .addListener(
                        joined -> {
                          if (joined.isSuccess()) {
                            arrived.run();
                          } else {
                            channel.close();
                            failed.run();
                          }
                        }));
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    received = true;
    if (closed) {
      bytes.release();
      return;
    }
    if (!backlog.isEmpty() || !mayDeliver()) {
      backlog.add(bytes);
      return;
    }
    beginTurn();
    boolean done = false;
    try {
      consume(bytes);
      done = !bytes.isReadable() || closed;
    } catch (RuntimeException | Error e) {
      done = true;
      throw e;
    } finally {
      if (done) {
        bytes.release();
      } else {
        backlog.add(bytes);
      }
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    endTurn();
  }

  private boolean mayDeliver() {
    return !closed && !paused && !cut;
  }

  private void beginTurn() {
    if (!inTurn) {
      inTurn = true;
      turnStart = System.nanoTime();
      turnFrames = 0;
      turnBytes = 0;
    }
  }

  private void endTurn() {
    if (!inTurn) {
      return;
    }
    inTurn = false;
    if (turnFrames > 0) {
      counters.add(Event.MESSAGES_IN, replica, turnFrames);
      counters.add(Event.BYTES_IN, replica, turnBytes);
      if (!closed) {
        receiver.onTurnEnd();
      }
    }
  }

  /** Reads frames until the bytes are used up or delivering has to stop. */
  private void consume(ByteBuf in) {
    while (in.isReadable() && mayDeliver()) {
      if (length < 0) {
        if (!readHeader(in)) {
          continue;
        }
        if (!Frames.isLength(header, frameLimit)) {
          counters.count(Event.OVERSIZED_FRAME, replica);
          LOG.debug("{}: a frame of {} bytes from {}", owner, header, channel.remoteAddress());
          close();
          return;
        }
        if (header == Frames.KEEP_ALIVE) {
          continue;
        }
        length = header;
        payload = new byte[Math.min(length, Math.max(FIRST_ALLOCATION, in.readableBytes()))];
        filled = 0;
      }
      int more = Math.min(length - filled, in.readableBytes());
      if (payload.length < filled + more) {
        // Grows with what has arrived, so that a length alone costs nothing.
        long wanted = Math.max(filled + more, 2L * payload.length);
        payload = Arrays.copyOf(payload, (int) Math.min(length, wanted));
      }
      in.readBytes(payload, filled, more);
      filled += more;
      if (filled == length) {
        byte[] complete = payload;
        payload = null;
        length = -1;
        if (inUse) { // greetings are no messages
          turnFrames++;
          turnBytes += Frames.HEADER_BYTES + complete.length;
        }
        receiver.onFrame(complete);
        if (System.nanoTime() - turnStart > limits.turnMicros() * 1000L) {
          cutTurn();
        }
      }
    }
  }

  /** Whether the header is complete now. */
  private boolean readHeader(ByteBuf in) {
    if (headerBytes == 0 && in.readableBytes() >= Frames.HEADER_BYTES) {
      header = in.readInt();
      return true;
    }
    header = header << 8 | in.readUnsignedByte();
    headerBytes++;
    if (headerBytes < Frames.HEADER_BYTES) {
      return false;
    }
    headerBytes = 0;
    return true;
  }

  private void cutTurn() {
    if (cut || closed || paused) {
      return; // who resumes goes on, perhaps on another loop
    }
    counters.count(Event.TURN_CUT_SHORT, replica);
    goOnAfterTheOthers();
  }

  private void goOnAfterTheOthers() {
    cut = true;
    channel.config().setAutoRead(false);
    // A task of execute() could run before the next look at the sockets; one of schedule() cannot.
    channel.eventLoop().schedule(this::nextTurn, 0, TimeUnit.NANOSECONDS);
  }

  private void nextTurn() {
    cut = false;
    if (closed) {
      return;
    }
    try {
      beginTurn();
      while (!backlog.isEmpty() && mayDeliver()) {
        ByteBuf first = backlog.peek();
        consume(first);
        if (!closed && !first.isReadable()) {
          backlog.remove().release();
        }
      }
      endTurn();
    } catch (RuntimeException | Error e) {
      failed(e);
    }
    readIfPossible();
  }

  private void readIfPossible() {
    if (!closed) {
      channel.config().setAutoRead(!paused && !cut && backlog.isEmpty());
    }
  }

  /** Stops handing frames up, at once; and reading, so that the other end is pushed back. */
  void pause() {
    paused = true;
    readIfPossible();
  }

  void resume() {
    if (!paused) {
      return;
    }
    paused = false;
    if (closed || cut) {
      return;
    }
    if (backlog.isEmpty()) {
      readIfPossible();
    } else {
      goOnAfterTheOthers();
    }
  }

  /**
   * Queues a message for the next {@link #flush}.
   *
   * @return whether there was room for it in the budget
   */
  boolean send(byte[] message) {
    if (message.length == Frames.KEEP_ALIVE) {
      throw new IllegalArgumentException("an empty message cannot be sent");
    }
    if (closed) {
      return true; // lost with the connection, like everything that waits on it
    }
    if (message.length > limits.outboundFrameBytes()) {
      counters.count(Event.OVERSIZED_MESSAGE, replica);
      LOG.error(
          "{}: a message of {} bytes to {} is not sent: at most {} are allowed",
          owner,
          message.length,
          channel.remoteAddress(),
          limits.outboundFrameBytes());
      return true;
    }
    int size = Frames.HEADER_BYTES + message.length;
    if (pending + size > limits.outboundBytes()) {
      return false;
    }
    pending += size;
    sentMessages++;
    sentBytes += size;
    sent = true;
    openBatch().writeInt(message.length);
    if (message.length <= COPY_MOST) {
      batch.writeBytes(message);
      if (batch.readableBytes() >= BATCH_BYTES) {
        writeBatch();
      }
    } else {
      writeBatch();
      write(Unpooled.wrappedBuffer(message));
    }
    return true;
  }

  private ByteBuf openBatch() {
    if (batch == null) {
      batch = channel.alloc().buffer(FIRST_BATCH_BYTES);
    }
    return batch;
  }

  private void writeBatch() {
    ByteBuf full = batch;
    batch = null;
    write(full);
  }

  private ChannelFuture write(ByteBuf bytes) {
    int size = bytes.capacity();
    pending += size - bytes.readableBytes(); // what is held counts, not only what is used of it
    held.addAndGet(size);
    unflushed = true;
    ChannelFuture future = context.write(bytes);
    future.addListener(done -> written(size));
    return future;
  }

  private void written(int size) {
    pending -= size;
    held.addAndGet(-size);
    if (seenUnwritable && isRoomy()) {
      seenUnwritable = false;
      if (!closed) {
        receiver.onWritable();
      }
    }
  }

  /** Bytes held for what waits to be sent. */
  long pending() {
    return pending;
  }

  private boolean isRoomy() {
    return pending <= limits.outboundBytes() / 2;
  }

  /** Whether less than half of the budget is used. */
  boolean isWritable() {
    boolean roomy = isRoomy();
    seenUnwritable |= !roomy;
    return roomy;
  }

  /** Sends what was queued, in few records and few system calls. */
  void flush() {
    if (closed) {
      return;
    }
    if (batch != null) {
      writeBatch();
    }
    if (unflushed) {
      unflushed = false;
      counters.add(Event.MESSAGES_OUT, replica, sentMessages);
      counters.add(Event.BYTES_OUT, replica, sentBytes);
      sentMessages = 0;
      sentBytes = 0;
      context.flush();
    }
  }

  /** Sends a greeting; the future is done when it has been written to the socket. */
  ChannelFuture greet(Greeting greeting) {
    byte[] bytes = greeting.encode();
    ByteBuf frame = channel.alloc().buffer(Frames.HEADER_BYTES + bytes.length);
    frame.writeInt(bytes.length).writeBytes(bytes);
    pending += frame.readableBytes();
    ChannelFuture future = write(frame);
    flush();
    return future;
  }

  private void scheduleIdleCheck() {
    idleCheck =
        channel
            .eventLoop()
            .schedule(
                this::checkIdle,
                Math.max(1, limits.idleMillis() / CHECKS_UNTIL_IDLE),
                TimeUnit.MILLISECONDS);
  }

  private void checkIdle() {
    if (closed) {
      return;
    }
    // While we do not read, silence says nothing. A pause of this process counts as one check.
    if (received || paused || cut) {
      silentChecks = 0;
    } else if (++silentChecks >= CHECKS_UNTIL_IDLE) {
      counters.count(Event.IDLE_CLOSED, replica);
      LOG.info("{}: {} has been silent for too long", owner, channel.remoteAddress());
      close();
      return;
    }
    if (!sent && pending == 0) {
      openBatch().writeInt(Frames.KEEP_ALIVE);
      pending += Frames.HEADER_BYTES;
      flush();
    }
    received = false;
    sent = false;
    scheduleIdleCheck();
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    receiver.onConnected();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent tls && !closed) {
      receiver.onTls(tls.cause());
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    failed(cause);
  }

  private void failed(Throwable cause) {
    if (closed) {
      return;
    }
    Throwable root = cause.getCause() instanceof SSLException ? cause.getCause() : cause;
    counters.count(Event.ERROR_CLOSED, replica);
    if (root instanceof IOException) {
      LOG.debug("{}: connection with {}: {}", owner, channel.remoteAddress(), root.toString());
    } else {
      LOG.error("{}: error while serving {}", owner, channel.remoteAddress(), cause);
    }
    close();
    WatchedLoops.reportError(channel.eventLoop(), root);
  }

  /** Ends the connection at once; what waits to be sent is lost. */
  void close() {
    if (!closed) {
      closed = true;
      // From the head of the pipeline: TLS would wait for its last words to be read.
      if (channel.isRegistered()) {
        channel.pipeline().firstContext().close();
      } else {
        channel.close();
      }
    }
  }

  private void closed() {
    closed = true;
    if (idleCheck != null) {
      idleCheck.cancel(false);
    }
    backlog.forEach(ReferenceCountUtil::release);
    backlog.clear();
    payload = null;
    if (batch != null) {
      batch.release();
      batch = null;
    }
    // Never from within a call of the receiver, who may be walking over its connections.
    if (channel.eventLoop().isShuttingDown()) {
      tellClosed();
    } else {
      channel.eventLoop().execute(this::tellClosed);
    }
  }

  private void tellClosed() {
    closeTold = true;
    receiver.onClosed();
  }
}
