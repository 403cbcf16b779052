package dev.lockstep.protocol.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PeerTableTest {
  private static PeerTable<StringBuilder> table(Integer... ids) {
    return new PeerTable<>(List.of(ids), id -> new StringBuilder("s" + id));
  }

  @Test
  void idsWithGapsAreFound() {
    PeerTable<StringBuilder> table = table(9, 2, 5);
    assertThat(table.of(5)).hasToString("s5");
    assertThat(table.of(2)).hasToString("s2");
    assertThat(table.of(9)).hasToString("s9");
  }

  @Test
  void aStrangerHasNoState() {
    PeerTable<StringBuilder> table = table(0, 1, 2);
    assertThat(table.ofOrNull(3)).isNull();
    assertThat(table.ofOrNull(-1)).isNull();
    assertThat(table.contains(Integer.MIN_VALUE)).isFalse();
    assertThatThrownBy(() -> table.of(3)).hasMessageContaining("replica 3");
  }

  @Test
  void itIsWalkedInOrderOfTheIds() {
    List<Integer> seen = new ArrayList<>();
    table(9, 2, 5).forEach((id, state) -> seen.add(id));
    assertThat(seen).containsExactly(2, 5, 9);
  }

  @Test
  void whoStaysKeepsItsState() {
    PeerTable<StringBuilder> table = table(0, 1, 2);
    table.of(1).append('!');
    table.retain(List.of(1, 4));
    assertThat(table.of(1)).hasToString("s1!");
    assertThat(table.of(4)).hasToString("s4");
    assertThat(table.ofOrNull(0)).isNull();
    assertThat(table.size()).isEqualTo(2);
  }
}
