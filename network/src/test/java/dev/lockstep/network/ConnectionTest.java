package dev.lockstep.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.network.NetworkCounters.Event;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ConnectionTest {
  private static final int MOST = 200_000;

  /** For four of the longest messages, and what is held to send them. */
  private static final int BUDGET = 4 * MOST + 10_000;

  private final NetworkCounters counters = new NetworkCounters();
  private final AtomicLong held = new AtomicLong();

  private static NetworkLimits limits(int turnMicros) {
    return new NetworkLimits(
        MOST, MOST, BUDGET, BUDGET, turnMicros, 3000, 3000, 10, 10, 10, 10, 20, 1000);
  }

  /** Keeps the frames, and pauses when told so. */
  private static class Keeper implements Connection.Receiver {
    final List<byte[]> frames = new ArrayList<>();
    int turns;
    int ends;
    int writable;
    Runnable afterFrame = () -> {};

    @Override
    public void onFrame(byte[] payload) {
      frames.add(payload);
      afterFrame.run();
    }

    @Override
    public void onTurnEnd() {
      turns++;
    }

    @Override
    public void onWritable() {
      writable++;
    }

    @Override
    public void onClosed() {
      ends++;
    }
  }

  private Connection connect(EmbeddedChannel channel, int turnMicros, Keeper keeper) {
    Connection connection =
        new Connection("test", channel, limits(turnMicros), counters, held, keeper);
    channel.pipeline().addLast(connection);
    connection.use(keeper, 1);
    return connection;
  }

  private static ByteBuf frame(byte[] payload) {
    return Unpooled.buffer().writeInt(payload.length).writeBytes(payload);
  }

  /**
   * A connection that was paused may be on its way to another loop: a task left behind on this one
   * would read beside it.
   */
  @Test
  void whoPausesLeavesNoTurnBehind() {
    EmbeddedChannel channel = new EmbeddedChannel();
    Keeper keeper = new Keeper();
    Connection connection = connect(channel, 1, keeper);
    keeper.afterFrame =
        () -> {
          long until = System.nanoTime() + 10_000; // longer than a turn
          while (System.nanoTime() - until < 0) {
            Thread.onSpinWait();
          }
          connection.pause();
        };
    channel.writeInbound(Unpooled.wrappedBuffer(frame(new byte[] {1}), frame(new byte[] {2})));
    assertThat(keeper.frames).hasSize(1);
    assertThat(counters.of(Event.TURN_CUT_SHORT, 1)).isZero();
    connection.resume();
    channel.runScheduledPendingTasks();
    assertThat(keeper.frames).hasSize(2);
    channel.close();
  }

  @Property(tries = 200)
  void framesAreReadHoweverTheyAreCut(@ForAll long seed, @ForAll boolean shortTurns) {
    Random random = new Random(seed);
    List<byte[]> sent = new ArrayList<>();
    ByteBuf stream = Unpooled.buffer();
    for (int i = 0; i < 20; i++) {
      byte[] payload = new byte[random.nextInt(10) == 0 ? random.nextInt(MOST) : random.nextInt(9)];
      random.nextBytes(payload);
      stream.writeInt(payload.length).writeBytes(payload);
      if (payload.length > 0) { // the others are keep-alives
        sent.add(payload);
      }
    }
    EmbeddedChannel channel = new EmbeddedChannel();
    Keeper keeper = new Keeper();
    Connection connection = connect(channel, shortTurns ? 1 : 1_000_000, keeper);
    boolean[] pausing = {false};
    keeper.afterFrame =
        () -> {
          if (random.nextInt(4) == 0) {
            connection.pause();
            pausing[0] = true;
          }
        };
    while (stream.isReadable()) {
      int most = random.nextBoolean() ? 6 : 150_000;
      channel.writeInbound(
          stream.readRetainedSlice(Math.min(stream.readableBytes(), 1 + random.nextInt(most))));
      int before = keeper.frames.size();
      if (pausing[0]) {
        channel.writeInbound(Unpooled.EMPTY_BUFFER);
        channel.runScheduledPendingTasks();
        assertThat(keeper.frames).hasSize(before);
        pausing[0] = false;
        connection.resume();
      }
    }
    for (int i = 0; i < 100 && keeper.frames.size() < sent.size(); i++) {
      connection.resume();
      channel.runScheduledPendingTasks();
    }
    assertThat(keeper.frames.size()).isEqualTo(sent.size());
    for (int i = 0; i < sent.size(); i++) {
      assertThat(keeper.frames.get(i)).isEqualTo(sent.get(i));
    }
    channel.close();
    channel.runPendingTasks();
    assertThat(stream.refCnt()).isEqualTo(1);
    assertThat(keeper.ends).isEqualTo(1);
  }

  @Property(tries = 200)
  void garbageClosesOrWaits(@ForAll byte[] bytes) {
    EmbeddedChannel channel = new EmbeddedChannel();
    Keeper keeper = new Keeper();
    connect(channel, 1000, keeper);
    channel.writeInbound(Unpooled.wrappedBuffer(bytes));
    int kept = keeper.frames.stream().mapToInt(frame -> frame.length).sum();
    assertThat(kept).isLessThanOrEqualTo(bytes.length);
    channel.close();
  }

  @Test
  void aLengthBeyondTheLimitClosesTheConnection() {
    for (int length : new int[] {MOST + 1, Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
      EmbeddedChannel channel = new EmbeddedChannel();
      Keeper keeper = new Keeper();
      connect(channel, 1000, keeper);
      channel.writeInbound(Unpooled.buffer().writeInt(length).writeZero(1000));
      assertThat(channel.isOpen()).isFalse();
      channel.runPendingTasks();
      assertThat(keeper.ends).isEqualTo(1);
      assertThat(keeper.frames).isEmpty();
    }
    assertThat(counters.of(Event.OVERSIZED_FRAME, 1)).isEqualTo(4);
  }

  @Test
  void whatTakesLongIsInterruptedForTheOthers() {
    EmbeddedChannel channel = new EmbeddedChannel();
    Keeper keeper = new Keeper();
    connect(channel, 1, keeper);
    keeper.afterFrame =
        () -> {
          long start = System.nanoTime();
          while (System.nanoTime() - start < 2000) {
            Thread.onSpinWait();
          }
        };
    ByteBuf three = Unpooled.buffer();
    for (int i = 0; i < 3; i++) {
      three.writeInt(1).writeByte(i);
    }
    channel.pipeline().fireChannelRead(three).fireChannelReadComplete();
    assertThat(keeper.frames).hasSize(1);
    assertThat(keeper.turns).isEqualTo(1);
    assertThat(channel.config().isAutoRead()).isFalse();
    channel.runScheduledPendingTasks();
    channel.runScheduledPendingTasks();
    assertThat(keeper.frames).hasSize(3);
    assertThat(keeper.turns).isEqualTo(3);
    channel.runScheduledPendingTasks();
    assertThat(channel.config().isAutoRead()).isTrue();
    assertThat(counters.of(Event.TURN_CUT_SHORT, 1)).isEqualTo(3);
  }

  @Test
  void pausingWorksAtOnceAndPushesBack() {
    EmbeddedChannel channel = new EmbeddedChannel();
    Keeper keeper = new Keeper();
    Connection connection = connect(channel, 1_000_000, keeper);
    keeper.afterFrame = connection::pause;
    channel.writeInbound(Unpooled.wrappedBuffer(frame(new byte[] {1}), frame(new byte[] {2})));
    assertThat(keeper.frames).hasSize(1);
    assertThat(channel.config().isAutoRead()).isFalse();
    keeper.afterFrame = () -> {};
    connection.resume();
    channel.runScheduledPendingTasks();
    assertThat(keeper.frames).hasSize(2);
    assertThat(channel.config().isAutoRead()).isTrue();
  }

  @Test
  void manyMessagesLeaveInFewWritesAndLongOnesUncopied() {
    EmbeddedChannel channel = new EmbeddedChannel();
    Connection connection = connect(channel, 1000, new Keeper());
    byte[] small = new byte[64];
    byte[] large = new byte[100_000];
    Arrays.fill(large, (byte) 7);
    for (int i = 0; i < 100; i++) {
      assertThat(connection.send(small)).isTrue();
    }
    assertThat(connection.send(large)).isTrue();
    assertThat(channel.outboundMessages()).isEmpty();
    connection.flush();
    assertThat(channel.outboundMessages()).hasSize(2);
    ByteBuf first = channel.readOutbound();
    assertThat(first.readableBytes()).isEqualTo(100 * 68 + 4);
    first.release();
    ByteBuf second = channel.readOutbound();
    assertThat(second.array()).isSameAs(large);
    assertThat(counters.of(Event.MESSAGES_OUT, 1)).isEqualTo(101);
  }

  @Test
  void whatWaitsToBeSentIsBounded() {
    EmbeddedChannel channel = new EmbeddedChannel();
    Keeper keeper = new Keeper();
    Connection connection = connect(channel, 1000, keeper);
    byte[] large = new byte[MOST - 4];
    for (int i = 0; i < 4; i++) {
      assertThat(connection.isWritable()).isEqualTo(i <= 2);
      assertThat(connection.send(large)).isTrue();
    }
    assertThat(connection.send(large)).isFalse();
    assertThat(connection.send(new byte[6000])).isFalse();
    assertThat(keeper.writable).isZero();
    assertThat(held.get()).isGreaterThan(4 * large.length);
    connection.flush();
    assertThat(keeper.writable).isEqualTo(1);
    assertThat(held.get()).isZero();
    assertThat(connection.send(large)).isTrue();
    channel.close();
    channel.runPendingTasks();
    assertThat(held.get()).isZero();
  }

  @Test
  void whatTheOtherEndWouldNotTakeIsNotSent() {
    EmbeddedChannel channel = new EmbeddedChannel();
    Connection connection = connect(channel, 1000, new Keeper());
    assertThat(connection.send(new byte[MOST + 1])).isTrue();
    connection.flush();
    assertThat(channel.outboundMessages()).isEmpty();
    assertThat(counters.of(Event.OVERSIZED_MESSAGE, 1)).isEqualTo(1);
    assertThatThrownBy(() -> connection.send(new byte[0]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aThrowingReceiverLosesTheConnectionOnly() {
    EmbeddedChannel channel = new EmbeddedChannel();
    Keeper keeper = new Keeper();
    connect(channel, 1000, keeper);
    keeper.afterFrame =
        () -> {
          throw new IllegalStateException("a bug in the receiver");
        };
    ByteBuf bytes = frame(new byte[] {1});
    channel.writeInbound(bytes);
    assertThat(channel.isOpen()).isFalse();
    assertThat(bytes.refCnt()).isZero();
    channel.runPendingTasks();
    assertThat(keeper.ends).isEqualTo(1);
    assertThat(counters.of(Event.ERROR_CLOSED, 1)).isEqualTo(1);
  }
}
