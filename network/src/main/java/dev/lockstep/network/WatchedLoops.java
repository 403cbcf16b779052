package dev.lockstep.network;

import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Event loops that tell what their tasks throw; see {@link Transports}. */
final class WatchedLoops extends MultiThreadIoEventLoopGroup {
  /**
   * @param onFailure called on the loop
   */
  WatchedLoops(int count, ThreadFactory threads, Consumer<Throwable> onFailure) {
    super(count, threads, Transports.handlers(), onFailure);
  }

  @Override
  @SuppressWarnings("unchecked") // what the constructor gave
  protected IoEventLoop newChild(Executor executor, IoHandlerFactory handlers, Object... given) {
    return new Loop(this, executor, handlers, (Consumer<Throwable>) given[0]);
  }

  /** If it is an Error, tells whoever watches the loop, if anybody does. On the loop. */
  static void reportError(EventLoop loop, Throwable failure) {
    if (failure instanceof Error && loop instanceof Loop watched) {
      watched.onFailure.accept(failure);
    }
  }

  private static final class Loop extends SingleThreadIoEventLoop {
    private final Consumer<Throwable> onFailure;

    Loop(
        WatchedLoops group,
        Executor executor,
        IoHandlerFactory handlers,
        Consumer<Throwable> onFailure) {
      super(group, executor, handlers);
      this.onFailure = onFailure;
    }

    @Override
    public void execute(Runnable task) {
      super.execute(watched(task));
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
      return super.schedule(watched(task), delay, unit);
    }

    private Runnable watched(Runnable task) {
      return () -> {
        try {
          task.run();
        } catch (Throwable e) {
          onFailure.accept(e);
        }
      };
    }
  }
}
