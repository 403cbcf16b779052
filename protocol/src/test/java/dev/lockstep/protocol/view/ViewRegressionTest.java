package dev.lockstep.protocol.view;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.lockstep.protocol.view.View.Mode;
import dev.lockstep.protocol.view.View.RequestAuthentication;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Bugs that a hostile reading found: each of these tests failed once. */
class ViewRegressionTest {
  /** 3f+1 overflows: an IndexOutOfBoundsException instead of a sentence. */
  @Test
  void refusesAnAbsurdNumberOfFaultsWithASentence() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                View.genesis(
                    Mode.BYZANTINE,
                    1,
                    List.of(1, 1, 1, 1),
                    1_431_655_765,
                    View.Limits.defaults(RequestAuthentication.SIGNED)));
  }
}
