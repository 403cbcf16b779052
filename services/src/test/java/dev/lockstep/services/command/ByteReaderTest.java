package dev.lockstep.services.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ByteReaderTest {
  @Property(tries = 300)
  void readsWhatWasWritten(
      @ForAll boolean flag,
      @ForAll int number,
      @ForAll long large,
      @ForAll byte[] bytes,
      @ForAll("texts") String text)
      throws RefusedException {
    byte[] written =
        new ByteWriter()
            .u8(200)
            .flag(flag)
            .i32(number)
            .i64(large)
            .bytes(bytes)
            .text(text)
            .toByteArray();
    ByteReader in = new ByteReader(written);
    assertThat(in.u8()).isEqualTo(200);
    assertThat(in.flag()).isEqualTo(flag);
    assertThat(in.i32()).isEqualTo(number);
    assertThat(in.i64()).isEqualTo(large);
    assertThat(in.bytes(bytes.length)).isEqualTo(bytes);
    assertThat(in.string(4 * text.length())).isEqualTo(text);
    in.end();
  }

  @net.jqwik.api.Provide
  net.jqwik.api.Arbitrary<String> texts() {
    return net.jqwik.api.Arbitraries.strings()
        .withChars('a', '?', 'ä', '€', '\u0000', '\uffff')
        .ofMaxLength(200)
        .map(text -> text + "\ud83d\ude00");
  }

  @Test
  void halfASurrogatePairIsRefused() {
    assertThatThrownBy(() -> new ByteWriter().text("x\ud83d"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ByteWriter().text("\udc00ä"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void lengthsAreCheckedBeforeTheyAreBelieved() {
    byte[] huge = new ByteWriter().i32(Integer.MAX_VALUE).toByteArray();
    assertMalformed(() -> new ByteReader(huge).bytes(100), "from 0 to 100");
    assertMalformed(() -> new ByteReader(huge).bytes(Integer.MAX_VALUE), "end too early");
    assertMalformed(() -> new ByteReader(huge).count(1), "no room");
    byte[] negative = new ByteWriter().i32(-1).toByteArray();
    assertMalformed(() -> new ByteReader(negative).bytes(100), "-1");
    assertMalformed(() -> new ByteReader(negative).count(1), "-1");
    byte[] three = new ByteWriter().i32(3).i64(0).toByteArray();
    assertMalformed(() -> new ByteReader(three).count(4), "claims 3");
  }

  @Test
  void aValueHasOneEncoding() {
    assertMalformed(() -> new ByteReader(new byte[] {2}).flag(), "0 or 1");
    assertMalformed(() -> new ByteReader(new byte[] {2}).end(), "follow");
    // An overlong slash, half a surrogate pair, and the beginning of a character.
    for (byte[] text :
        new byte[][] {
          {(byte) 0xc0, (byte) 0xaf}, {-19, -96, -128}, {'a', (byte) 0xe2, (byte) 0x82}
        }) {
      byte[] written = new ByteWriter().bytes(text).toByteArray();
      assertMalformed(() -> new ByteReader(written).text(10), "UTF-8");
    }
  }

  private static void assertMalformed(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable read, String reason) {
    assertThatThrownBy(read)
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.status()).isEqualTo(Status.MALFORMED))
        .hasMessageContaining(reason);
  }
}
