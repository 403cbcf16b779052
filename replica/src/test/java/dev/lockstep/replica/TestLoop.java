package dev.lockstep.replica;

import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;

/** An event loop on the test's thread and virtual time: it runs when it is told to. */
final class TestLoop {
  private final EmbeddedChannel channel = new EmbeddedChannel();

  TestLoop() {
    channel.freezeTime();
  }

  EventLoop loop() {
    return channel.eventLoop();
  }

  /** Runs what is queued, and what that queues. */
  void run() {
    channel.runPendingTasks();
  }

  /** Lets time pass, and runs what is due then. */
  void advanceMillis(long millis) {
    channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
    channel.runPendingTasks();
  }
}
