package dev.lockstep.protocol.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Digest;
import dev.lockstep.protocol.message.Encoder;
import java.util.List;
import org.junit.jupiter.api.Test;

/** RULES 6. */
class DecisionLogTest {
  private static Batch batch(long instance, long time) {
    return new Batch(new Batch.Header(0, instance, time, Digest.ZERO, 0, Digest.ZERO), List.of());
  }

  private static Certificate certificate(Batch batch, long regency) {
    return new Certificate(batch.instance(), regency, batch.digest(), List.of());
  }

  private static DecisionLog log(long... times) {
    DecisionLog log = new DecisionLog();
    for (int i = 0; i < times.length; i++) {
      Batch batch = batch(i + 1, times[i]);
      log.append(batch, certificate(batch, 0), List.of());
    }
    return log;
  }

  @Test
  void startsWithNothing() {
    DecisionLog log = new DecisionLog();
    assertThat(log.last()).isZero();
    assertThat(log.header(0)).isEqualTo(Digest.ZERO);
    assertThat(log.header(-7)).isEqualTo(Digest.ZERO);
    assertThatThrownBy(() -> log.get(1)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void countsInstancesFromOne() {
    DecisionLog log = log(10, 20);
    assertThat(log.last()).isEqualTo(2);
    assertThat(log.get(1).batch()).isEqualTo(batch(1, 10));
    assertThat(log.get(2).batch()).isEqualTo(batch(2, 20));
    assertThat(log.get(2).certificate().instance()).isEqualTo(2);
  }

  /** header(t) = H(t, header(t-1), d); written out here, since other implementations must agree. */
  @Test
  void headersAreAChain() {
    DecisionLog log = log(10, 20);
    Digest first =
        new Encoder()
            .label("LOCKSTEP-HEADER")
            .i64(1)
            .digest(Digest.ZERO)
            .digest(batch(1, 10).digest())
            .hash();
    Digest second =
        new Encoder()
            .label("LOCKSTEP-HEADER")
            .i64(2)
            .digest(first)
            .digest(batch(2, 20).digest())
            .hash();
    assertThat(log.header(1)).isEqualTo(first);
    assertThat(log.header(2)).isEqualTo(second);
    assertThat(log.get(2).header()).isEqualTo(second);
  }

  @Test
  void aHeaderCoversAllThatWasBefore() {
    assertThat(log(10, 20, 30).header(3)).isEqualTo(log(10, 20, 30).header(3));
    assertThat(log(10, 20, 30).header(3)).isNotEqualTo(log(11, 20, 30).header(3));
    assertThat(log(10, 20, 30).header(3)).isNotEqualTo(log(10, 20, 31).header(3));
  }

  /** RULES 8: certificates differ from replica to replica, headers must not. */
  @Test
  void aHeaderDoesNotCoverCertificates() {
    DecisionLog log = new DecisionLog();
    log.append(batch(1, 10), certificate(batch(1, 10), 7), List.of());
    assertThat(log.header(1)).isEqualTo(log(10).header(1));
  }
}
