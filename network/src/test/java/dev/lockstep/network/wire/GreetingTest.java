package dev.lockstep.network.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.ClientId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class GreetingTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden/greetings-v2.txt");
  private static final GroupId CLUSTER =
      new GroupId(new Digest(0x0102030405060708L, 2, 3, -1), new Digest(4, 5, 6, 7));

  private static List<Greeting> greetings() {
    List<Greeting> all = new ArrayList<>();
    all.add(new Greeting.ReplicaHello(CLUSTER, 7, 3));
    all.add(new Greeting.ClientHello(CLUSTER, 0, new ClientId(0xaabb, -2)));
    for (Greeting.Reason reason : Greeting.Reason.values()) {
      all.add(
          new Greeting.Refusal(
              reason, reason == Greeting.Reason.CONFIGURATION ? new Digest(8, 9, 0, 1) : null));
    }
    return all;
  }

  /**
   * The bytes of version 2. Other processes send them, so a difference needs a new version. Written
   * only with {@code -Dlockstep.writeGolden}.
   */
  @Test
  void theBytesAreThoseOfVersionTwo() throws IOException {
    List<String> lines =
        greetings().stream()
            .map(greeting -> greeting + " " + HexFormat.of().formatHex(greeting.encode()))
            .toList();
    if (System.getProperty("lockstep.writeGolden") != null) {
      Files.write(GOLDEN, lines);
    }
    assertThat(lines).isEqualTo(Files.readAllLines(GOLDEN));
  }

  @Test
  void whatIsWrittenIsRead() throws DecodeException {
    for (Greeting greeting : greetings()) {
      byte[] bytes = greeting.encode();
      assertThat(bytes.length).isLessThanOrEqualTo(Greeting.MOST_BYTES);
      assertThat(Greeting.decode(bytes)).isEqualTo(greeting);
    }
  }

  @Test
  void everythingThatIsShorterOrLongerIsRefused() {
    for (Greeting greeting : greetings()) {
      byte[] bytes = greeting.encode();
      for (int length = 0; length <= Greeting.MOST_BYTES + 1; length++) {
        if (length != bytes.length) {
          byte[] other = Arrays.copyOf(bytes, length);
          assertThatThrownBy(() -> Greeting.decode(other)).isInstanceOf(DecodeException.class);
        }
      }
    }
  }

  @Test
  void anotherVersionIsRecognized() throws DecodeException {
    byte[] bytes = {'L', 'K', 'S', 'T', 9, 1, 2, 3};
    assertThat(Greeting.decode(bytes)).isEqualTo(new Greeting.OtherVersion(9));
  }

  @Property(tries = 2000)
  void aDamagedGreetingIsRefusedOrCanonical(
      @ForAll @IntRange(min = 0, max = 8) int which,
      @ForAll @IntRange(min = 0, max = 127) int position,
      @ForAll byte value) {
    byte[] bytes = greetings().get(which).encode();
    bytes[position % bytes.length] = value;
    isRefusedOrCanonical(bytes);
  }

  @Property(tries = 2000)
  void garbageIsRefused(@ForAll @Size(max = 200) byte[] bytes) {
    isRefusedOrCanonical(bytes);
    byte[] begun = bytes.clone();
    byte[] start = {'L', 'K', 'S', 'T', Greeting.VERSION};
    System.arraycopy(start, 0, begun, 0, Math.min(start.length, begun.length));
    isRefusedOrCanonical(begun);
  }

  private static void isRefusedOrCanonical(byte[] bytes) {
    try {
      Greeting greeting = Greeting.decode(bytes);
      if (!(greeting instanceof Greeting.OtherVersion)) {
        assertThat(greeting.encode()).isEqualTo(bytes);
      }
    } catch (DecodeException e) {
      assertThat(e).hasMessageContaining("before byte");
    }
  }

  @Test
  void aLengthIsTrustedWithinItsLimitOnly() {
    assertThat(Frames.isLength(0, 10)).isTrue();
    assertThat(Frames.isLength(10, 10)).isTrue();
    assertThat(Frames.isLength(11, 10)).isFalse();
    assertThat(Frames.isLength(-1, 10)).isFalse();
    assertThat(Frames.isLength(Integer.MIN_VALUE, 10)).isFalse();
    assertThat(Frames.isLength(Integer.MAX_VALUE, 10)).isFalse();
  }
}
