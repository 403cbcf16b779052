package dev.lockstep.config;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class UnitsTest {
  @Property(tries = 200)
  void whatIsFormattedIsParsed(@ForAll @LongRange(min = 0, max = 1L << 58) long value) {
    assertThat(Units.DURATION.parse(Units.DURATION.format(value))).contains(value);
    assertThat(Units.SIZE.parse(Units.SIZE.format(value))).contains(value);
    assertThat(Units.SIZE.parse(Units.SIZE.format(value & ~0xfffffL))).contains(value & ~0xfffffL);
  }

  @Test
  void largestWholeUnitIsShown() {
    assertThat(Units.DURATION.format(400_000)).isEqualTo("400 ms");
    assertThat(Units.DURATION.format(600_000_000)).isEqualTo("10 min");
    assertThat(Units.DURATION.format(0)).isEqualTo("0 us");
    assertThat(Units.SIZE.format(8L << 20)).isEqualTo("8 MiB");
    assertThat(Units.SIZE.format(100_000)).isEqualTo("100000 B");
  }

  @Test
  void whatIsNoQuantityIsRefused() {
    for (String bad :
        new String[] {
          "", "5", "ms", "-5 ms", "5.5 ms", "5 m", "5 MS", "999999999999999999 h", "٣ ms"
        }) {
      assertThat(Units.DURATION.parse(bad)).as(bad).isEmpty();
    }
    assertThat(Units.DURATION.parse(" 5ms ")).contains(5_000L);
  }
}
