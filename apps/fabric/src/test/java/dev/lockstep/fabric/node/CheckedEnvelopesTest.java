package dev.lockstep.fabric.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.fabric.Samples;
import dev.lockstep.fabric.load.Envelopes;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CheckedEnvelopesTest {
  private static List<ParsedEnvelope> envelopes(int count) throws Exception {
    Envelopes make = new Envelopes(Samples.user("User1", 1), "raftsig10");
    List<ParsedEnvelope> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(ParsedEnvelope.of(make.message(i, 8).toByteArray()));
    }
    return all;
  }

  @Test
  void theOldestGoWhenThereAreTooManyBytes() throws Exception {
    List<ParsedEnvelope> all = envelopes(10);
    CheckedEnvelopes checked = new CheckedEnvelopes(5_000);
    all.forEach(checked::put);
    all.forEach(checked::put);
    assertThat(checked.bytes()).isBetween(3_000L, 5_000L);
    assertThat(checked.takeOrNull(all.get(0).digest())).isNull();
    assertThat(checked.takeOrNull(all.get(9).digest())).isEqualTo(all.get(9));
    assertThat(checked.takeOrNull(all.get(9).digest())).as("it is taken out").isNull();
    all.forEach(each -> checked.takeOrNull(each.digest()));
    assertThat(checked.bytes()).isZero();
  }
}
