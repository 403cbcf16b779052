package dev.lockstep.benchmarks;

import dev.lockstep.api.Invoker;
import dev.lockstep.client.ServiceProxy;
import dev.lockstep.config.ClientSettings;
import dev.lockstep.network.Transports;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/** The clients of a benchmark, with their connections, on few threads. */
final class Clients implements AutoCloseable {
  /**
   * So many connect at a time: replicas close connections of one address beyond 64 that have not
   * said who they are.
   */
  private static final int WAVE = 32;

  private static final int CONNECT_SECONDS = 60;

  private final EventLoopGroup loops;
  private final List<ServiceProxy> proxies = new ArrayList<>();
  private final List<Invoker> invokers = new ArrayList<>();

  /**
   * @param mostCalls that are outstanding at a time, of all clients together
   */
  Clients(BenchCluster cluster, BenchOptions.Load load, int mostCalls) {
    boolean shared = load.connections() == BenchOptions.Connections.SHARED;
    loops =
        Transports.loops(
            shared ? 1 : Math.max(1, Runtime.getRuntime().availableProcessors() / 2),
            "bench-clients");
    ClientSettings settings =
        new ClientSettings(
            ClientSettings.defaults().timing(),
            Math.max(mostCalls, ClientSettings.defaults().queuedCalls()));
    for (int i = 0; i < (shared ? 1 : load.clients()); i++) {
      proxies.add(
          ServiceProxy.builder(cluster.config(), cluster.newClient())
              .settings(settings)
              .maxInFlight(mostCalls)
              .eventLoops(loops)
              .build());
    }
    if (shared) {
      for (int i = 0; i < load.clients(); i++) {
        invokers.add(proxies.get(0).openSession());
      }
    } else {
      invokers.addAll(proxies);
    }
  }

  /** One for each client. */
  List<Invoker> invokers() {
    return invokers;
  }

  /** A thread that the clients run on anyway, for what is to happen later. */
  ScheduledExecutorService timer() {
    return loops.next();
  }

  /**
   * Lets each client make its first call, which opens its session, some clients at a time.
   *
   * @param firstCall makes the call
   * @throws IOException if one gets no answer
   */
  void connect(Function<Invoker, CompletableFuture<?>> firstCall) throws IOException {
    for (int from = 0; from < invokers.size(); from += WAVE) {
      List<CompletableFuture<?>> wave = new ArrayList<>();
      for (Invoker invoker : invokers.subList(from, Math.min(from + WAVE, invokers.size()))) {
        wave.add(firstCall.apply(invoker));
      }
      try {
        CompletableFuture.allOf(wave.toArray(CompletableFuture<?>[]::new))
            .get(CONNECT_SECONDS, TimeUnit.SECONDS);
      } catch (ExecutionException e) {
        throw new IOException("a client got no answer: " + e.getCause().getMessage(), e);
      } catch (TimeoutException e) {
        throw new IOException("clients got no answer within " + CONNECT_SECONDS + " s", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while the clients connect", e);
      }
    }
  }

  @Override
  public void close() {
    proxies.forEach(ServiceProxy::close);
    loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
