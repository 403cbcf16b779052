package dev.lockstep.protocol.message;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Message.Outcome;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class OpenedResultTest {
  private static final OpenedResult RESULT =
      new OpenedResult(
          7,
          5,
          List.of(
              new OpenedResult.Held(3, Digest.ZERO, Outcome.EXECUTED, Bytes.EMPTY),
              new OpenedResult.Held(
                  5, Digest.hash(new byte[] {1}), Outcome.EXECUTED, new Bytes(new byte[] {1, 2}))));

  @Test
  void decodesWhatItEncodes() {
    assertThat(OpenedResult.decodeOrNull(RESULT.encode())).isEqualTo(RESULT);
    OpenedResult plain = new OpenedResult(1, -1, List.of());
    assertThat(plain.encode().length()).isEqualTo(20);
    assertThat(OpenedResult.decodeOrNull(plain.encode())).isEqualTo(plain);
  }

  @Test
  void findsHeldReplies() {
    assertThat(RESULT.heldOrNull(5)).isEqualTo(RESULT.held().get(1));
    assertThat(RESULT.heldOrNull(4)).isNull();
  }

  @Test
  void everyTruncationAndExtensionIsMalformed() {
    byte[] bytes = RESULT.encode().array();
    for (int length = 0; length < bytes.length; length++) {
      assertThat(OpenedResult.decodeOrNull(new Bytes(Arrays.copyOf(bytes, length)))).isNull();
    }
    assertThat(OpenedResult.decodeOrNull(new Bytes(Arrays.copyOf(bytes, bytes.length + 1))))
        .isNull();
  }

  @Test
  void everyMutationIsMalformedOrCanonical() {
    byte[] bytes = RESULT.encode().array();
    for (int i = 0; i < bytes.length; i++) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] mutated = bytes.clone();
        mutated[i] ^= (byte) (1 << bit);
        OpenedResult decoded = OpenedResult.decodeOrNull(new Bytes(mutated));
        if (decoded != null) {
          assertThat(decoded.encode()).isEqualTo(new Bytes(mutated));
        }
      }
    }
  }

  @Test
  void numbersMustMakeSense() {
    assertThat(roundTrip(new OpenedResult(0, -1, List.of()))).isNull();
    assertThat(roundTrip(new OpenedResult(1, -2, List.of()))).isNull();
    assertThat(roundTrip(new OpenedResult(7, 4, RESULT.held()))).isNull();
    OpenedResult.Held first = RESULT.held().get(0);
    assertThat(roundTrip(new OpenedResult(7, 5, List.of(first, first)))).isNull();
  }

  private static OpenedResult roundTrip(OpenedResult result) {
    return OpenedResult.decodeOrNull(result.encode());
  }
}
