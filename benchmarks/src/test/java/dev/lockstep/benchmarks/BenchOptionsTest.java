package dev.lockstep.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.benchmarks.BenchOptions.Connections;
import dev.lockstep.config.Durability;
import dev.lockstep.protocol.view.View;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class BenchOptionsTest {
  private static BenchOptions.Group group(int replicas, int faults, View.Mode mode, boolean sign) {
    return new BenchOptions.Group(replicas, faults, mode, sign, true, Durability.MEMORY, false);
  }

  private static BenchOptions.Load load(int request, int reply, int clients, int inFlight) {
    return new BenchOptions.Load(request, reply, clients, Connections.SHARED, inFlight, 0, false);
  }

  private static void refused(ThrowingCallable call, String sentence) {
    assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(sentence);
  }

  @Test
  void groupsThatDoNotHoldTogetherAreRefused() {
    refused(
        () -> group(4, 2, View.Mode.BYZANTINE, false),
        "--faults is 2 but 4 replicas tolerate 0 to 1 in mode bft");
    refused(
        () -> group(3, 2, View.Mode.CRASH, false),
        "--faults is 2 but 3 replicas tolerate 0 to 1 in mode cft");
    refused(() -> group(0, 0, View.Mode.CRASH, false), "--replicas is 0 but must be 1 to 64");
    refused(
        () -> group(3, 1, View.Mode.CRASH, true),
        "--sign needs --mode bft: nothing is signed in mode cft");
    refused(
        () ->
            new BenchOptions.Group(
                4, 1, View.Mode.BYZANTINE, false, true, Durability.DURABLE, true),
        "--processes 1 keeps nothing on disk; leave out --durability durable");
  }

  @Test
  void loadsThatMakeNoSenseAreRefused() {
    refused(
        () -> load(0, 100, 1, 1),
        "--request is 0 but must be at least 4 when there is a --reply: the request says how large"
            + " the reply is to be");
    refused(() -> load(-1, 0, 1, 1), "--request is -1 but must be 0 to 1048576");
    refused(() -> load(0, 0, 0, 1), "--clients is 0 but must be 1 to 20000");
    refused(() -> load(0, 0, 1, 5000), "--in-flight is 5000 but must be 1 to 4096");
    refused(
        () -> load(0, 0, 20_000, 1000),
        "--clients times --in-flight is 20000000 but must be at most 1000000");
    refused(
        () -> new BenchOptions.Load(0, 0, 3000, Connections.OWN, 1, 0, false),
        "--clients is 3000 but must be 1 to 2000");
    refused(
        () -> new BenchOptions.Load(0, 0, 1, Connections.OWN, 2, 1000, false),
        "--in-flight does not go with --rate, which starts calls by the clock");
  }

  @Test
  void timesThatMakeNoSenseAreRefused() {
    BenchOptions.Group group = group(4, 1, View.Mode.BYZANTINE, false);
    refused(
        () -> new BenchOptions(group, load(0, 0, 1, 1), 0, 0),
        "--seconds is 0 but must be 1 to 86400");
    refused(
        () -> new BenchOptions(group, load(0, 0, 1, 1), -1, 1),
        "--warmup is -1 but must be 0 to 86400");
  }

  @Test
  void theClusterHasRoomForTheLoad() {
    BenchOptions options =
        new BenchOptions(group(4, 1, View.Mode.BYZANTINE, true), load(1 << 20, 0, 5000, 100), 0, 1);
    View.Limits limits = options.limits();
    assertThat(limits.requestBytes()).isEqualTo(1 << 20);
    assertThat(limits.batchBytes()).isGreaterThan(1 << 20);
    assertThat(limits.sessionsPerClient()).isEqualTo(5000);
    assertThat(limits.sessionWindow()).isEqualTo(100);
    assertThat(limits.authentication()).isEqualTo(View.RequestAuthentication.SIGNED);
  }
}
