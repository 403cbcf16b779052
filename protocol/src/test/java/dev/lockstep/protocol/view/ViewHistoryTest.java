package dev.lockstep.protocol.view;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ViewHistoryTest {
  private final View first = Views.byzantine(4, 1, 3);
  private final ViewHistory views = new ViewHistory(first, QuorumRule.STANDARD);

  @Test
  void theFirstViewOrdersEverything() {
    assertThat(views.at(1)).isSameAs(first);
    assertThat(views.at(1_000)).isSameAs(first);
    assertThat(views.newest()).isSameAs(first);
    assertThat(views.pendingOrNull()).isNull();
    assertThat(views.quorums(7).view()).isSameAs(first);
  }

  @Test
  void aViewIsKnownUpToAWindowAboveWhatIsDelivered() {
    assertThat(views.horizon()).isEqualTo(3);
    views.onDelivered(10);
    assertThat(views.horizon()).isEqualTo(13);
  }

  @Test
  void aViewIsFoundByItsNumber() {
    assertThat(views.byIdOrNull(0)).isSameAs(first);
    assertThat(views.byIdOrNull(1)).isNull();
  }

  @Test
  void allMembersArePeers() {
    assertThat(views.peers()).containsExactly(0, 1, 2, 3);
    assertThat(views.installing().contains(3)).isTrue();
  }
}
