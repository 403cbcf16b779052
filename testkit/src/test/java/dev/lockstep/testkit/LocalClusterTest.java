package dev.lockstep.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.api.MessageContext;
import dev.lockstep.api.Service;
import dev.lockstep.api.Snapshot;
import dev.lockstep.client.ServiceProxy;
import dev.lockstep.protocol.replica.ReplicaConfig;
import io.micrometer.core.instrument.FunctionCounter;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LocalClusterTest {
  /** Adds what it is told. */
  static final class Adder implements Service {
    private volatile long sum;
    private volatile boolean fixing = true;
    private volatile boolean writing = true;

    @Override
    public byte[] executeOrdered(byte[] command, MessageContext context) {
      sum += ByteBuffer.wrap(command).getLong();
      return ByteBuffer.allocate(8).putLong(sum).array();
    }

    @Override
    public byte[] executeUnordered(byte[] command, MessageContext context) {
      return ByteBuffer.allocate(8).putLong(sum).array();
    }

    @Override
    public Snapshot snapshot() {
      if (!fixing) {
        throw new IllegalStateException("nothing to fix");
      }
      long now = sum;
      return out -> {
        if (!writing) {
          throw new IllegalStateException("nothing to write");
        }
        new DataOutputStream(out).writeLong(now);
      };
    }

    @Override
    public void restore(InputStream in) throws IOException {
      sum = new DataInputStream(in).readLong();
    }
  }

  static byte[] add(long value) {
    return ByteBuffer.allocate(8).putLong(value).array();
  }

  static long value(byte[] reply) {
    return ByteBuffer.wrap(reply).getLong();
  }

  @Test
  void executesInOrderAndReadsWhatWasWritten() throws Exception {
    try (LocalCluster<Adder> cluster = LocalCluster.of(4, 1, Adder::new)) {
      ServiceProxy proxy = cluster.client();
      assertThat(value(proxy.invokeOrdered(add(5)))).isEqualTo(5);
      assertThat(value(proxy.invokeUnordered(new byte[0]))).isEqualTo(5);
      List<CompletableFuture<byte[]>> calls = new ArrayList<>();
      for (int i = 0; i < 1000; i++) {
        calls.add(proxy.invokeOrderedAsync(add(1)));
      }
      for (int i = 0; i < 1000; i++) {
        assertThat(value(calls.get(i).get(20, TimeUnit.SECONDS))).isEqualTo(6 + i);
      }
    }
  }

  @Test
  void aForgetfulReplicaComesBackWhenNobodyHasTheFirstDecisionsAnyMore() throws Exception {
    ReplicaConfig.Budgets some = ReplicaConfig.Budgets.defaults();
    ReplicaConfig.Budgets shortMemory =
        new ReplicaConfig.Budgets(
            some.clientRequests(),
            some.clientBytes(),
            some.peerRequests(),
            some.peerBytes(),
            150_000,
            some.transferBytes());
    try (LocalCluster<Adder> cluster =
        LocalCluster.builder(4, 1, Adder::new).checkpointPeriod(40).budgets(shortMemory).start()) {
      ServiceProxy proxy = cluster.client();
      long sum = 0;
      for (int round = 0; round < 3; round++) {
        int victim = round + 1;
        cluster.kill(victim);
        for (int i = 0; i < 400; i++) {
          assertThat(value(proxy.invokeOrdered(add(1)))).isEqualTo(++sum);
        }
        cluster.restart(victim);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (cluster.service(victim).sum < sum || !cluster.replica(victim).status().isHealthy()) {
          assertThat(System.nanoTime())
              .as(cluster.replica(victim).status().toString())
              .isLessThan(deadline);
          assertThat(value(proxy.invokeOrdered(add(1)))).isEqualTo(++sum);
        }
        assertThat(
                cluster
                    .replica(victim)
                    .metrics()
                    .get("lockstep.protocol.events")
                    .tag("event", "transfer_done")
                    .functionCounters()
                    .stream()
                    .mapToDouble(FunctionCounter::count)
                    .sum())
            .isEqualTo(1);
      }
    }
  }

  @Test
  void aServiceThatCannotGiveItsStateStopsItsReplica() throws Exception {
    try (LocalCluster<Adder> cluster =
        LocalCluster.builder(7, 2, Adder::new).checkpointPeriod(20).start()) {
      ServiceProxy proxy = cluster.client();
      cluster.service(1).fixing = false;
      cluster.service(2).writing = false;
      for (int i = 1; i <= 60; i++) {
        assertThat(value(proxy.invokeOrdered(add(1)))).isEqualTo(i);
      }
      assertThat(cluster.replica(1).whenStopped().get(20, TimeUnit.SECONDS))
          .contains("the service cannot fix its state of instance", "nothing to fix");
      assertThat(cluster.replica(2).whenStopped().get(20, TimeUnit.SECONDS))
          .contains("the service cannot write its state of instance", "nothing to write");
    }
  }

  @Test
  void survivesTheLossOfItsLeaderAndTakesItBack() {
    try (LocalCluster<Adder> cluster = LocalCluster.of(4, 1, Adder::new)) {
      ServiceProxy proxy = cluster.client();
      assertThat(value(proxy.invokeOrdered(add(1)))).isEqualTo(1);
      cluster.kill(0);
      assertThat(value(proxy.invokeOrdered(add(1)))).isEqualTo(2);
      cluster.restart(0);
      assertThat(value(proxy.invokeOrdered(add(1)))).isEqualTo(3);
    }
  }
}
