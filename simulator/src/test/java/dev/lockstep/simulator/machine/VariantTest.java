package dev.lockstep.simulator.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.protocol.rules.VotingRule;
import dev.lockstep.protocol.view.QuorumRule;
import org.junit.jupiter.api.Test;

class VariantTest {
  /** Of another type than the rule that it means to break, so that it would break nothing. */
  private interface QuorumRuleOfAnotherProtocol {}

  @Test
  void oneRuleIsReplacedAndTheOthersStay() {
    QuorumRule mine = new QuorumRule() {};
    Variant standard = Variant.standard();
    Variant broken = standard.with(QuorumRule.class, mine);
    assertThat(broken.rules().quorum()).isSameAs(mine);
    assertThat(broken.rules().voting()).isSameAs(VotingRule.STANDARD);
    assertThat(broken.rules()).isNotEqualTo(standard.rules());
    assertThat(broken.with(QuorumRule.class, QuorumRule.STANDARD)).isEqualTo(standard);
  }

  @Test
  void aRuleThatTheProtocolDoesNotHaveIsRefused() {
    QuorumRuleOfAnotherProtocol stranger = new QuorumRuleOfAnotherProtocol() {};
    assertThatThrownBy(() -> Variant.standard().with(QuorumRuleOfAnotherProtocol.class, stranger))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no rule of type")
        .hasMessageContaining("QuorumRuleOfAnotherProtocol");
  }

  @Test
  void theTypeOfTheRuleIsWhatCountsNotItsClass() {
    QuorumRule mine = new QuorumRule() {};
    @SuppressWarnings("unchecked")
    Class<QuorumRule> itsOwn = (Class<QuorumRule>) mine.getClass();
    assertThatThrownBy(() -> Variant.standard().with(itsOwn, mine))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
