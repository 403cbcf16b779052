package dev.lockstep.network;

import dev.lockstep.network.NetworkCounters.Event;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.TimeUnit;

/**
 * In the pipeline of a listening socket: lets connections in at a bounded rate. Who opens more of
 * them waits in the kernel, which is cheap, instead of taking the processors from those who are
 * connected. Runs on the socket's event loop.
 */
final class AcceptRate extends ChannelInboundHandlerAdapter {
  /** That many may come at once: all clients after a network was down. */
  static final int BURST = 1000;

  private static final int PER_SECOND = 500;
  private static final long PAUSE_MILLIS = 20;
  private static final long NANOS_EACH = TimeUnit.SECONDS.toNanos(1) / PER_SECOND;

  private final NetworkCounters counters;
  private int left = BURST;
  private long counted = System.nanoTime();

  AcceptRate(NetworkCounters counters) {
    this.counters = counters;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object accepted) {
    context.fireChannelRead(accepted);
    left--;
    if (isSpent() && context.channel().config().isAutoRead()) {
      counters.count(Event.ACCEPTING_PAUSED);
      context.channel().config().setAutoRead(false);
      resumeLater(context);
    }
  }

  private void resumeLater(ChannelHandlerContext context) {
    context
        .executor()
        .schedule(
            () -> {
              if (isSpent()) {
                resumeLater(context);
              } else {
                context.channel().config().setAutoRead(true);
              }
            },
            PAUSE_MILLIS,
            TimeUnit.MILLISECONDS);
  }

  private boolean isSpent() {
    long earned = (System.nanoTime() - counted) / NANOS_EACH;
    left = (int) Math.min(BURST, left + earned);
    counted += earned * NANOS_EACH;
    return left <= 0;
  }
}
