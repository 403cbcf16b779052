package dev.lockstep.protocol.replica.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Manifest;
import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.protocol.replica.DecisionChain;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.view.View;
import dev.lockstep.protocol.view.Views;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is in a checkpoint, and that its hash covers what is the same everywhere. */
class CheckpointHeadTest {
  private static final View VIEW = Views.byzantine(4, 1, 3);
  private static final CodecLimits LIMITS = VIEW.codecLimits();
  private static final Bytes SESSIONS = new Bytes(new byte[] {1, 2, 3});
  private static final Bytes REPLIES = new Bytes(new byte[] {4, 5});

  private final DecisionChain chain = new DecisionChain(VIEW);

  private CheckpointHead head(long instance) {
    DecisionLog log = new DecisionLog(VIEW.window(), 1 << 20, true);
    List<Digest> headers = new ArrayList<>();
    List<Certificate> certificates = new ArrayList<>();
    for (long t = 1; t <= instance; t++) {
      log.append(chain.batch(t), chain.certificate(t), List.of());
      if (t > instance - VIEW.window()) {
        headers.add(log.header(t));
        certificates.add(chain.certificate(t));
      }
    }
    return new CheckpointHead(instance, headers, certificates, SESSIONS, REPLIES);
  }

  private static Bytes encoded(CheckpointHead head) {
    return CheckpointHead.encode(head.state(), head.certificates());
  }

  @Test
  void comesBackAsItWas() throws DecodeException {
    for (long instance : new long[] {1, 2, 3, 9}) {
      CheckpointHead head = head(instance);
      assertThat(CheckpointHead.decode(encoded(head), LIMITS)).isEqualTo(head);
      assertThat(CheckpointHead.state(encoded(head))).isEqualTo(head.state());
    }
  }

  @Test
  void damagedBytesAreRefusedOrCanonical() {
    Bytes bytes = encoded(head(9));
    Random random = new Random(7);
    int refused = 0;
    for (int i = 0; i < 2_000; i++) {
      byte[] copy = bytes.array().clone();
      copy[random.nextInt(copy.length)] ^= (byte) (1 << random.nextInt(8));
      if (i % 7 == 0) {
        copy = Arrays.copyOf(copy, random.nextInt(copy.length));
      }
      try {
        assertThat(encoded(CheckpointHead.decode(new Bytes(copy), LIMITS)))
            .isEqualTo(new Bytes(copy));
      } catch (DecodeException e) {
        refused++;
      }
    }
    assertThat(refused).isBetween(200, 1_999);
  }

  @Test
  void headersAndCertificatesMustFit() {
    CheckpointHead good = head(9);
    List<Certificate> others = new ArrayList<>(good.certificates());
    others.set(1, chain.certificate(3));
    refuses(good.headers(), others);
    refuses(good.headers(), good.certificates().subList(1, 3));
    List<Digest> headers = new ArrayList<>(good.headers());
    headers.set(2, Digest.ZERO);
    refuses(headers, good.certificates());
  }

  private static void refuses(List<Digest> headers, List<Certificate> certificates) {
    CheckpointHead bad = new CheckpointHead(9, headers, certificates, SESSIONS, REPLIES);
    assertThatThrownBy(() -> CheckpointHead.decode(encoded(bad), LIMITS))
        .isInstanceOf(DecodeException.class);
  }

  /** RULES 8: certificates differ from replica to replica, the hash of a state must not. */
  @Test
  void theHashCoversTheStateAndNotItsCertificates() throws DecodeException {
    CheckpointHead head = head(9);
    List<Certificate> fewer = new ArrayList<>();
    for (Certificate c : head.certificates()) {
      fewer.add(new Certificate(c.instance(), c.regency() + 1, c.digest(), List.of()));
    }
    List<Digest> content = List.of(Digest.hash(new byte[10]), Digest.hash(new byte[3]));
    Digest hash = manifest(encoded(head), content).hash();
    assertThat(manifest(CheckpointHead.encode(head.state(), fewer), content).hash())
        .isEqualTo(hash);
    assertThat(manifest(encoded(head), List.of(content.get(0), Digest.ZERO)).hash())
        .isNotEqualTo(hash);
    CheckpointHead other =
        new CheckpointHead(9, head.headers(), head.certificates(), REPLIES, SESSIONS);
    assertThat(manifest(encoded(other), content).hash()).isNotEqualTo(hash);
    assertThat(manifest(encoded(head), content).isConsistent(10)).isTrue();
    assertThat(manifest(encoded(head), content.subList(0, 1)).isConsistent(10)).isFalse();
  }

  private static Manifest manifest(Bytes head, List<Digest> content) throws DecodeException {
    return CheckpointHead.manifest(new Checkpoint(9, head, 13, content), 10);
  }
}
