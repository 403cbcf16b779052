package dev.lockstep.protocol.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.message.RandomValues;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Fuzzing and golden bytes of records are tested together with those of messages. */
class RecordCodecTest {
  @Property
  void everyRecordComesBackAsItWas(@ForAll long seed) throws DecodeException {
    for (Record record : new RandomValues(seed).records()) {
      byte[] bytes = RecordCodec.encode(record);
      Record decoded = RecordCodec.decode(bytes, CodecLimits.DEFAULTS);
      assertThat(decoded).isEqualTo(record);
      assertThat(RecordCodec.encode(decoded)).isEqualTo(bytes);
    }
  }

  @Test
  void everyTypeOfRecordHasACodec() {
    Set<Class<?>> tested = new HashSet<>();
    new RandomValues(0).records().forEach(record -> tested.add(record.getClass()));
    assertThat(tested).isEqualTo(Set.of(Record.class.getPermittedSubclasses()));
  }

  @Test
  void refusesWhatIsNotCanonical() {
    byte[] bytes = RecordCodec.encode(new Record.Promised(7));
    refuses(Arrays.copyOf(bytes, bytes.length - 1), "8 more bytes wanted, only 7 left");
    refuses(Arrays.copyOf(bytes, bytes.length + 1), "1 bytes too many");
    byte[] later = bytes.clone();
    later[0] = 2;
    refuses(later, "version 2, not 1");
    byte[] unknown = bytes.clone();
    unknown[1] = 70;
    refuses(unknown, "unknown type of record 70");
  }

  private static void refuses(byte[] bytes, String reason) {
    assertThatThrownBy(() -> RecordCodec.decode(bytes, CodecLimits.DEFAULTS))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith(reason);
  }
}
