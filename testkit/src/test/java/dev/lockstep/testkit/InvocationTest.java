package dev.lockstep.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.lockstep.api.BatchExecutable;
import dev.lockstep.api.InvocationException;
import dev.lockstep.api.InvocationException.Outcome;
import dev.lockstep.api.InvocationTimeoutException;
import dev.lockstep.api.Invoker;
import dev.lockstep.api.MessageContext;
import dev.lockstep.api.Recoverable;
import dev.lockstep.api.ReplyListener;
import dev.lockstep.api.Service;
import dev.lockstep.api.Snapshot;
import dev.lockstep.client.ClientSession;
import dev.lockstep.client.ServiceProxy;
import dev.lockstep.config.ClientSettings;
import dev.lockstep.protocol.client.ClientConfig;
import dev.lockstep.protocol.view.View;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a caller can do and rely on, against a real cluster in this JVM. */
@Timeout(60)
class InvocationTest {
  /** Remembers everything, in order; replies with the number of what it was told. */
  static final class Journal implements Service {
    private final List<String> lines = new ArrayList<>();
    CountDownLatch gate = new CountDownLatch(0);

    @Override
    public byte[] executeOrdered(byte[] command, MessageContext context) {
      await();
      String line = new String(command, StandardCharsets.UTF_8);
      if (line.equals("throw")) {
        throw new IllegalStateException("as told");
      }
      lines.add(line);
      return Integer.toString(lines.size()).getBytes(StandardCharsets.UTF_8);
    }

    private void await() {
      try {
        gate.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public byte[] executeUnordered(byte[] command, MessageContext context) {
      return String.join(",", lines).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public Snapshot snapshot() {
      return out -> {};
    }

    @Override
    public void restore(InputStream in) {
      throw new UnsupportedOperationException();
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static String journal(Invoker invoker) {
    return text(invoker.invokeUnordered(new byte[0]));
  }

  private static ClientSettings patience(long callMillis) {
    ClientConfig.Timing timing = ClientConfig.Timing.defaults();
    return new ClientSettings(
        new ClientConfig.Timing(
            timing.retransmitMicros(),
            timing.retransmitCapMicros(),
            timing.readTimeoutMicros(),
            callMillis * 1000,
            timing.openDeadlineMicros()),
        1024);
  }

  @Test
  void callsOfASessionKeepTheirOrderAndSessionsDoNotWaitForOneAnother() throws Exception {
    try (LocalCluster<Journal> cluster = LocalCluster.of(4, 1, Journal::new)) {
      ServiceProxy proxy = cluster.client();
      List<CompletableFuture<byte[]>> calls = new ArrayList<>();
      try (ClientSession one = proxy.openSession();
          ClientSession two = proxy.openSession()) {
        for (int i = 0; i < 300; i++) {
          calls.add(one.invokeOrderedAsync(bytes("a" + i)));
          calls.add(two.invokeOrderedAsync(bytes("b" + i)));
        }
        CompletableFuture.allOf(calls.toArray(new CompletableFuture<?>[0]))
            .get(30, TimeUnit.SECONDS);
      }
      List<String> lines = List.of(journal(proxy).split(","));
      assertThat(lines).hasSize(600);
      for (String session : List.of("a", "b")) {
        List<String> own = lines.stream().filter(line -> line.startsWith(session)).toList();
        for (int i = 0; i < 300; i++) {
          assertThat(own.get(i)).isEqualTo(session + i);
        }
      }
    }
  }

  @Test
  void anExceptionOfTheServiceIsAnEmptyReplyAndNoReasonToStop() {
    try (LocalCluster<Journal> cluster = LocalCluster.of(4, 1, Journal::new)) {
      assertThat(cluster.client().invokeOrdered(bytes("throw"))).isEmpty();
      assertThat(text(cluster.client().invokeOrdered(bytes("x")))).isEqualTo("1");
    }
  }

  @Test
  void tooMuchInFlightIsBusyAtOnceAndNothingOfItIsExecuted() throws Exception {
    try (LocalCluster<Journal> cluster = LocalCluster.of(4, 1, Journal::new);
        ServiceProxy proxy =
            ServiceProxy.builder(cluster.config(), cluster.newCredentials())
                .maxInFlight(10)
                .build()) {
      CountDownLatch gate = new CountDownLatch(1);
      for (int i = 0; i < 4; i++) {
        cluster.service(i).gate = gate;
      }
      List<CompletableFuture<byte[]>> calls = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        calls.add(proxy.invokeOrderedAsync(bytes("x")));
      }
      CompletableFuture<byte[]> more = proxy.invokeOrderedAsync(bytes("more"));
      assertThatThrownBy(more::join)
          .cause()
          .asInstanceOf(type(InvocationException.class))
          .extracting(InvocationException::outcome)
          .isEqualTo(Outcome.BUSY);
      gate.countDown();
      for (CompletableFuture<byte[]> call : calls) {
        call.get(20, TimeUnit.SECONDS);
      }
      assertThat(journal(proxy)).isEqualTo("x,".repeat(9) + "x");
    }
  }

  @Test
  void withoutAGroupACallEndsWithWhatIsKnown() {
    try (LocalCluster<Journal> cluster = LocalCluster.of(4, 1, Journal::new)) {
      ServiceProxy started = cluster.newClient(patience(1500));
      started.invokeOrdered(bytes("x"));
      for (int i = 0; i < 4; i++) {
        cluster.kill(i);
      }
      assertThatThrownBy(() -> started.invokeOrdered(bytes("y")))
          .isInstanceOf(InvocationTimeoutException.class)
          .extracting(e -> ((InvocationException) e).outcome())
          .isEqualTo(Outcome.MAY_EXECUTE);
      ServiceProxy late = cluster.newClient(patience(500));
      assertThatThrownBy(() -> late.invokeOrdered(bytes("y")))
          .isInstanceOf(InvocationTimeoutException.class)
          .extracting(e -> ((InvocationException) e).outcome())
          .isEqualTo(Outcome.NOT_EXECUTED);
    }
  }

  @Test
  void comparatorsAndExtractorsMakeOneResultOfDifferentReplies() throws Exception {
    try (LocalCluster<Journal> cluster =
        LocalCluster.builder(4, 1, Journal::new)
            .replier(
                (context, command, result, outbox) ->
                    bytes("share " + Thread.currentThread().getName().hashCode()))
            .start()) {
      byte[] joined =
          cluster
              .client()
              .invokeOrderedAsync(
                  bytes("x"),
                  (one, other) -> text(one).startsWith("share") && text(other).startsWith("share"),
                  replies -> bytes(replies.size() + " shares"))
              .get(20, TimeUnit.SECONDS);
      assertThat(text(joined)).isEqualTo("3 shares");
    }
  }

  @Test
  void aListenerHearsEveryReplyAndThenTheResult() throws Exception {
    try (LocalCluster<Journal> cluster = LocalCluster.of(4, 1, Journal::new)) {
      BlockingQueue<String> heard = new LinkedBlockingQueue<>();
      cluster
          .client()
          .invokeOrdered(
              bytes("x"),
              new ReplyListener() {
                @Override
                public void onReply(int replica, byte[] reply) {
                  heard.add("reply " + text(reply));
                }

                @Override
                public void onCompleted(byte[] result) {
                  heard.add("result " + text(result));
                }

                @Override
                public void onFailed(InvocationException failure) {
                  heard.add("failed " + failure);
                }
              });
      for (int i = 0; i < 3; i++) {
        assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("reply 1");
      }
      assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("result 1");
    }
  }

  @Test
  void aReplierPushesToOtherClients() throws Exception {
    BlockingQueue<String> pushed = new LinkedBlockingQueue<>();
    UUID[] subscriber = new UUID[1];
    try (LocalCluster<Journal> cluster =
        LocalCluster.builder(4, 1, Journal::new)
            .replier(
                (context, command, result, outbox) -> {
                  outbox.push(subscriber[0], command);
                  return result;
                })
            .start()) {
      ServiceProxy listening = cluster.newClient();
      subscriber[0] = listening.id();
      listening.onPush((instance, position, index, message) -> pushed.add(text(message)));
      listening.invokeUnordered(new byte[0]); // connected to a quorum from here on
      cluster.client().invokeOrdered(bytes("news"));
      assertThat(pushed.poll(20, TimeUnit.SECONDS)).isEqualTo("news");
      cluster.client().invokeOrdered(bytes("more"));
      assertThat(pushed.poll(20, TimeUnit.SECONDS)).isEqualTo("more");
    }
  }

  @Test
  void whatTheRequestVerifierRefusesIsNeverExecutedAndTheClientGoesOn() {
    try (LocalCluster<Journal> cluster =
        LocalCluster.builder(4, 1, Journal::new)
            .requestVerifier((client, command) -> !text(command).equals("bad"))
            .start()) {
      ServiceProxy proxy = cluster.client();
      assertThat(text(proxy.invokeOrdered(bytes("one")))).isEqualTo("1");
      assertThatThrownBy(() -> proxy.invokeOrdered(bytes("bad")))
          .extracting(e -> ((InvocationException) e).outcome())
          .isEqualTo(Outcome.REFUSED);
      assertThat(text(proxy.invokeOrdered(bytes("two")))).isEqualTo("2");
      assertThat(journal(proxy)).isEqualTo("one,two");
    }
  }

  @Test
  void signedRequestsAndCrashModeWorkToo() {
    View.Limits signed = View.Limits.defaults(View.RequestAuthentication.SIGNED);
    try (LocalCluster<Journal> cluster =
        LocalCluster.builder(4, 1, Journal::new).limits(signed).start()) {
      assertThat(text(cluster.client().invokeOrdered(bytes("x")))).isEqualTo("1");
      assertThat(journal(cluster.client())).isEqualTo("x");
    }
    try (LocalCluster<Journal> cluster =
        LocalCluster.builder(3, 1, Journal::new).crashOnly().start()) {
      assertThat(text(cluster.client().invokeOrdered(bytes("x")))).isEqualTo("1");
      cluster.kill(0);
      assertThat(text(cluster.client().invokeOrdered(bytes("y")))).isEqualTo("2");
      assertThat(journal(cluster.client())).isEqualTo("x,y");
    }
  }

  /** Replies to each command with its position in its batch and the batch's size. */
  static final class Batches implements BatchExecutable, Recoverable {
    private int executed;

    @Override
    public byte[][] executeOrdered(byte[][] commands, List<MessageContext> contexts) {
      byte[][] replies = new byte[commands.length][];
      for (int i = 0; i < commands.length; i++) {
        replies[i] = bytes(++executed + " " + text(commands[i]));
      }
      return replies;
    }

    @Override
    public byte[] executeUnordered(byte[] command, MessageContext context) {
      return bytes(Integer.toString(executed));
    }

    @Override
    public Snapshot snapshot() {
      return out -> {};
    }

    @Override
    public void restore(InputStream in) {
      throw new UnsupportedOperationException();
    }
  }

  @Test
  void aBatchExecutableIsCalledWithWhatWasDecidedTogether() throws Exception {
    try (LocalCluster<Batches> cluster = LocalCluster.of(4, 1, Batches::new)) {
      List<CompletableFuture<byte[]>> calls = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        calls.add(cluster.client().invokeOrderedAsync(bytes("c" + i)));
      }
      for (int i = 0; i < 100; i++) {
        assertThat(text(calls.get(i).get(20, TimeUnit.SECONDS))).isEqualTo((i + 1) + " c" + i);
      }
    }
  }
}
