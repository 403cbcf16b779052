package dev.lockstep.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.lockstep.api.InvocationException;
import dev.lockstep.api.InvocationException.Outcome;
import dev.lockstep.api.ReplyListener;
import dev.lockstep.client.ClientSession;
import dev.lockstep.client.ServiceProxy;
import dev.lockstep.network.Transports;
import io.netty.channel.EventLoopGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever a caller does, each of its calls has an end. */
@Timeout(60)
class CallsAlwaysEndTest {
  private static final LocalCluster<InvocationTest.Journal> CLUSTER =
      LocalCluster.of(4, 1, InvocationTest.Journal::new);
  private static final byte[] LINE = {'a'};

  @AfterAll
  static void close() {
    CLUSTER.close();
  }

  private static ServiceProxy.Builder proxy() {
    return ServiceProxy.builder(CLUSTER.config(), CLUSTER.newCredentials());
  }

  private static void assertNotExecuted(Throwable failure) {
    assertThat(failure)
        .asInstanceOf(type(InvocationException.class))
        .returns(Outcome.NOT_EXECUTED, InvocationException::outcome);
  }

  @Test
  void aClosedProxyRefusesEveryCallAndClosesOnlyOnce() throws Exception {
    EventLoopGroup loops = Transports.loops(1, "test");
    ServiceProxy proxy = proxy().eventLoops(loops).build();
    proxy.invokeOrdered(LINE);
    proxy.close();
    assertNotExecuted(catchThrowable(() -> proxy.invokeOrdered(LINE)));
    loops.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
    for (int i = 0; i < 3; i++) {
      assertNotExecuted(catchThrowable(() -> proxy.invokeOrdered(LINE)));
      assertNotExecuted(
          catchThrowable(() -> proxy.invokeUnorderedAsync(LINE).get(20, TimeUnit.SECONDS))
              .getCause());
    }
    assertThatCode(proxy::close).doesNotThrowAnyException();
  }

  @Test
  void loopsThatEndBeforeTheirProxyDoNotHoldItsClose() throws Exception {
    EventLoopGroup loops = Transports.loops(1, "test");
    ServiceProxy proxy = proxy().eventLoops(loops).build();
    proxy.invokeOrdered(LINE);
    loops.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
    assertNotExecuted(catchThrowable(() -> proxy.invokeOrdered(LINE)));
    assertThatCode(proxy::close).doesNotThrowAnyException();
  }

  @Test
  void aClosedSessionRefusesCallsAndOpensNoOther() {
    try (ServiceProxy proxy = proxy().build()) {
      ClientSession session = proxy.openSession();
      session.invokeOrdered(LINE);
      session.close();
      assertNotExecuted(catchThrowable(() -> session.invokeOrdered(LINE)));
      assertNotExecuted(catchThrowable(() -> session.invokeUnordered(LINE)));
      assertThat(session.invokeOrderedAsync(LINE)).isCompletedExceptionally();
      session.close();
    }
  }

  @Test
  void noOperationIsRefusedAtOnce() {
    try (ServiceProxy proxy = proxy().build()) {
      assertThatThrownBy(() -> proxy.invokeOrdered(null)).isInstanceOf(NullPointerException.class);
      assertThatThrownBy(() -> proxy.invokeOrderedAsync(null))
          .isInstanceOf(NullPointerException.class);
      assertThat(proxy.invokeOrdered(LINE)).isNotEmpty();
    }
  }

  @Test
  void whoIsInterruptedWhileItWaitsForRoomKnowsThatNothingWasSent() throws Exception {
    try (ServiceProxy proxy = proxy().maxInFlight(1).build()) {
      proxy.invokeOrdered(LINE);
      for (int i = 0; i < 4; i++) {
        CLUSTER.service(i).gate = new CountDownLatch(1);
      }
      CompletableFuture<byte[]> first = proxy.invokeOrderedAsync(LINE);
      CompletableFuture<Throwable> second = new CompletableFuture<>();
      Thread waiting =
          new Thread(() -> second.complete(catchThrowable(() -> proxy.invokeOrdered(LINE))));
      waiting.start();
      waiting.interrupt();
      assertNotExecuted(second.get(20, TimeUnit.SECONDS));
      for (int i = 0; i < 4; i++) {
        CLUSTER.service(i).gate.countDown();
      }
      assertThat(first.get(20, TimeUnit.SECONDS)).isNotEmpty();
    }
  }

  @Test
  void anErrorInOneCallbackCostsNoOtherCallItsResult() throws Exception {
    try (ServiceProxy proxy = proxy().build()) {
      List<CompletableFuture<byte[]>> calls = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        calls.add(proxy.invokeOrderedAsync(LINE));
        if (i % 8 == 0) {
          proxy.invokeOrdered(LINE, new Faulty());
        }
      }
      CompletableFuture.allOf(calls.toArray(CompletableFuture[]::new)).get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void aComparatorThatOverflowsTheStackFindsNothingTheSame() {
    try (ServiceProxy proxy = proxy().build()) {
      CompletableFuture<byte[]> call =
          proxy.invokeOrderedAsync(
              LINE,
              (one, other) -> {
                throw new StackOverflowError("for the test");
              },
              null);
      assertThat(proxy.invokeOrdered(LINE)).isNotEmpty();
      assertThat(call).isNotCompletedExceptionally();
    }
  }

  private static final class Faulty implements ReplyListener {
    @Override
    public void onReply(int replica, byte[] reply) {
      throw new AssertionError("for the test");
    }

    @Override
    public void onCompleted(byte[] result) {
      throw new AssertionError("for the test");
    }

    @Override
    public void onFailed(InvocationException failure) {}
  }
}
