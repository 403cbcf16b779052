package dev.lockstep.protocol.replica.facts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
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
    DecisionLog log = new DecisionLog(1, Long.MAX_VALUE, true);
    for (int i = 0; i < times.length; i++) {
      Batch batch = batch(i + 1, times[i]);
      log.append(batch, certificate(batch, 0), List.of());
    }
    return log;
  }

  @Test
  void startsWithNothing() {
    DecisionLog log = new DecisionLog(1, Long.MAX_VALUE, true);
    assertThat(log.last()).isZero();
    assertThat(log.header(0)).isEqualTo(Digest.ZERO);
    assertThat(log.header(-7)).isEqualTo(Digest.ZERO);
    assertThat(log.entryOrNull(1)).isNull();
    assertThat(log.certificateOrNull(1)).isNull();
    assertThatThrownBy(() -> log.header(1)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void countsInstancesFromOne() {
    DecisionLog log = log(10, 20);
    assertThat(log.last()).isEqualTo(2);
    assertThat(log.entryOrNull(1).batch()).isEqualTo(batch(1, 10));
    assertThat(log.entryOrNull(2).batch()).isEqualTo(batch(2, 20));
    assertThat(log.entryOrNull(2).certificate().instance()).isEqualTo(2);
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
    assertThat(log.header(2)).isEqualTo(second);
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
    DecisionLog log = new DecisionLog(1, Long.MAX_VALUE, true);
    log.append(batch(1, 10), certificate(batch(1, 10), 7), List.of());
    assertThat(log.header(1)).isEqualTo(log(10).header(1));
  }

  /** Whole decisions within the budget, headers and certificates of the last 2W whatever it is. */
  @Test
  void whatIsHeldIsBounded() {
    long budget = 100_000;
    DecisionLog log = new DecisionLog(3, budget, true);
    for (int i = 1; i <= 10_000; i++) {
      Batch batch = batch(i, i);
      log.append(batch, certificate(batch, 0), List.of());
      assertThat(log.entryOrNull(i).batch()).isEqualTo(batch);
    }
    assertThat(log.last()).isEqualTo(10_000);
    long held = log.last() - log.first() + 1;
    assertThat(held).isBetween(100L, budget / 512);
    for (long t = log.first(); t <= log.last(); t++) {
      assertThat(log.entryOrNull(t).batch().instance()).isEqualTo(t);
    }
    assertThat(log.entryOrNull(log.first() - 1)).isNull();
    assertThat(log.certificateOrNull(9_995).instance()).isEqualTo(9_995);
    assertThat(log.certificateOrNull(9_994)).isNull();
  }

  @Test
  void theLastDecisionIsHeldHoweverLargeItIs() {
    DecisionLog log = new DecisionLog(2, 1, true);
    for (int i = 1; i <= 9; i++) {
      log.append(batch(i, i), certificate(batch(i, i), 0), List.of());
    }
    assertThat(log.first()).isEqualTo(9);
    assertThat(log.entryOrNull(9)).isNotNull();
    assertThat(log.header(6)).isNotEqualTo(log.header(7));
  }
}
